"""What changed since the last look: devices by their shown state, bookings by their transitions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.bookings.models import Booking, BookingEvent
from fleet_server.core.clock import to_ms
from fleet_server.desk.fleet import claim_now
from fleet_server.desk.rules import overlay_of, shown_state
from fleet_server.inventory.models import Asset
from fleet_server.nodes.models import Binding, Device, Node

_A: Any = Asset
_B: Any = Binding
_D: Any = Device
_N: Any = Node
_BK: Any = Booking
_BE: Any = BookingEvent
_MOST_BOOKINGS = 500


@dataclass(frozen=True, slots=True)
class LiveDevice:
    """A device as the stream tells it; `places` are the organizations whose people may hear of it."""

    id: str
    state: str
    since_ms: int
    liveness: str
    seen_ms: int
    places: frozenset[str]

    @property
    def told(self) -> tuple[str, int, str]:
        """What makes news when it changes; being heard again does not."""
        return self.state, self.since_ms, self.liveness

    def body(self) -> dict[str, object]:
        """Return what the stream sends."""
        return {
            "id": self.id,
            "state": self.state,
            "since_ms": self.since_ms,
            "liveness": self.liveness,
            "seen_ms": self.seen_ms,
        }


@dataclass(frozen=True, slots=True)
class News:
    """One event: its name, its body, and the organizations whose people may hear it."""

    name: str
    body: Mapping[str, object]
    places: frozenset[str]


def live_devices(session: Session, now: datetime, *conditions: Any) -> dict[str, LiveDevice]:
    """Return every device by id, or those that meet the conditions."""
    statement = (
        sa.select(
            _D.id, _D.state, _D.state_since_ms, _D.known_until_ms, _D.online, _D.last_seen, _N.liveness,
            _D.organization_id, _A.holder_id, _A.owner_id, _A.status, claim_now(now),
        )
        .join(_N, _N.id == _D.node_id)
        .outerjoin(_B, sa.and_(_B.device_id == _D.id, _B.until_ms.is_(None)))
        .outerjoin(_A, _A.id == _B.asset_id)
        .where(*conditions)
    )  # fmt: skip
    return {row[0]: _live(*row) for row in session.execute(statement)}


def _live(
    key: str, state: str, since_ms: int, known_ms: int, online: bool, seen: datetime | None, liveness: str,
    place: str | None, holder: str | None, owner: str | None, status: str | None, claim_kind: str | None,
) -> LiveDevice:  # fmt: skip
    shown = shown_state(state, online, liveness, overlay_of(claim_kind or "", status or ""))
    silent = shown == "unknown" and state != "unknown"
    since = max(since_ms, known_ms) if silent else since_ms
    places = {holder, owner} if holder else {place}
    return LiveDevice(
        key, shown, since, liveness, to_ms(seen) if seen else 0, frozenset(place for place in places if place)
    )


def changed(before: Mapping[str, LiveDevice], after: Mapping[str, LiveDevice]) -> list[News]:
    """Return news of every device that differs, in the order of their ids."""
    return [
        News("device", device.body(), device.places)
        for key, device in sorted(after.items())
        if key not in before or before[key].told != device.told
    ]


def last_booking_event(session: Session) -> int:
    """Return the number of the newest transition of a booking."""
    return int(session.execute(sa.select(sa.func.coalesce(sa.func.max(_BE.id), 0))).scalar_one())


def bookings_after(session: Session, number: int) -> tuple[list[News], int]:
    """Return news of the transitions after a number, and the number to go on from."""
    found = session.execute(
        sa.select(_BE.id, _BK.id, _BE.to_state, _BK.asset_id, _BK.organization_id, _BK.lender_id)
        .join(_BK, _BK.id == _BE.booking_id)
        .where(_BE.id > number)
        .order_by(_BE.id)
        .limit(_MOST_BOOKINGS)
    ).all()
    news = [
        News("booking", {"id": key, "state": state, "asset_id": asset_id}, frozenset(filter(None, places)))
        for _number, key, state, asset_id, *places in found
    ]
    return news, found[-1][0] if found else number
