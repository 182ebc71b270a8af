"""Use and the booking it belongs to."""

from sqlmodel import Session, col, select

from fleet_server.bookings import sessions
from fleet_server.bookings.models import BookingSession
from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database
from fleet_server.usage.models import Segment
from tests.fleet_server.bookings.schools import at, book, found, meter


def linked(session: Session) -> list[tuple[float, float, str | None]]:
    """Return the links as hours after NOW."""
    rows = session.exec(select(BookingSession).order_by(col(BookingSession.start_ms))).all()
    base = to_ms(at(0))
    return [((row.start_ms - base) / 3.6e6, (row.end_ms - base) / 3.6e6, row.booking_id) for row in rows]


def test_a_session_belongs_to_the_booking_it_overlaps_most(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        spans = [(0, 1, "standby"), (1, 2.5, "in_use"), (2.5, 4, "standby"), (4, 5, "in_use"), (5, 9, "standby")]
        meter(session, made.printer, *spans)
        book(session, made.people["teacher_a"], made.printer, 0.5, 1.5)
        second = book(session, made.people["teacher_a"], made.printer, 1.75, 3)
        expected = [(1, 2.5, second.id), (4, 5, None)]
        for start, end in ((0, 9), (2, 2.1), (4.5, 4.6)):
            assert sessions.link_asset(session, made.printer.id, to_ms(at(start)), to_ms(at(end)), at(10)) > 0
        assert linked(session) == expected


def test_linking_twice_changes_nothing_and_late_records_rewrite_the_session(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        device_id = meter(session, made.printer, (0, 1, "standby"), (1, 2, "in_use"), (2, 9, "standby"))
        booking = book(session, made.people["teacher_a"], made.printer, 1, 3)
        for _ in range(2):
            assert sessions.link(session, device_id, made.printer, to_ms(at(1)), to_ms(at(2)), at(10)) == 1
        assert linked(session) == [(1, 2, booking.id)]


def test_a_booking_called_off_gets_no_use(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        meter(session, made.printer, (0, 1, "standby"), (1, 2, "in_use"), (2, 9, "standby"))
        booking = book(session, made.people["teacher_a"], made.printer, 1, 3)
        booking.state = "cancelled"
        session.add(booking)
        sessions.link_asset(session, made.printer.id, to_ms(at(0)), to_ms(at(9)), at(10))
        assert linked(session) == [(1, 2, None)]


def test_the_sweep_ties_new_late_and_grown_use_once(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        device_id = meter(session, made.printer, (0, 1, "standby"), (1, 2, "in_use"), (2, 9, "standby"))
        booking = book(session, made.people["teacher_a"], made.printer, 1, 3)
    assert [sessions.sweep(database, at(10)) for _ in range(2)] == [1, 0]
    with database.writing() as session:
        session.add(Segment(device_id=device_id, start_ms=to_ms(at(-3)), end_ms=to_ms(at(-2)), state="in_use"))
    assert [sessions.sweep(database, at(10)) for _ in range(2)] == [1, 0]
    with database.reading() as session:
        assert linked(session) == [(-3, -2, None), (1, 2, booking.id)]
