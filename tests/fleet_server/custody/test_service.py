"""Check-out and check-in."""

from datetime import timedelta

import pytest

from fleet_server.bookings.rules import TransitionRefused
from fleet_server.bookings.transitions import BookingStale
from fleet_server.core.db import Database
from fleet_server.core.errors import Conflict, Forbidden
from fleet_server.custody import service
from fleet_server.schedule.models import Claim
from tests.fleet_server.bookings.schools import at, book, found


def test_an_early_return_frees_the_rest_after_clearing_down(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        teacher = made.people["teacher_a"]
        booking = book(session, teacher, made.printer, 1, 5)
        service.check_out(session, teacher, booking, at(1), condition="good")
        service.check_in(session, teacher, booking, at(2), condition="damaged", note="nozzle blocked")
        assert (booking.state, booking.checked_out_at, booking.returned_at) == ("returned", at(1), at(2))
        assert session.get_one(Claim, booking.claim_id).busy_until == at(2) + timedelta(minutes=5)
        assert book(session, teacher, made.printer, 3, 4, now=at(2)).state == "approved"
        papers = service.hand_overs(session, booking.id)
        assert [(one.kind, one.condition, one.note) for one in papers] == [
            ("check_out", "good", ""),
            ("check_in", "damaged", "nozzle blocked"),
        ]


def test_the_way_back_of_a_borrowed_asset_stays_claimed(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["coordinator"], made.printer, 2, 8, "org_b")
        service.check_out(session, made.people["coordinator_a"], booking, at(1.5))
        service.check_in(session, made.people["coordinator_a"], booking, at(4))
        claim = session.get_one(Claim, booking.claim_id)
        assert (claim.status, claim.busy_until) == ("active", at(4) + timedelta(minutes=45))
        assert made.printer.holder_id == "org_a"


@pytest.mark.parametrize(("hours", "code"), [(0.3, "check_out_too_early"), (5, "check_out_too_late")])
def test_a_slot_is_checked_out_within_its_time(database: Database, hours: float, code: str) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_a"], made.printer, 1, 5)
        with pytest.raises(Conflict) as caught:
            service.check_out(session, made.people["teacher_a"], booking, at(hours))
        assert caught.value.code == code


def test_only_what_is_approved_goes_out_and_only_what_is_out_comes_back(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        teacher = made.people["teacher_b"]
        asked = book(session, teacher, made.printer, 2, 5, "org_b")
        with pytest.raises(TransitionRefused):
            service.check_out(session, teacher, asked, at(2))
        with pytest.raises(TransitionRefused):
            service.check_in(session, teacher, asked, at(2))


def test_custody_is_no_business_of_a_bystander_nor_of_an_old_reading(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["coordinator_a"], made.printer, 1, 5)
        with pytest.raises(Forbidden):
            service.check_out(session, made.people["teacher_a"], booking, at(1))
        with pytest.raises(BookingStale):
            service.check_out(session, made.people["coordinator_a"], booking, at(1), version=7)
