"""The availability page: what it answers, and booking by its form without a script."""

import re

import pytest
from httpx import Response
from starlette.testclient import TestClient

from tests.fleet_server.bookings_pages.conftest import SignedIn

SLOT = {"resource": "asset:YX-11AAX", "day": "2026-11-19", "start": "14:00", "end": "15:30", "organization": "north"}


def token(page: str) -> str:
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def post(client: TestClient, path: str, **fields: str) -> Response:
    page = client.get("/availability").text
    answer: Response = client.post(path, data={"_csrf": token(page), **fields})
    return answer


def booked(client: TestClient, **changes: str) -> str:
    """Book and return the booking's id."""
    answer = post(client, "/bookings", **{**SLOT, **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


@pytest.mark.parametrize(
    ("locale", "headline"),
    [
        ("en", "This afternoon, 4 of 4 can be had for 90 minutes"),
        ("zh-CN", "今天下午，4 台里有 4 台能约满 90 分钟"),
    ],
)
def test_the_headline_is_the_answer_in_both_languages(as_person: SignedIn, locale: str, headline: str) -> None:
    assert headline in as_person("teacher", locale).get("/availability").text


@pytest.mark.parametrize(
    "path",
    ["/availability", "/availability?view=week", "/bookings", "/availability?asset=YX-11AAX&start=14:00&end=15:30"],
)
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_no_page_holds_inline_script_or_style(as_person: SignedIn, path: str, locale: str) -> None:
    answer = as_person("teacher", locale).get(path)
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text)


def test_measured_use_and_the_state_stand_in_the_row(as_person: SignedIn) -> None:
    page = as_person("teacher").get("/availability?capability=printer_3d").text
    assert 'class="use-in_use"' in page
    assert 'class="use-standby"' in page


def test_a_slot_is_booked_by_the_form(as_person: SignedIn) -> None:
    teacher = as_person("teacher")
    booking_id = booked(teacher, purpose="桥梁模型", participants="12")
    page = teacher.get(f"/bookings/{booking_id}").text
    assert "Approved" in page
    assert "桥梁模型" in page
    assert "桥梁模型" in teacher.get("/availability?day=2026-11-19").text


def test_a_taken_slot_says_why_and_what_would_work_and_keeps_what_was_typed(as_person: SignedIn) -> None:
    teacher = as_person("teacher")
    booked(teacher, purpose="first")
    answer = post(teacher, "/bookings", **SLOT, purpose="second & third")
    assert answer.status_code == 409
    assert "Overlaps the booking from 14:00 to 15:30" in answer.text
    assert "second &amp; third" in answer.text
    assert "This would work" in answer.text
    option = re.search(r'name="option" value="([^"]+)" checked', answer.text)
    assert option
    assert post(teacher, "/bookings", **SLOT, option=option[1]).status_code == 303


def test_checking_first_books_nothing(as_person: SignedIn) -> None:
    teacher = as_person("teacher")
    answer = post(teacher, "/bookings", **SLOT, check="1", purpose="maybe")
    assert (answer.status_code, "This slot can be had" in answer.text) == (200, True)
    assert 'value="maybe"' in answer.text
    assert "No booking here" in teacher.get("/bookings").text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"resource": ""}, "Choose what to book."),
        ({"start": "half past two"}, "Give the start as hours and minutes"),
        ({"participants": "twelve"}, "whole number"),
        ({"purpose": "x" * 300}, "200 characters at most"),
        ({"day": "2026-11-18"}, "past"),
        ({"end": "13:00"}, "end must lie after the start"),
        ({"resource": "asset:NOTHING"}, ""),
        ({"start": "١٤:٠٠", "end": "\u0000"}, ""),
        ({"option": "asset:YX-11AAX yesterday today"}, None),
    ],
)
def test_wrong_input_is_answered_at_the_form_and_kept(
    as_person: SignedIn, changes: dict[str, str], said: str | None
) -> None:
    answer = post(as_person("teacher"), "/bookings", **{**SLOT, "purpose": "桥", **changes})
    if said is None:
        assert answer.status_code == 303
        return
    assert answer.status_code in (404, 422)
    assert said in answer.text
    if "purpose" not in changes:
        assert 'value="桥"' in answer.text


def test_equipment_of_another_school_is_asked_for_and_its_bookings_show_no_names(as_person: SignedIn) -> None:
    neighbor = as_person("neighbor")
    booked(neighbor, resource="asset:YX-33CCC", organization="river", purpose="secret plans")
    page = as_person("teacher").get("/availability?asset=YX-33CCC&start=14:00&end=15:30").text
    assert "secret plans" not in page
    assert "Busy" in page
    assert "river has to approve it" in page


def test_an_auditor_sees_the_board_and_no_form_and_no_names(as_person: SignedIn) -> None:
    booked(as_person("teacher"), purpose="private purpose")
    page = as_person("auditor").get("/availability?day=2026-11-19").text
    assert "private purpose" not in page
    assert 'action="/bookings"' not in page


def test_a_booking_moves_by_the_same_form(as_person: SignedIn) -> None:
    teacher = as_person("teacher")
    booking_id = booked(teacher)
    page = teacher.get(f"/availability?move={booking_id}&start=15:00&end=16:00").text
    assert "Move to this slot" in page
    assert "This slot can be had" in page
    answer = post(teacher, f"/bookings/{booking_id}/move", day="2026-11-19", start="15:00", end="16:00", version="1")
    assert answer.status_code == 303
    assert "15:00–16:00" in teacher.get(f"/bookings/{booking_id}").text


def test_a_move_with_an_old_version_changes_nothing(as_person: SignedIn) -> None:
    teacher = as_person("teacher")
    booking_id = booked(teacher)
    answer = post(teacher, f"/bookings/{booking_id}/move", day="2026-11-19", start="15:00", end="16:00", version="7")
    assert answer.status_code in (409, 412)
    assert "The booking stays as it was" in answer.text


def test_a_thousand_minutes_or_a_strange_day_are_refused_not_failed(as_person: SignedIn) -> None:
    teacher = as_person("teacher")
    for query in ("free=99999", "day=tomorrow", "view=year", "capability=%00", "move=nothing", "asset=%00"):
        assert teacher.get(f"/availability?{query}").status_code in (200, 404, 422)


def test_without_the_token_of_the_session_nothing_is_booked(as_person: SignedIn) -> None:
    assert as_person("teacher").post("/bookings", data=SLOT).status_code == 403
