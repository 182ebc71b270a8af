"""Which booking measured use belongs to: each usage session to the one it overlaps most, or to none."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.bookings import rules
from fleet_server.bookings.models import Booking, BookingSession
from fleet_server.core.clock import from_ms, to_ms
from fleet_server.core.db import Database
from fleet_server.inventory.models import Asset, AssetType
from fleet_server.nodes.models import Binding
from fleet_server.usage.models import Segment
from fleet_server.usage.service import timeline
from fleet_server.usage.sessions import UsageSession, join
from telemetry.states import DeviceState

_DAY_MS = 86_400_000
_WIDEST_DAYS = 14
_BATCH = 2
DEVICES_A_SWEEP = 300
RECENT_DAYS, LATE_DAYS = 3, 400
"""How far back the frequent sweep looks, and the rare one: an outage, and a school year with its holidays."""

Slot = tuple[int, int, str]
"""A booking's start and end in milliseconds, and its id."""

_TAKING_PLACE = (
    rules.State.APPROVED,
    rules.State.CHECKED_OUT,
    rules.State.RETURNED,
    rules.State.COMPLETED,
)


def link(session: Session, device_id: str, asset: Asset, from_ms_: int, until_ms: int, now: datetime) -> int:
    """Tie the device's sessions that touch [from, until) to bookings anew; return how many there are.

    A session and its link are recomputed whole, so running this again over the same time changes nothing.
    """
    gap_ms = session.get_one(AssetType, asset.asset_type_id).session_gap_s * 1000
    found = _whole_sessions(session, device_id, from_ms_, until_ms, gap_ms, to_ms(now))
    start = min([from_ms_, *(one.start_ms for one in found)])
    end = max([until_ms, *(one.end_ms for one in found)])
    stale = sa.delete(BookingSession).where(
        col(BookingSession.device_id) == device_id,
        col(BookingSession.start_ms) < end,
        col(BookingSession.end_ms) > start,
    )
    session.execute(stale)
    slots = _slots(session, asset, start, end)
    rows = [
        {
            "device_id": device_id,
            "start_ms": one.start_ms,
            "end_ms": one.end_ms,
            "used_ms": one.used_ms,
            "booking_id": best(one, slots),
        }
        for one in found
    ]
    if rows:
        session.execute(sa.insert(BookingSession), rows)
    return len(rows)


def link_asset(session: Session, asset_id: str, from_ms_: int, until_ms: int, now: datetime) -> int:
    """Tie the sessions of every device that stood for an asset within [from, until); return how many there are."""
    asset = session.get_one(Asset, asset_id)
    bound = select(Binding).where(
        Binding.asset_id == asset_id,
        Binding.since_ms < until_ms,
        col(Binding.until_ms).is_(None) | (col(Binding.until_ms) > from_ms_),
    )
    total = 0
    for binding in session.exec(bound).all():
        start = max(from_ms_, binding.since_ms)
        end = until_ms if binding.until_ms is None else min(until_ms, binding.until_ms)
        total += link(session, binding.device_id, asset, start, end, now)
    return total


def best(one: UsageSession, slots: Sequence[Slot]) -> str | None:
    """Return the booking a session overlaps most, the earlier of equals."""
    touching = [
        (-rules.overlap_ms(one.start_ms, one.end_ms, start, end), start, booking_id)
        for start, end, booking_id in slots
        if start < one.end_ms and one.start_ms < end
    ]
    return min(touching)[2] if touching else None


def unlinked(session: Session, since_ms: int, limit: int) -> list[tuple[str, str, int, int]]:
    """Return stretches of use begun since a moment that no link covers yet: asset, device, start, end.

    What arrives late, and a session that grew since it was tied, is found the same way.
    """
    tied_until = (
        sa.select(col(BookingSession.end_ms))
        .where(
            col(BookingSession.device_id) == col(Segment.device_id),
            col(BookingSession.start_ms) <= col(Segment.start_ms),
        )
        .order_by(col(BookingSession.start_ms).desc())
        .limit(1)
        .scalar_subquery()
    )
    statement = (
        sa.select(
            col(Binding.asset_id),
            col(Segment.device_id),
            sa.func.min(col(Segment.start_ms)),
            sa.func.max(col(Segment.end_ms)),
        )
        .join(Binding, col(Binding.device_id) == col(Segment.device_id))
        .where(col(Segment.state) == DeviceState.IN_USE.value, col(Segment.start_ms) >= since_ms)
        .where(sa.func.coalesce(tied_until, 0) < col(Segment.end_ms))
        .where(col(Binding.since_ms) <= col(Segment.start_ms))
        .where(col(Binding.until_ms).is_(None) | (col(Binding.until_ms) > col(Segment.start_ms)))
        .group_by(col(Binding.asset_id), col(Segment.device_id))
        .limit(limit)
    )
    return [tuple(row) for row in session.execute(statement)]


def sweep(database: Database, now: datetime, days: int = LATE_DAYS, limit: int = DEVICES_A_SWEEP) -> int:
    """Tie use begun in the last `days` that is not tied yet, two devices a transaction; return how many had some."""
    with database.reading() as session:
        found = unlinked(session, to_ms(now) - days * _DAY_MS, limit)
    for batch in range(0, len(found), _BATCH):
        with database.writing() as session:
            for asset_id, device_id, start_ms, end_ms in found[batch : batch + _BATCH]:
                link(session, device_id, session.get_one(Asset, asset_id), start_ms, end_ms, now)
    return len(found)


def _whole_sessions(
    session: Session, device_id: str, from_ms_: int, until_ms: int, gap_ms: int, now_ms: int
) -> list[UsageSession]:
    """Return the sessions that touch [from, until], looking further out as long as one runs over the edge."""
    for days in (1, 3, _WIDEST_DAYS):
        start, end = from_ms_ - days * _DAY_MS, until_ms + days * _DAY_MS
        found = join(timeline(session, device_id, start, end, now_ms), gap_ms)
        if not found or (found[0].start_ms > start and found[-1].end_ms < end):
            break
    return [one for one in found if one.start_ms < until_ms and one.end_ms > from_ms_]


def _slots(session: Session, asset: Asset, start_ms: int, end_ms: int) -> list[Slot]:
    mine = Booking.asset_id == asset.id
    statement = (
        select(Booking.starts_at, Booking.ends_at, Booking.id)
        .where(mine | (Booking.room_id == asset.room_id) if asset.room_id and not asset.roams else mine)
        .where(col(Booking.state).in_(_TAKING_PLACE))
        .where(Booking.starts_at < from_ms(end_ms), Booking.ends_at > from_ms(start_ms))
        .order_by(col(Booking.starts_at), col(Booking.id))
    )
    return [(to_ms(starts_at), to_ms(ends_at), key) for starts_at, ends_at, key in session.exec(statement)]
