"""How bookings end by themselves: requests run out, slots that took place are completed."""

from datetime import datetime

from sqlmodel import Session, col, select

from fleet_server.bookings import consequences, no_show, rules
from fleet_server.bookings.models import Booking
from fleet_server.bookings.sessions import link_asset
from fleet_server.bookings.transitions import step
from fleet_server.core.clock import to_ms
from fleet_server.core.scope import SYSTEM
from fleet_server.schedule.models import Claim


def expire(session: Session, now: datetime) -> list[str]:
    """End requests whose hold has run out or made way for another; return their ids."""
    statement = (
        select(Booking)
        .join(Claim, col(Claim.id) == col(Booking.claim_id))
        .where(Booking.state == rules.State.REQUESTED.value)
        .where((col(Claim.held_until) <= now) | (col(Claim.status) == "released"))
        .order_by(col(Booking.id))
    )
    ended = []
    for booking in session.exec(statement).all():
        session.refresh(booking)
        if booking.state == rules.State.REQUESTED:
            step(session, booking, rules.Action.EXPIRE, SYSTEM, now, reason="nobody decided in time")
            consequences.fall_through(session, SYSTEM, booking, now)
            ended.append(booking.id)
    return ended


def complete(session: Session, now: datetime) -> list[str]:
    """Complete approved bookings that have ended without custody; return their ids.

    With devices, use must be measured; time that is unknown waits up to 72 h for the box's journal. What is known to
    be unused is left to the no-show sweep, which runs before.
    """
    over = (
        select(Booking)
        .where(Booking.state == rules.State.APPROVED.value, Booking.ends_at <= now)
        .order_by(col(Booking.ends_at), col(Booking.id))
    )
    ended = []
    for booking in session.exec(over).all():
        reason = _reason(session, booking, now)
        if reason is not None:
            if booking.asset_id is not None:
                link_asset(session, booking.asset_id, to_ms(booking.starts_at), to_ms(booking.ends_at), now)
            step(session, booking, rules.Action.COMPLETE, SYSTEM, now, reason=reason[0], evidence=reason[1])
            ended.append(booking.id)
    return ended


def _reason(session: Session, booking: Booking, now: datetime) -> tuple[str, dict[str, object]] | None:
    found = no_show.evidence(session, booking, booking.ends_at, now)
    if not found.device_ids:
        return "ended, not metered", found.as_fact()
    if found.used:
        return "ended, use measured", found.as_fact()
    if booking.ends_at + rules.UNDECIDED_AT_MOST <= now:
        return "ended, use unknown", found.as_fact()
    return None
