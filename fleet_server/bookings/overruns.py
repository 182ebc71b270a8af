"""What is checked out past its end: it keeps its asset busy, and whoever comes next is told what is free instead."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from fleet_server.bookings import alternatives, rules, targets, transitions
from fleet_server.bookings.models import Booking, BookingEvent
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.scope import SYSTEM
from fleet_server.schedule import service as schedule
from fleet_server.schedule.models import Claim
from fleet_server.schedule.service import SlotTaken

STEP = timedelta(minutes=15)
LATE = "late"


def extend(session: Session, now: datetime) -> list[str]:
    """Lengthen by 15 min the busy range of what should be back; return the ids of next bookings that were warned.

    Where the next claim is in the way it stays, and the holders of next bookings are warned once, with alternatives.
    """
    late = (
        select(Booking, Claim)
        .join(Claim, col(Claim.id) == col(Booking.claim_id))
        .where(Booking.state == rules.State.CHECKED_OUT.value, Booking.ends_at <= now, Claim.busy_until <= now + STEP)
        .order_by(col(Booking.ends_at), col(Booking.id))
    )
    warned = []
    for booking, held in session.exec(late).all():
        try:
            schedule.move(session, held, held.busy_from, now + 2 * STEP, now)
        except SlotTaken as error:
            for claim in error.conflicts:
                warned += _warn(session, claim.source_id, booking, now)
    return warned


def _warn(session: Session, next_id: str, late: Booking, now: datetime) -> list[str]:
    waiting = session.get(Booking, next_id)
    told = select(BookingEvent).where(BookingEvent.booking_id == next_id, BookingEvent.reason == LATE)
    if waiting is None or session.exec(told).first() is not None:
        return []
    target = targets.of_booking(session, waiting.asset_id, waiting.room_id)
    wish = BookingRequest(starts_at=waiting.starts_at, ends_at=waiting.ends_at, organization_id=waiting.organization_id)
    offered = [one.as_fact() for one in alternatives.find(session, target, wish, now, waiting.claim_id)]
    event = BookingEvent(
        booking_id=waiting.id,
        at=now,
        actor_id=SYSTEM.person_id,
        from_state=waiting.state,
        to_state=waiting.state,
        reason=LATE,
        evidence={"late_booking_id": late.id, "alternatives": offered},
    )
    session.add(event)
    transitions.note(session, waiting, SYSTEM, "booking.warned", transitions.facts(waiting), now, LATE)
    return [waiting.id]
