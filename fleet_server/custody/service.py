"""Check-out and check-in of what was booked, with its condition; the holder stays the lender, as in any short use."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from fleet_server.bookings import rules, targets
from fleet_server.bookings.models import Booking
from fleet_server.bookings.rights import may_change
from fleet_server.bookings.transitions import check_version, step
from fleet_server.core.clock import new_id
from fleet_server.core.errors import Conflict, Forbidden
from fleet_server.core.outbox import publish
from fleet_server.core.scope import Viewer
from fleet_server.custody.models import HandOver
from fleet_server.schedule import service as schedule
from fleet_server.schedule.models import Claim

CONDITIONS = ("good", "worn", "damaged", "incomplete")
EARLY = timedelta(minutes=30)
TOPIC = "hand_over"
"""Outbox topic of every hand-over: ids, kind, condition and note, for whoever repairs or reminds."""


def check_out(
    session: Session,
    viewer: Viewer,
    booking: Booking,
    now: datetime,
    *,
    condition: str = "good",
    note: str = "",
    version: int | None = None,
) -> Booking:
    """Hand what was booked to its user.

    Raises: Forbidden; Conflict `check_out_too_early` more than 30 min before its busy range, `check_out_too_late`
    after its end; TransitionRefused unless it is approved.
    """
    _check(session, viewer, booking, version)
    held = session.get_one(Claim, booking.claim_id)
    if now < held.busy_from - EARLY:
        earliest = (held.busy_from - EARLY).astimezone(UTC)
        raise Conflict("check_out_too_early", from_time=earliest.strftime("%Y-%m-%d %H:%M UTC"))
    if booking.state == rules.State.APPROVED and now >= booking.ends_at:
        raise Conflict("check_out_too_late")
    step(session, booking, rules.Action.CHECK_OUT, viewer, now, reason=note, checked_out_at=now)
    _write(session, viewer, booking, "check_out", booking.lender_id, booking.organization_id, condition, note, now)
    return booking


def check_in(
    session: Session,
    viewer: Viewer,
    booking: Booking,
    now: datetime,
    *,
    condition: str = "good",
    note: str = "",
    version: int | None = None,
) -> Booking:
    """Take back what was booked; the rest of its time, but for clearing down and the way back, is free again.

    Raises: Forbidden; TransitionRefused unless it is checked out.
    """
    _check(session, viewer, booking, version)
    step(session, booking, rules.Action.CHECK_IN, viewer, now, reason=note, returned_at=now)
    target = targets.of_booking(session, booking.asset_id, booking.room_id)
    _, free_from = targets.busy_range(session, target, booking.organization_id, now, now)
    schedule.shorten(session, booking.claim_id, free_from)
    _write(session, viewer, booking, "check_in", booking.organization_id, booking.lender_id, condition, note, now)
    return booking


def hand_overs(session: Session, booking_id: str) -> list[HandOver]:
    """Return the hand-overs of a booking, oldest first."""
    statement = select(HandOver).where(HandOver.booking_id == booking_id).order_by(col(HandOver.at), col(HandOver.id))
    return list(session.exec(statement))


def _check(session: Session, viewer: Viewer, booking: Booking, version: int | None) -> None:
    if not may_change(session, viewer, booking):
        raise Forbidden("booking_right_missing", booking_id=booking.id)
    session.refresh(booking, with_for_update=True)
    check_version(booking, version)


def _write(
    session: Session,
    viewer: Viewer,
    booking: Booking,
    kind: str,
    from_id: str,
    to_id: str,
    condition: str,
    note: str,
    now: datetime,
) -> None:
    made = HandOver(
        id=new_id("hov"),
        booking_id=booking.id,
        asset_id=booking.asset_id,
        kind=kind,
        at=now,
        actor_id=viewer.person_id,
        from_id=from_id,
        to_id=to_id,
        condition=condition,
        note=note,
    )
    session.add(made)
    session.flush()
    publish(session, TOPIC, made.model_dump(mode="json"), now)
