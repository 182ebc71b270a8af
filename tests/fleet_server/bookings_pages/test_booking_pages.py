"""The list of bookings and the page of one: approvals, cancelling, hand-over."""

from datetime import timedelta

import pytest

from tests.conftest import StillClock
from tests.fleet_server.bookings_pages.conftest import SignedIn
from tests.fleet_server.bookings_pages.test_availability_page import booked, post


def test_a_request_of_another_school_waits_for_the_lender_and_is_approved(as_person: SignedIn) -> None:
    booking_id = booked(as_person("neighbor"), organization="river", purpose="借打印机")
    coordinator = as_person("coordinator", "zh-CN")
    listed = coordinator.get("/bookings?state=requested").text
    assert "借打印机" in listed
    assert "个申请等你处理" in listed
    assert post(coordinator, f"/bookings/{booking_id}/approve").headers["location"] == "/bookings?state=requested"
    assert "已批准" in as_person("neighbor", "zh-CN").get(f"/bookings/{booking_id}").text


def test_a_refusal_keeps_its_reason(as_person: SignedIn) -> None:
    booking_id = booked(as_person("neighbor"), organization="river")
    assert post(as_person("coordinator"), f"/bookings/{booking_id}/reject", reason="needed here").status_code == 303
    assert "needed here" in as_person("neighbor").get(f"/bookings/{booking_id}").text


def test_deciding_twice_is_said_on_the_page(as_person: SignedIn) -> None:
    booking_id = booked(as_person("neighbor"), organization="river")
    coordinator = as_person("coordinator")
    post(coordinator, f"/bookings/{booking_id}/approve")
    answer = post(coordinator, f"/bookings/{booking_id}/approve")
    assert answer.status_code == 409
    assert "This step was not taken" in answer.text


def test_a_teacher_cannot_approve(as_person: SignedIn) -> None:
    booking_id = booked(as_person("neighbor"), organization="river")
    assert post(as_person("teacher"), f"/bookings/{booking_id}/approve").status_code == 403


def test_cancelling_frees_the_slot(as_person: SignedIn) -> None:
    teacher = as_person("teacher")
    booking_id = booked(teacher)
    assert post(teacher, f"/bookings/{booking_id}/cancel", reason="ill").status_code == 303
    assert "Cancelled" in teacher.get(f"/bookings/{booking_id}").text
    booked(teacher)


def test_equipment_is_checked_out_and_in_with_its_condition(as_person: SignedIn, clock: StillClock) -> None:
    teacher = as_person("teacher")
    booking_id = booked(teacher)
    early = post(teacher, f"/bookings/{booking_id}/check-out", condition="good")
    assert early.status_code == 409
    clock.advance(timedelta(hours=4).total_seconds())
    teacher = as_person("teacher")
    assert post(teacher, f"/bookings/{booking_id}/check-out", condition="worn").status_code == 303
    assert "Check in" in teacher.get(f"/bookings/{booking_id}").text
    assert post(teacher, f"/bookings/{booking_id}/check-in", condition="no such word", reason="ok").status_code == 303
    assert "Returned" in teacher.get(f"/bookings/{booking_id}").text


@pytest.mark.parametrize("tab", ["", "?mine=1", "?state=requested", "?tab=past", "?tab=nonsense"])
def test_every_part_of_the_list_says_what_belongs_there_when_it_is_empty(as_person: SignedIn, tab: str) -> None:
    answer = as_person("coordinator").get(f"/bookings{tab}")
    assert answer.status_code == 200
    assert "No booking here" in answer.text


def test_a_booking_outside_ones_part_of_the_tree_is_not_there(as_person: SignedIn) -> None:
    booking_id = booked(as_person("neighbor"), resource="asset:YX-33CCC", organization="river")
    assert as_person("teacher").get(f"/bookings/{booking_id}").status_code == 404


def test_an_auditor_reads_no_names(as_person: SignedIn) -> None:
    booking_id = booked(as_person("teacher"), purpose="private purpose")
    page = as_person("auditor").get(f"/bookings/{booking_id}").text
    assert "private purpose" not in page
    assert "Teacher</dd>" not in page
