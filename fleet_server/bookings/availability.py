"""What is free for an organization in a window: assets and rooms, with the way to them and why the others are not."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import SQLColumnExpression
from sqlmodel import Session, col

from fleet_server.bookings import lending
from fleet_server.bookings.travel import Travel, travel_of
from fleet_server.core.errors import Invalid
from fleet_server.core.scope import Viewer
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.inventory.rights import require
from fleet_server.organizations.models import Organization
from fleet_server.schedule.models import Placement
from fleet_server.schedule.occupation import Occupied, occupied
from fleet_server.schedule.placements import at_moment, placements_of
from fleet_server.schedule.rules import Range, free_slots, overlap

ROOM = "room"
WIDEST_DAYS = 62
_MARGIN, _NONE = timedelta(days=1), timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A kind of equipment, `room`, or anything (None) for an organization: `length` within [start, end)."""

    organization_id: str
    start: datetime
    end: datetime
    length: timedelta
    capability: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why nothing is free: `code` is taken, asset_in_maintenance, room_closed or too_short; `source` a claim's kind."""

    code: str
    source: str = ""
    busy_from: datetime | None = None
    busy_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One asset or room with the ranges in which the wish fits, or the reason why it fits nowhere."""

    resource_kind: str
    id: str
    name_zh: str
    name_en: str
    kind: str
    asset_code: str | None
    holder_id: str
    travel_minutes: int
    free: tuple[Range, ...]
    reason: Reason | None


def find(session: Session, viewer: Viewer, wish: Wish, now: datetime) -> list[Offer]:
    """Return what an organization may book of a kind, the free first, then the nearest.

    Five queries whatever the number of assets. Raises: NotFound outside the viewer's part of the tree; Invalid
    `availability_window_wrong` beyond 62 days.
    """
    require(session, viewer, wish.organization_id)
    start = max(wish.start, now)
    if not wish.start < wish.end or wish.end - wish.start > timedelta(days=WIDEST_DAYS):
        raise Invalid("availability_window_wrong", field="end", days=WIDEST_DAYS)
    travel = travel_of(session, wish.organization_id)
    window = (start, max(start, wish.end))
    offers = [*_assets(session, wish, window, travel, now), *_rooms(session, wish, window, travel, now)]
    return sorted(offers, key=lambda one: (not one.free, one.travel_minutes, one.asset_code or one.id))


def _assets(session: Session, wish: Wish, window: Range, travel: Travel, now: datetime) -> Iterator[Offer]:
    if wish.capability == ROOM:
        return
    rows = _asset_rows(session, wish, now)
    ids = [row.id for row in rows]
    around = (window[0] - _MARGIN, window[1] + _MARGIN)
    busy = occupied(session, "asset", _shared_assets(wish, now), *around, now)
    planned = placements_of(session, ids, *window) if ids else {}
    for row in rows:
        taken = busy.get(row.id, ())
        places = list(_pieces(window, planned.get(row.id, ()), row.holder_id))
        free = _free(row, places, taken, travel, wish.length) if row.status == "in_service" else []
        yield Offer(
            "asset",
            row.id,
            row.name_zh,
            row.name_en,
            row.kind,
            row.asset_code,
            row.holder_id,
            travel.to_user(places[0][1] if places else row.holder_id),
            tuple(free),
            None if free else _asset_reason(row.status, taken, window),
        )


def _free(
    row: Any, places: Sequence[tuple[Range, str]], taken: Sequence[Occupied], travel: Travel, length: timedelta
) -> list[Range]:
    """Return where an asset can be used, preparation and the way from each of its places left free around it."""
    busy = [(busy_from, busy_until) for busy_from, busy_until, _ in taken]
    found: list[Range] = []
    for piece, here in places:
        inbound, outbound = travel.round_trip(here, here) if row.roams else (_NONE, _NONE)
        lead = timedelta(minutes=row.setup_minutes) + inbound
        tail = timedelta(minutes=row.clear_minutes) + outbound
        found += free_slots(piece, busy, lead, tail, length)
    return found


def _asset_rows(session: Session, wish: Wish, now: datetime) -> Sequence[Any]:
    statement = (
        sa.select(
            col(Asset.id),
            col(Asset.asset_code),
            col(Asset.holder_id),
            col(Asset.roams),
            col(Asset.status),
            col(AssetType.kind),
            col(AssetType.name_zh),
            col(AssetType.name_en),
            col(AssetType.setup_minutes),
            col(AssetType.clear_minutes),
        )
        .join(AssetType, col(Asset.asset_type_id) == col(AssetType.id))
        .where(*_asset_clauses(wish, now))
    )
    return session.execute(statement).all()


def _shared_assets(wish: Wish, now: datetime) -> sa.Select[Any]:
    return (
        sa.select(col(Asset.id))
        .join(AssetType, col(Asset.asset_type_id) == col(AssetType.id))
        .where(*_asset_clauses(wish, now))
    )


def _asset_clauses(wish: Wish, now: datetime) -> list[SQLColumnExpression[bool]]:
    clauses: list[SQLColumnExpression[bool]] = [
        col(Asset.bookable),
        col(Asset.status) != "retired",
        lending.shared_with(wish.organization_id, now.date(), col(Asset.holder_id), col(AssetType.kind)),
    ]
    return clauses if wish.capability is None else [*clauses, col(AssetType.kind) == wish.capability]


def _pieces(window: Range, planned: Sequence[Placement], holder_id: str) -> Iterator[tuple[Range, str]]:
    """Yield the parts of a window in which an asset stays at one place, with the place."""
    edges = {window[0], window[1]}
    for placement in planned:
        edges |= {edge for edge in (placement.since, placement.until) if edge and window[0] < edge < window[1]}
    ordered = sorted(edges)
    for start, end in itertools.pairwise(ordered):
        yield (start, end), at_moment(planned, start) or holder_id


def _asset_reason(status: str, taken: Sequence[Occupied], window: Range) -> Reason:
    if status != "in_service":
        return Reason("asset_in_maintenance")
    return _in_the_way(taken, window) or Reason("too_short")


def _in_the_way(taken: Sequence[Occupied], window: Range) -> Reason | None:
    for busy_from, busy_until, kind in taken:
        if overlap((busy_from, busy_until), window):
            return Reason("taken", kind, busy_from, busy_until)
    return None


def _rooms(session: Session, wish: Wish, window: Range, travel: Travel, now: datetime) -> Iterator[Offer]:
    if wish.capability not in (None, ROOM):
        return
    shared = (col(Room.bookable), lending.shared_with(wish.organization_id, now.date(), col(Room.organization_id)))
    columns = (Room.id, Room.name_zh, Room.name_en, Room.organization_id, Room.opens, Room.closes)
    statement = (
        sa.select(*map(col, columns), col(Organization.timezone))
        .join(Organization, col(Room.organization_id) == col(Organization.id))
        .where(*shared)
    )
    rows = session.execute(statement).all()
    busy = occupied(session, ROOM, sa.select(col(Room.id)).where(*shared), *window, now)
    for row in rows:
        taken = busy.get(row.id, ())
        opening = list(_opening(window, row.opens, row.closes, ZoneInfo(row.timezone)))
        ranges = [(busy_from, busy_until) for busy_from, busy_until, _ in taken]
        free = [slot for hours in opening for slot in free_slots(hours, ranges, _NONE, _NONE, wish.length)]
        fits = any(end - start >= wish.length for start, end in opening)
        reason = None if free else (_in_the_way(taken, window) if fits else None) or Reason("room_closed")
        yield Offer(
            ROOM,
            row.id,
            row.name_zh,
            row.name_en,
            ROOM,
            None,
            row.organization_id,
            travel.to_user(row.organization_id),
            tuple(free),
            reason,
        )


def _opening(window: Range, opens: time | None, closes: time | None, zone: ZoneInfo) -> Iterator[Range]:
    """Yield the parts of a window in which a room is open."""
    if opens is None or closes is None:
        yield window
        return
    day = window[0].astimezone(zone).date()
    while day <= window[1].astimezone(zone).date():
        start = max(window[0], datetime.combine(day, opens, zone).astimezone(UTC))
        end = min(window[1], datetime.combine(day, closes, zone).astimezone(UTC))
        if start < end:
            yield start, end
        day += timedelta(days=1)
