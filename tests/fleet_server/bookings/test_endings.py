"""Requests that nobody decided on."""

from sqlmodel import select

from fleet_server.bookings import endings, jobs
from fleet_server.bookings.consequences import displace
from fleet_server.bookings.models import Booking
from fleet_server.core.db import Database
from fleet_server.core.scope import SYSTEM
from fleet_server.core.settings import Settings
from fleet_server.custody.service import check_out
from fleet_server.schedule import service as schedule
from fleet_server.schedule.models import Claim
from fleet_server.schedule.service import Wanted
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
    done = jobs.sweep(database, Settings(), lambda: at(20))
    assert done == {"expired": 1, "no_show": 0, "completed": 1, "warned": 0}
    with database.reading() as session:
        assert set(session.exec(select(Booking.state))) == {"expired", "completed"}


def test_maintenance_displaces_what_is_booked_but_not_what_is_out(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        teacher = made.people["teacher_a"]
        out = book(session, teacher, made.printer, 1, 3)
        check_out(session, teacher, out, at(1))
        booked = book(session, teacher, made.printer, 4, 6)
        moved = displace(session, SYSTEM, "asset", made.printer.id, at(2), at(8), at(1), "nozzle")
        assert [(one.id, one.state) for one in moved] == [(booked.id, "released")]
        claim = schedule.claim(session, Wanted("asset", made.printer.id, at(3.5), at(8), "maintenance", "wo"), at(1))
        assert claim.status == "active"
