"""What one booking's end means for others: joint lessons fall through, maintenance displaces."""

from datetime import datetime

from sqlmodel import Session, col, select

from fleet_server.bookings import rules, transitions
from fleet_server.bookings.models import Booking
from fleet_server.core.scope import Viewer
from fleet_server.schedule.models import Claim
from fleet_server.schedule.service import BLOCKING


def fall_through(session: Session, actor: Viewer, booking: Booking, now: datetime) -> None:
    """Cancel what is open of a booking's joint lesson, which takes place wholly or not at all."""
    if booking.joint_lesson_id is None:
        return
    statement = (
        select(Booking)
        .where(Booking.joint_lesson_id == booking.joint_lesson_id, Booking.id != booking.id)
        .where(col(Booking.state).in_([rules.State.REQUESTED, rules.State.APPROVED]))
        .order_by(col(Booking.id))
    )
    for other in session.exec(statement).all():
        transitions.step(session, other, rules.Action.CANCEL, actor, now, reason="the joint lesson fell through")


def displace(
    session: Session,
    actor: Viewer,
    resource_kind: str,
    resource_id: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    reason: str,
) -> list[Booking]:
    """Release the bookings whose busy range touches [starts_at, ends_at) so that maintenance may claim it.

    What is checked out stays. Requesters learn of it by the news that goes out after commit.
    """
    claimed = (
        select(Booking)
        .join(Claim, col(Claim.id) == col(Booking.claim_id))
        .where(Claim.resource_kind == resource_kind, Claim.resource_id == resource_id)
        .where(col(Claim.status).in_(BLOCKING), Claim.busy_from < ends_at, Claim.busy_until > starts_at)
        .where(col(Booking.state).in_([rules.State.REQUESTED, rules.State.APPROVED]))
        .order_by(col(Booking.starts_at))
    )
    displaced = list(session.exec(claimed))
    for booking in displaced:
        transitions.step(session, booking, rules.Action.DISPLACE, actor, now, reason=reason)
        fall_through(session, actor, booking, now)
    return displaced
