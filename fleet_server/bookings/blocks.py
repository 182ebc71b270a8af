"""What a board's row is drawn from: promised stretches with their reasons, and strips of measured use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from fleet_server.bookings.models import Booking
from fleet_server.bookings.rules import State
from fleet_server.core.clock import to_ms
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.nodes.models import Binding, Device
from fleet_server.organizations.models import Organization
from fleet_server.schedule.models import Claim
from fleet_server.schedule.rules import Range
from fleet_server.schedule.service import BLOCKING
from fleet_server.usage.models import Chain, Segment

MOVABLE = frozenset({State.REQUESTED.value, State.APPROVED.value})
TOOK_PLACE = (State.RETURNED.value, State.COMPLETED.value, State.NO_SHOW.value)
"""States of bookings that are over and stay to be seen, though their claims are released."""
WEEK_GAP_MS = 900_000
"""In a week's view, use parted by less than a quarter of an hour is one strip."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose names a viewer may read: of organizations in their part of the tree, if they book at all."""

    person_id: str
    organizations: frozenset[str]
    reads: bool

    def names(self, *organizations: str | None) -> bool:
        """Return whether the viewer may read what is promised between these."""
        return self.reads and any(one in self.organizations for one in organizations)


@dataclass(frozen=True, slots=True)
class Block:
    """One promised stretch: `kind` is book, req, les, maintenance, in_transit or new; `title_zh` empty = busy."""

    start: datetime
    end: datetime
    kind: str
    title_zh: str = ""
    title_en: str = ""
    booking_id: str = ""
    movable: bool = False
    clash: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class Strip:
    """One stretch of measured state, milliseconds UTC."""

    start_ms: int
    end_ms: int
    state: str


def blocks_of(
    session: Session, resource_ids: Sequence[str], window: Range, sight: Sight, now: datetime
) -> dict[str, list[Block]]:
    """Return what is promised of each resource within the window, by start; lapsed holds left out."""
    user = sa.orm.aliased(Organization)
    holder = sa.func.coalesce(col(Asset.holder_id), col(Room.organization_id))
    margins = (col(AssetType.setup_minutes), col(AssetType.clear_minutes))
    found = (
        sa.select(Claim, Booking, col(user.name_zh), col(user.name_en), holder, *margins)
        .join(Booking, col(Booking.claim_id) == col(Claim.id), isouter=True)
        .join(user, col(user.id) == col(Booking.organization_id), isouter=True)
        .join(Asset, col(Asset.id) == col(Claim.resource_id), isouter=True)
        .join(Room, col(Room.id) == col(Claim.resource_id), isouter=True)
        .join(AssetType, col(AssetType.id) == col(Asset.asset_type_id), isouter=True)
        .where(
            col(Claim.resource_id).in_(resource_ids),
            col(Claim.status).in_(BLOCKING) | col(Booking.state).in_(TOOK_PLACE),
            col(Claim.busy_from) < window[1],
            col(Claim.busy_until) > window[0],
            col(Claim.held_until).is_(None) | (col(Claim.held_until) > now),
        )
        .order_by(col(Claim.busy_from))
    )
    blocks: dict[str, list[Block]] = {}
    for claim, booking, zh, en, held_by, setup, clear in session.execute(found):
        if booking is None:
            made = [_claimed(claim, sight.names(held_by))]
        else:
            made = _booked(claim, booking, (zh, en), (setup or 0, clear or 0), sight)
        blocks.setdefault(claim.resource_id, []).extend(made)
    return blocks


def _claimed(claim: Claim, named: bool) -> Block:
    kinds = {"lesson": "les", "maintenance": "maintenance", "transfer": "in_transit"}
    title = claim.title if named else ""
    return Block(claim.busy_from, claim.busy_until, kinds.get(claim.kind, "book"), title, title)


def _booked(
    claim: Claim, booking: Booking, user: tuple[str, str], margins: tuple[int, int], sight: Sight
) -> list[Block]:
    named = sight.names(booking.organization_id, booking.lender_id) or booking.requester_id == sight.person_id
    zh, en = (booking.purpose or user[0], booking.purpose or user[1]) if named else ("", "")
    movable = named and booking.state in MOVABLE
    kind = "req" if booking.state == State.REQUESTED else "book"
    way_out = booking.starts_at - timedelta(minutes=margins[0])
    way_back = booking.ends_at + timedelta(minutes=margins[1])
    if claim.status not in BLOCKING:
        end = min(booking.ends_at, claim.released_at or booking.ends_at)
        over = Block(booking.starts_at, end, kind, zh, en, booking.id, named=named)
        return [over] if over.start < over.end else []
    pieces = [Block(booking.starts_at, booking.ends_at, kind, zh, en, booking.id, movable, named=named)]
    if claim.busy_from < way_out:
        pieces.insert(0, Block(claim.busy_from, way_out, "in_transit", booking_id=booking.id))
    if way_back < claim.busy_until:
        pieces.append(Block(way_back, claim.busy_until, "in_transit", booking_id=booking.id))
    return pieces


def strips_of(session: Session, asset_ids: Sequence[str], window: Range, *, week: bool) -> dict[str, list[Strip]]:
    """Return what devices bound to the assets measured within the window; in a week's view only use, merged."""
    start, end = to_ms(window[0]), to_ms(window[1])
    bound_until = sa.func.coalesce(col(Binding.until_ms), 1 << 52)
    closed = (
        sa.select(col(Binding.asset_id), col(Segment.start_ms), col(Segment.end_ms), col(Segment.state))
        .join(Segment, col(Segment.device_id) == col(Binding.device_id))
        .where(col(Binding.asset_id).in_(asset_ids), col(Segment.start_ms) < end, col(Segment.end_ms) > start)
        .where(col(Segment.start_ms) < bound_until, col(Segment.end_ms) > col(Binding.since_ms))
        .order_by(col(Binding.asset_id), col(Segment.start_ms))
    )
    opened = (
        sa.select(col(Binding.asset_id), col(Chain.start_ms), col(Device.known_until_ms), col(Chain.state))
        .join(Chain, col(Chain.device_id) == col(Binding.device_id))
        .join(Device, col(Device.id) == col(Binding.device_id))
        .where(col(Binding.asset_id).in_(asset_ids), col(Binding.until_ms).is_(None))
        .where(col(Chain.start_ms) < end, col(Device.known_until_ms) > start)
    )
    if week:
        closed, opened = closed.where(col(Segment.state) == "in_use"), opened.where(col(Chain.state) == "in_use")
    strips: dict[str, list[Strip]] = {}
    for asset_id, first, last, state in [*session.execute(closed), *session.execute(opened)]:
        _add(
            strips.setdefault(asset_id, []), Strip(max(first, start), min(last, end), state), WEEK_GAP_MS if week else 0
        )
    return strips


def _add(strips: list[Strip], new: Strip, gap: int) -> None:
    """Add a strip; one that goes on where the last of the same state ended becomes one with it."""
    if strips and strips[-1].state == new.state and new.start_ms - strips[-1].end_ms <= gap:
        strips[-1] = Strip(strips[-1].start_ms, max(strips[-1].end_ms, new.end_ms), new.state)
    elif new.start_ms < new.end_ms:
        strips.append(new)
