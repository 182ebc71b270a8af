"""Loans: the holder changes for the time, and the plan is known before."""

from datetime import timedelta

import pytest

from fleet_server.core.db import Database
from fleet_server.core.errors import Conflict, Forbidden
from fleet_server.custody import loans
from fleet_server.custody.loans import LoanStateWrong
from fleet_server.inventory import holdings
from fleet_server.schedule.models import Claim
from fleet_server.schedule.placements import place_at
from fleet_server.schedule.service import SlotTaken
from tests.fleet_server.bookings.schools import NOW, at, book, found


def test_a_loan_moves_custody_and_bookings_follow_it(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        printer, borrower, lender = made.printer, made.people["coordinator_b"], made.people["coordinator_a"]
        loan = loans.ask(session, borrower, printer.asset_code, "org_b", at(48), at(96), NOW)
        assert loan.state == "asked"
        with pytest.raises(LoanStateWrong):
            loans.start(session, borrower, loan, NOW)
        loans.grant(session, lender, loan, NOW)
        assert [place_at(session, printer, at(h)) for h in (47, 48, 95, 96)] == ["org_a", "org_b", "org_b", "org_a"]
        while_there = book(session, made.people["teacher_b"], printer, 50, 52, "org_b")
        assert (while_there.state, while_there.lender_id) == ("approved", "org_b")
        claim = session.get_one(Claim, while_there.claim_id)
        assert claim.busy_from == at(50) - timedelta(minutes=10)
        loans.start(session, borrower, loan, at(48))
        assert printer.holder_id == "org_b"
        after = book(session, made.people["teacher_a"], printer, 100, 101)
        assert (after.state, after.lender_id) == ("approved", "org_a")
        loans.finish(session, lender, loan, at(90))
        assert [one.holder_id for one in holdings.history(session, printer.id)] == ["org_a", "org_b", "org_a"]
        assert place_at(session, printer, at(91)) == "org_a"


def test_the_ways_there_and_back_are_claimed(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        loan = loans.ask(session, made.people["coordinator"], made.printer.asset_code, "org_b", at(48), at(96), NOW)
        assert loan.state == "granted"
        there, back = (session.get_one(Claim, key) for key in (loan.outbound_claim_id, loan.return_claim_id))
        assert (there.busy_from, there.busy_until) == (at(47.5), at(48))
        assert (back.busy_from, back.busy_until) == (at(96), at(96) + timedelta(minutes=40))


def test_a_loan_over_a_booking_is_refused(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        book(session, made.people["teacher_a"], made.printer, 70, 72)
        with pytest.raises(SlotTaken):
            loans.ask(session, made.people["coordinator"], made.printer.asset_code, "org_b", at(48), at(96), NOW)


def test_a_refused_loan_leaves_neither_claim_nor_plan(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        loan = loans.ask(session, made.people["coordinator"], made.printer.asset_code, "org_b", at(48), at(96), NOW)
        loans.refuse(session, made.people["coordinator_a"], loan, NOW, "repair")
        assert place_at(session, made.printer, at(50)) == "org_a"
        assert book(session, made.people["teacher_a"], made.printer, 47.6, 48).state == "approved"


def test_only_coordinators_lend_and_borrow(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(Forbidden):
            loans.ask(session, made.people["teacher_b"], made.printer.asset_code, "org_b", at(48), at(96), NOW)
        loan = loans.ask(session, made.people["coordinator_b"], made.printer.asset_code, "org_b", at(48), at(96), NOW)
        with pytest.raises(Forbidden):
            loans.grant(session, made.people["coordinator_b"], loan, NOW)
        with pytest.raises(Conflict):
            loans.ask(session, made.people["coordinator_a"], made.printer.asset_code, "org_a", at(8), at(9), NOW)
