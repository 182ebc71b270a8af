"""What users say of equipment after use."""

from datetime import datetime

from sqlmodel import Session

from fleet_server.bookings import rules, transitions
from fleet_server.bookings.models import Booking
from fleet_server.bookings.rights import may_change
from fleet_server.core.errors import Conflict, Forbidden
from fleet_server.core.scope import Viewer


def rate(session: Session, viewer: Viewer, booking: Booking, stars: int, feedback: str, now: datetime) -> Booking:
    """Keep the user's judgement of what was booked, 1 to 5.

    Raises: Forbidden; Conflict `rating_too_early` before the use has ended.
    """
    if not may_change(session, viewer, booking):
        raise Forbidden("booking_right_missing", booking_id=booking.id)
    if booking.state not in (rules.State.RETURNED, rules.State.COMPLETED):
        raise Conflict("rating_too_early")
    before = {"rating": booking.rating}
    booking.rating, booking.feedback = stars, feedback
    booking.version += 1
    session.add(booking)
    session.flush()
    transitions.note(session, booking, viewer, "booking.rated", before, now)
    return booking
