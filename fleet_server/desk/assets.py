"""Everything the page of one asset or device shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.core.clock import from_ms, to_ms
from fleet_server.desk import agenda, charts, days
from fleet_server.desk.rules import FleetRow
from fleet_server.inventory.models import Asset, AssetType, Holding
from fleet_server.nodes.models import Binding, Device, Node
from fleet_server.organizations.models import Organization
from fleet_server.schedule.models import Claim
from fleet_server.usage.rules import Span, clip
from fleet_server.usage.service import timeline

PROGRESS = "Telemetry/Progress"
HEARTBEATS_MS = 90_000
"""As long as a device may be quiet and still count as heard: three heartbeats, as for its box."""
_C: Any = Claim
_H: Any = Holding
_O: Any = Organization
_B: Any = Binding
_A: Any = Asset
_T: Any = AssetType


@dataclass(frozen=True, slots=True)
class Lane:
    """A booking in the strip, from `a` to `b` percent."""

    a: float
    b: float
    promise: agenda.Promise


@dataclass(frozen=True, slots=True)
class Strip:
    """One day as drawn and as summed."""

    day: days.Day
    pieces: tuple[days.Piece, ...]
    lane: tuple[Lane, ...]
    marks: tuple[tuple[float, str], ...]
    sums: tuple[days.Sum, ...]
    whole_s: int
    now_at: float | None

    def seconds(self, state: str) -> int:
        """How long the device was in a state."""
        return sum(item.seconds for item in self.sums if item.state == state)


@dataclass(frozen=True, slots=True)
class Stay:
    """Who held the asset from and until, and where."""

    holder_zh: str
    holder_en: str
    since: datetime
    until: datetime | None


def strip(session: Session, row: FleetRow, chosen: date | None, now: datetime, letters: dict[str, int]) -> Strip:
    """Return a day of the device, measured, under the claims of its asset, beside its bookings."""
    one = days.local_day(chosen, row.zone, _heard_until(row, now))
    start, until = to_ms(one.start), to_ms(one.until)
    measured = timeline(session, row.device_id, start, until, to_ms(now)) if until > start else []
    spans = days.overlaid(measured, _claims(session, row.asset_id, one))
    shown = days.window(one, spans)
    promised = agenda.of_asset_between(session, row.asset_id, one.start, one.end) if row.asset_id else []
    at = days.percent_of(to_ms(now), shown)
    return Strip(
        day=one,
        pieces=tuple(days.pieces(spans, shown, letters)),
        lane=tuple(lane for promise in promised if (lane := _lane(promise, shown))),
        marks=tuple(days.hour_marks(shown, row.zone)),
        sums=tuple(days.sums(spans)),
        whole_s=round((until - start) / 1000),
        now_at=at if 0 < at < 100 else None,
    )


def _heard_until(row: FleetRow, now: datetime) -> datetime:
    """Return now, or for a device that is heard its last word: the seconds since are no gap in its record."""
    quiet_ms = to_ms(now) - row.known_until_ms
    return from_ms(row.known_until_ms) if row.online and 0 <= quiet_ms < HEARTBEATS_MS else now


def _lane(promise: agenda.Promise, shown: tuple[int, int]) -> Lane | None:
    a, b = (days.percent_of(to_ms(moment), shown) for moment in (promise.starts_at, promise.ends_at))
    return Lane(a, b, promise) if b > a else None


def _claims(session: Session, asset_id: str, one: days.Day) -> list[tuple[int, int, str, str]]:
    found = session.execute(
        sa.select(_C.busy_from, _C.busy_until, _C.kind, _C.title).where(
            _C.resource_kind == "asset",
            _C.resource_id == asset_id,
            _C.status == "active",
            _C.kind.in_(tuple(days.OVERLAYS)),
            _C.busy_from < one.end,
            _C.busy_until > one.start,
        )
    )
    return [(to_ms(begins), to_ms(ends), kind, title) for begins, ends, kind, title in found]


def device_charts(session: Session, device: Device, one: days.Day, now: datetime) -> list[charts.Chart]:
    """Return the day's series of every metric the device reports."""
    until = min(to_ms(one.end), to_ms(now))
    return charts.charts(session, device.id, device.manifest, device.metrics, to_ms(one.start), until)


def used_by_booking(
    session: Session, asset_id: str, promises: Sequence[agenda.Promise], now: datetime
) -> dict[str, float]:
    """Return the seconds of measured use inside each booking, by whichever device stood for the asset then."""
    if not promises:
        return {}
    first, last = min(to_ms(one.starts_at) for one in promises), to_ms(now)
    used = [span for span in _measured(session, asset_id, first, last) if span.state == "in_use"]
    slots = {one.id: (to_ms(one.starts_at), min(to_ms(one.ends_at), last)) for one in promises}
    return {key: sum(part.end_ms - part.start_ms for part in clip(used, *slot)) / 1000 for key, slot in slots.items()}


def _measured(session: Session, asset_id: str, first: int, last: int) -> list[Span]:
    bound = session.execute(
        sa.select(_B.device_id, _B.since_ms, _B.until_ms).where(
            _B.asset_id == asset_id, _B.since_ms < last, sa.or_(_B.until_ms.is_(None), _B.until_ms > first)
        )
    )
    spans: list[Span] = []
    for device_id, since, until in bound:
        begins, ends = max(since, first), min(until or last, last)
        if begins < ends:
            spans += timeline(session, device_id, begins, ends, last)
    return spans


def stays(session: Session, asset_id: str) -> list[Stay]:
    """Return who held the asset, the latest first."""
    found = session.execute(
        sa.select(_O.name_zh, _O.name_en, _H.since, _H.until)
        .join(_O, _O.id == _H.holder_id)
        .where(_H.asset_id == asset_id)
        .order_by(_H.since.desc())
        .limit(12)
    )
    return [Stay(*row) for row in found]


def node_of(session: Session, row: FleetRow) -> Node | None:
    """Return the box the device hangs on."""
    return session.get(Node, row.node_id) if row.node_id else None


def capabilities_of(session: Session, row: FleetRow) -> dict[str, Any]:
    """Return what the asset's type is able to do."""
    statement = sa.select(_T.capabilities).join(_A, _A.asset_type_id == _T.id).where(_A.id == row.asset_id)
    found: dict[str, Any] | None = session.execute(statement).scalar_one_or_none()
    return found or {}
