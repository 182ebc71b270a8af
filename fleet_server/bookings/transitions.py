"""One step of a booking: compared and swapped, kept as an event and a change record, announced after commit."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.bookings import rules
from fleet_server.bookings.models import Booking, BookingEvent
from fleet_server.changes.service import record
from fleet_server.core.errors import Stale
from fleet_server.core.outbox import publish
from fleet_server.core.scope import Viewer
from fleet_server.schedule import service as schedule

TOPIC = "booking"
"""Outbox topic of every change of a booking; the body is `announcement`."""

_FREEING = frozenset(
    {
        rules.State.REJECTED,
        rules.State.CANCELLED,
        rules.State.EXPIRED,
        rules.State.NO_SHOW,
        rules.State.RELEASED,
    }
)


class BookingStale(Stale):
    """The booking changed since the caller read it."""

    code = "booking_stale"


def step(
    session: Session,
    booking: Booking,
    action: rules.Action,
    actor: Viewer,
    now: datetime,
    *,
    reason: str = "",
    evidence: dict[str, Any] | None = None,
    **fields: Any,
) -> Booking:
    """Take a booking one step on; its claim is released where nothing will take place.

    Raises: TransitionRefused where the booking does not stand before this step, also when someone else was faster.
    """
    before, origin = facts(booking), booking.state
    to = rules.after(origin, action)
    swapped = sa.update(Booking).where(col(Booking.id) == booking.id, col(Booking.state) == origin)
    values = {"state": to.value, "version": Booking.version + 1, **fields}
    if session.connection().execute(swapped.values(values)).rowcount != 1:
        session.refresh(booking)
        raise rules.TransitionRefused(state=booking.state, action=action.value)
    session.refresh(booking)
    if to in _FREEING:
        schedule.release(session, booking.claim_id, now)
    session.add(
        BookingEvent(
            booking_id=booking.id,
            at=now,
            actor_id=actor.person_id,
            from_state=origin,
            to_state=to.value,
            reason=reason[:300],
            evidence=evidence,
        )
    )
    note(session, booking, actor, f"booking.{action.value}", before, now, reason)
    return booking


def note(
    session: Session,
    booking: Booking,
    actor: Viewer,
    action: str,
    before: dict[str, Any] | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Write the change record of a booking and announce the change after commit."""
    record(session, actor, action, "booking", booking.id, before=before, after=facts(booking), reason=reason, now=now)
    publish(session, TOPIC, announcement(booking, action, reason), now)


def begun(session: Session, booking: Booking, actor: Viewer, now: datetime) -> None:
    """Keep the event, the record and the news of a new booking."""
    session.add(BookingEvent(booking_id=booking.id, at=now, actor_id=actor.person_id, to_state=booking.state))
    note(session, booking, actor, "booking.made", None, now)


def check_version(booking: Booking, version: int | None) -> None:
    """Let a change pass that was made from the booking as it is.

    Raises: BookingStale.
    """
    if version is not None and version != booking.version:
        raise BookingStale(booking_id=booking.id)


def announcement(booking: Booking, action: str, reason: str = "") -> dict[str, Any]:
    """Return the news of a booking as ids, state and times, no names."""
    return {
        "action": action,
        "booking_id": booking.id,
        "state": booking.state,
        "asset_id": booking.asset_id,
        "room_id": booking.room_id,
        "organization_id": booking.organization_id,
        "lender_id": booking.lender_id,
        "requester_id": booking.requester_id,
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
        "reason": reason,
    }


def facts(booking: Booking) -> dict[str, Any]:
    """Return what a change record keeps of a booking."""
    return {
        "state": booking.state,
        "asset_id": booking.asset_id,
        "room_id": booking.room_id,
        "organization_id": booking.organization_id,
        "lender_id": booking.lender_id,
        "starts_at": booking.starts_at.isoformat(),
        "ends_at": booking.ends_at.isoformat(),
    }


def events(session: Session, booking_id: str) -> list[BookingEvent]:
    """Return what happened to a booking, oldest first."""
    statement = select(BookingEvent).where(BookingEvent.booking_id == booking_id).order_by(col(BookingEvent.id))
    return list(session.exec(statement))
