"""Which booking measured use belongs to: each usage session to the one it overlaps most, or to none."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.bookings import rules
from fleet_server.bookings.models import Booking, BookingSession
from fleet_server.core.clock import from_ms, to_ms
from fleet_server.inventory.models import Asset, AssetType
from fleet_server.nodes.models import Binding
from fleet_server.usage.service import timeline
from fleet_server.usage.sessions import UsageSession, join

_DAY_MS = 86_400_000
_WIDEST_DAYS = 14
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
    bookings = _bookings(session, asset, start, end)
    for one in found:
        session.add(
            BookingSession(
                device_id=device_id,
                start_ms=one.start_ms,
                end_ms=one.end_ms,
                used_ms=one.used_ms,
                booking_id=best(one, bookings),
            )
        )
    session.flush()
    return len(found)


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


def best(one: UsageSession, bookings: Sequence[Booking]) -> str | None:
    """Return the booking a session overlaps most, the earlier of equals."""
    overlaps = [
        (rules.overlap_ms(one.start_ms, one.end_ms, to_ms(booking.starts_at), to_ms(booking.ends_at)), booking)
        for booking in bookings
    ]
    touching = [(common, booking) for common, booking in overlaps if common > 0]
    if not touching:
        return None
    return min(touching, key=lambda pair: (-pair[0], pair[1].starts_at, pair[1].id))[1].id


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


def _bookings(session: Session, asset: Asset, start_ms: int, end_ms: int) -> list[Booking]:
    mine = Booking.asset_id == asset.id
    statement = (
        select(Booking)
        .where(mine | (Booking.room_id == asset.room_id) if asset.room_id and not asset.roams else mine)
        .where(col(Booking.state).in_(_TAKING_PLACE))
        .where(Booking.starts_at < from_ms(end_ms), Booking.ends_at > from_ms(start_ms))
        .order_by(col(Booking.starts_at), col(Booking.id))
    )
    return list(session.exec(statement))
