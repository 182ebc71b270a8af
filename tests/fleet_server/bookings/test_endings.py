"""Requests that nobody decided on."""

from sqlmodel import select

from fleet_server.bookings import endings, jobs
from fleet_server.bookings.models import Booking
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.schedule.models import Claim
from tests.fleet_server.bookings.schools import at, book, found


def test_a_request_expires_with_its_hold_and_frees_the_slot(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_b"], made.printer, 10, 12, "org_b")
        assert endings.expire(session, at(8.9)) == []
        assert endings.expire(session, at(9)) == [booking.id]
        assert booking.state == "expired"
        assert session.get_one(Claim, booking.claim_id).status == "released"


def test_a_request_whose_lapsed_hold_made_way_expires_too(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        asked = book(session, made.people["teacher_b"], made.printer, 40, 42, "org_b")
        taken = book(session, made.people["teacher_a"], made.printer, 40, 42, now=at(24))
        assert endings.expire(session, at(24)) == [asked.id]
        assert session.get_one(Claim, taken.claim_id).status == "active"


def test_the_job_runs_every_sweep(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        book(session, made.people["teacher_b"], made.printer, 10, 12, "org_b")
        book(session, made.people["teacher_a"], made.printer, 13, 14)
    assert jobs.sweep(database, Settings(), lambda: at(20)) == {"expired": 1, "no_show": 0, "completed": 1}
    with database.reading() as session:
        assert set(session.exec(select(Booking.state))) == {"expired", "completed"}
