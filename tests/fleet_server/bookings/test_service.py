"""Making, deciding on, moving and cancelling bookings, on both databases."""

from datetime import date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from fleet_server.bookings import service
from fleet_server.bookings.models import BookingEvent
from fleet_server.bookings.rules import TransitionRefused
from fleet_server.bookings.service import ApprovalTooLate
from fleet_server.bookings.transitions import BookingStale
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.changes.models import ChangeRecord
from fleet_server.core.db import Database
from fleet_server.core.errors import Conflict, Forbidden, Invalid, NotFound
from fleet_server.organizations.models import SharingAgreement
from fleet_server.schedule.models import Claim
from fleet_server.schedule.service import HoldLapsed, SlotTaken
from tests.fleet_server.bookings.schools import NOW, at, book, found

HOUR = timedelta(hours=1)


def claim_of(session: Session, claim_id: str) -> Claim:
    return session.get_one(Claim, claim_id)


def test_a_booking_within_a_school_is_approved_and_claims_preparation_too(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_a"], made.printer, 2, 4)
        claim = claim_of(session, booking.claim_id)
        assert (booking.state, claim.status) == ("approved", "active")
        assert (claim.busy_from, claim.busy_until) == (at(2) - timedelta(minutes=10), at(4) + timedelta(minutes=5))


def test_a_campus_of_the_school_needs_no_approval(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        assert book(session, made.people["teacher_a"], made.printer, 8, 9, "org_a2").state == "approved"


def test_borrowing_asks_the_lender_and_claims_the_way_there_and_back(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_b"], made.printer, 30, 32, "org_b")
        claim = claim_of(session, booking.claim_id)
        assert (booking.state, booking.lender_id, claim.status) == ("requested", "org_a", "held")
        assert claim.held_until == at(24)
        assert claim.busy_from == at(30) - timedelta(minutes=10 + 30)
        assert claim.busy_until == at(32) + timedelta(minutes=5 + 40)
        with pytest.raises(Forbidden):
            service.approve(session, made.people["teacher_b"], booking, NOW)
        with pytest.raises(Forbidden):
            service.approve(session, made.people["coordinator_b"], booking, NOW)
        service.approve(session, made.people["coordinator_a"], booking, NOW, "gladly")
        assert (booking.state, claim_of(session, booking.claim_id).status) == ("approved", "active")


def test_a_coordinator_of_the_lender_books_for_another_school_at_once(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        assert book(session, made.people["coordinator"], made.printer, 30, 32, "org_b").state == "approved"


def test_a_request_too_near_its_start_is_refused_with_what_to_do(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(ApprovalTooLate):
            book(session, made.people["teacher_b"], made.printer, 1, 2, "org_b")


def test_a_request_decided_twice_is_decided_once(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_b"], made.printer, 30, 32, "org_b")
        service.reject(session, made.people["coordinator_a"], booking, NOW, "needed here")
        assert claim_of(session, booking.claim_id).status == "released"
        with pytest.raises(TransitionRefused):
            service.approve(session, made.people["coordinator_a"], booking, NOW)


def test_a_request_whose_hold_ran_out_cannot_be_approved(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_b"], made.printer, 30, 32, "org_b")
    with pytest.raises(HoldLapsed), database.writing() as session:
        service.approve(session, made.people["coordinator_a"], session.merge(booking), at(24))


def test_a_taken_slot_names_what_lies_there_and_what_is_free_instead(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        book(session, made.people["teacher_a"], made.printer, 2, 4)
        with pytest.raises(SlotTaken) as caught:
            book(session, made.people["teacher_a"], made.printer, 3, 4)
        assert caught.value.params["conflicts"]
        offered = caught.value.params["alternatives"]
        assert isinstance(offered, list)
        kinds = [one["kind"] for one in offered]
        assert kinds == ["later", "other_day", "other_day", "other_resource", "other_resource"]
        assert offered[0]["start"] >= at(4 + 15 / 60).isoformat()
        assert [one["asset_code"] for one in offered[3:]] == [p.asset_code for p in made.printers[1:3]]
        assert [one["travel_minutes"] for one in offered[3:]] == [0, 40]


def test_every_alternative_offered_can_be_booked(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        book(session, made.people["teacher_a"], made.printer, 2, 4)
        with pytest.raises(SlotTaken) as caught:
            book(session, made.people["coordinator"], made.printer, 3, 4)
        offered = caught.value.params["alternatives"]
        assert isinstance(offered, list)
        for one in offered:
            start, end = (datetime.fromisoformat(one[key]) - NOW for key in ("start", "end"))
            printer = next(p for p in made.printers if p.asset_code == one["asset_code"])
            with session.begin_nested() as nested:
                assert book(session, made.people["coordinator"], printer, start / HOUR, end / HOUR).state == "approved"
                nested.rollback()


def test_a_capability_is_booked_at_the_nearest_free_asset(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        wish = BookingRequest(starts_at=at(3), ends_at=at(4), organization_id="org_a", capability="printer_3d")
        got = [service.book(session, made.people["coordinator"], wish, NOW).asset_id for _ in range(3)]
        assert set(got[:2]) == {made.printers[0].id, made.printers[1].id}
        assert got[2] == made.printers[2].id
        with pytest.raises(SlotTaken):
            service.book(session, made.people["coordinator"], wish, NOW)


def test_assets_nobody_shares_are_not_there_until_an_agreement_is_in_force(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        far = made.printers[3]
        with pytest.raises(NotFound):
            book(session, made.people["teacher_a"], far, 30, 31)
        session.add(
            SharingAgreement(
                id="agr_1",
                lender_id="org_far",
                borrower_id="org_bureau",
                kinds="recorder, printer_3d",
                since=date(2026, 11, 1),
                until=date(2026, 12, 31),
            )
        )
        session.flush()
        assert book(session, made.people["teacher_a"], far, 30, 31).state == "requested"


def test_an_agreement_for_other_equipment_lends_nothing(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        agreement = SharingAgreement(
            id="agr_1",
            lender_id="org_far",
            borrower_id="org_a",
            kinds="printer",
            since=date(2026, 11, 1),
            until=date(2026, 12, 31),
        )
        session.add(agreement)
        session.flush()
        with pytest.raises(NotFound):
            book(session, made.people["teacher_a"], made.printers[3], 30, 31)


@pytest.mark.parametrize(("who", "error"), [("auditor", Forbidden), ("stranger", NotFound), ("teacher_b", NotFound)])
def test_only_who_books_for_the_organization_may(database: Database, who: str, error: type[Exception]) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(error):
            book(session, made.people[who], made.printer, 2, 3)


@pytest.mark.parametrize(
    ("hours", "code"), [((3, 3), "slot_wrong"), ((-2, 1), "slot_past"), ((1, 24 * 121), "slot_too_long")]
)
def test_a_slot_that_makes_no_sense_is_refused(database: Database, hours: tuple[float, float], code: str) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(Invalid) as caught:
            book(session, made.people["teacher_a"], made.printer, *hours)
        assert caught.value.code == code


@pytest.mark.parametrize(("status", "code"), [("maintenance", "asset_in_maintenance"), ("retired", "asset_retired")])
def test_an_asset_out_of_service_cannot_be_booked(database: Database, status: str, code: str) -> None:
    with database.writing() as session:
        made = found(session)
        made.printer.status = status
        session.add(made.printer)
        with pytest.raises(Conflict) as caught:
            book(session, made.people["teacher_a"], made.printer, 2, 3)
        assert caught.value.code == code


def test_a_room_is_booked_within_its_opening_hours_in_local_time(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        day = BookingRequest(starts_at=at(9), ends_at=at(11), organization_id="org_a", room_id="rom_a")
        assert service.book(session, made.people["teacher_a"], day, NOW).room_id == "rom_a"
        late = BookingRequest(starts_at=at(10.5), ends_at=at(11.5), organization_id="org_a", room_id="rom_a")
        with pytest.raises(Conflict) as caught:
            service.book(session, made.people["teacher_a"], late, NOW)
        assert (caught.value.code, caught.value.params["closes"]) == ("room_closed", "21:00")


def test_a_move_keeps_the_booking_where_it_was_when_the_new_slot_is_taken(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        teacher = made.people["teacher_a"]
        book(session, teacher, made.printer, 2, 4)
        booking = book(session, teacher, made.printer, 5, 6)
        with pytest.raises(SlotTaken) as caught:
            service.move(session, teacher, booking, at(3), at(4), booking.version, NOW)
        assert caught.value.params["alternatives"]
        session.refresh(booking)
        assert booking.starts_at == at(5)
        moved = service.move(session, teacher, booking, at(5.5), at(7), booking.version, NOW)
        assert (moved.starts_at, moved.ends_at, moved.state, moved.version) == (at(5.5), at(7), "approved", 2)


def test_a_change_made_from_an_old_reading_is_refused(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_a"], made.printer, 5, 6)
        service.extend(session, made.people["teacher_a"], booking, at(7), 1, NOW)
        with pytest.raises(BookingStale):
            service.extend(session, made.people["teacher_a"], booking, at(8), 1, NOW)


def test_moving_an_approved_loan_asks_the_lender_again(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_b"], made.printer, 30, 32, "org_b")
        service.approve(session, made.people["coordinator_a"], booking, NOW)
        moved = service.move(session, made.people["teacher_b"], booking, at(40), at(42), None, NOW)
        assert (moved.state, claim_of(session, moved.claim_id).status) == ("requested", "held")


def test_a_cancelled_booking_releases_its_claim_and_stays_on_record(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_a"], made.printer, 5, 6)
        service.cancel(session, made.people["coordinator_a"], booking, NOW, "school trip")
        again = book(session, made.people["teacher_a"], made.printer, 5, 6)
        assert (booking.state, again.state) == ("cancelled", "approved")
        events = session.exec(
            select(BookingEvent).where(BookingEvent.booking_id == booking.id).order_by(col(BookingEvent.id))
        ).all()
        assert [(one.from_state, one.to_state, one.reason) for one in events] == [
            ("", "approved", ""),
            ("approved", "cancelled", "school trip"),
        ]
        changes = session.exec(select(ChangeRecord.action).where(ChangeRecord.object_id == booking.id)).all()
        assert changes == ["booking.made", "booking.cancel"]


def test_somebody_else_may_not_cancel(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["coordinator_a"], made.printer, 5, 6)
        with pytest.raises(Forbidden):
            service.cancel(session, made.people["teacher_a"], booking, NOW)
