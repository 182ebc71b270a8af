"""What is not back in time."""

from sqlmodel import select

from fleet_server.bookings import overruns
from fleet_server.bookings.models import BookingEvent
from fleet_server.core.db import Database
from fleet_server.core.models import OutboxEvent
from fleet_server.custody.service import check_out
from fleet_server.schedule.models import Claim
from tests.fleet_server.bookings.schools import at, book, found


def test_what_is_late_stays_busy_until_it_is_back(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        teacher = made.people["teacher_a"]
        booking = book(session, teacher, made.printer, 1, 3)
        check_out(session, teacher, booking, at(1))
        assert overruns.extend(session, at(2.9)) == []
        assert overruns.extend(session, at(3)) == []
        assert session.get_one(Claim, booking.claim_id).busy_until == at(3.5)


def test_who_comes_next_is_warned_once_with_what_is_free(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        teacher = made.people["teacher_a"]
        late = book(session, teacher, made.printer, 1, 3)
        waiting = book(session, teacher, made.printer, 3.5, 5)
        check_out(session, teacher, late, at(1))
        assert overruns.extend(session, at(3.1)) == [waiting.id]
        assert overruns.extend(session, at(3.2)) == []
        event = session.exec(select(BookingEvent).where(BookingEvent.reason == overruns.LATE)).one()
        assert event.evidence is not None
        assert event.evidence["late_booking_id"] == late.id
        assert event.evidence["alternatives"]
        news = [one.body for one in session.exec(select(OutboxEvent)) if one.body.get("action") == "booking.warned"]
        assert [one["booking_id"] for one in news] == [waiting.id]
        assert waiting.state == "approved"
