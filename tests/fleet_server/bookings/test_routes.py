"""Bookings over REST."""

from datetime import datetime

import pytest

from tests.conftest import StillClock
from tests.fleet_server.bookings.conftest import As
from tests.fleet_server.bookings.schools import Consortium, at


def slot(start: float, end: float) -> dict[str, str]:
    return {"start": at(start).isoformat(), "end": at(end).isoformat()}


def test_a_booking_is_made_read_moved_and_cancelled(client_of: As, consortium: Consortium) -> None:
    teacher = client_of("teacher_a")
    code = consortium.printer.asset_code
    made = teacher.post("/bookings", json={"asset_code": code.lower(), **slot(2, 4), "purpose": "vases"})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    booking = made.json()
    assert (booking["state"], booking["asset_code"], booking["organization_id"]) == ("approved", code, "org_a")
    assert booking["events"][0]["to_state"] == "approved"
    assert teacher.get(made.headers["location"].removeprefix("/api/v1")).json() == booking
    path = f"/bookings/{booking['id']}"
    moved = teacher.patch(path, json={"end": at(5).isoformat()}, headers={"If-Match": '"1"'})
    assert (moved.status_code, moved.json()["start"], moved.headers["etag"]) == (200, booking["start"], '"2"')
    stale = teacher.patch(path, json={"end": at(6).isoformat()}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "booking_stale")
    assert teacher.post(f"{path}/cancel", json={"reason": "rain"}).json()["state"] == "cancelled"
    again = teacher.post(f"{path}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "booking_state_wrong")


def test_a_taken_slot_is_a_problem_with_alternatives(client_of: As, consortium: Consortium) -> None:
    teacher = client_of("teacher_a")
    wish = {"asset_code": consortium.printer.asset_code, **slot(2, 4)}
    assert teacher.post("/bookings", json=wish).status_code == 201
    refused = teacher.post("/bookings", json=wish)
    body = refused.json()
    assert (refused.status_code, body["code"]) == (409, "slot_taken")
    assert body["conflicts"][0]["kind"] == "booking"
    offered = body["alternatives"][0]
    again = {"asset_code": offered["asset_code"], "start": offered["start"], "end": offered["end"]}
    assert teacher.post("/bookings", json=again).status_code == 201


def test_the_lender_approves_and_others_do_not_see_it(client_of: As, consortium: Consortium) -> None:
    borrower, lender = client_of("teacher_b"), client_of("coordinator_a")
    booking = borrower.post("/bookings", json={"asset_code": consortium.printer.asset_code, **slot(30, 32)}).json()
    assert (booking["state"], booking["held_until"]) == ("requested", at(24).isoformat().replace("+00:00", "Z"))
    path = f"/bookings/{booking['id']}"
    assert client_of("stranger").get(path).status_code == 404
    assert borrower.post(f"{path}/approve").status_code == 403
    asked = lender.get("/bookings?state=requested").json()
    assert [one["id"] for one in asked["items"]] == [booking["id"]]
    assert lender.post(f"{path}/approve", json={"reason": "gladly"}).json()["state"] == "approved"
    assert lender.post(f"{path}/approve").status_code == 409


def test_an_auditor_reads_bookings_without_names(client_of: As, consortium: Consortium) -> None:
    wish = {"asset_code": consortium.printer.asset_code, **slot(2, 4), "purpose": "class 5 (3)"}
    booking = client_of("teacher_a").post("/bookings", json=wish).json()
    read = client_of("auditor").get(f"/bookings/{booking['id']}").json()
    assert (read["requester_id"], read["purpose"], read["events"][0]["actor_id"]) == (None, "", None)
    assert client_of("auditor").post("/bookings", json=wish).status_code == 403


def test_custody_and_rating_follow_the_booking(client_of: As, consortium: Consortium, clock: StillClock) -> None:
    teacher = client_of("teacher_a")
    booking = teacher.post("/bookings", json={"asset_code": consortium.printer.asset_code, **slot(1, 4)}).json()
    path = f"/bookings/{booking['id']}"
    early = teacher.post(f"{path}/check-out")
    assert (early.status_code, early.json()["code"]) == (409, "check_out_too_early")
    clock.advance(3600)
    assert teacher.post(f"{path}/check-out").json()["state"] == "checked_out"
    assert teacher.post(f"{path}/rate", json={"stars": 5}).json()["code"] == "rating_too_early"
    clock.advance(3600)
    back = teacher.post(f"{path}/check-in", json={"condition": "worn", "note": "belt"})
    assert back.json()["state"] == "returned"
    assert teacher.post(f"{path}/rate", json={"stars": 4, "feedback": "fine"}).json()["rating"] == 4
    papers = teacher.get(f"{path}/hand-overs").json()["items"]
    assert [(one["kind"], one["condition"]) for one in papers] == [("check_out", "good"), ("check_in", "worn")]


def test_a_joint_lesson_is_all_or_none_over_rest(client_of: As, consortium: Consortium) -> None:
    coordinator = client_of("coordinator")
    body = {"title": "Tides", "rooms": ["rom_a", "rom_b"], **slot(5, 6)}
    made = coordinator.post("/joint-lessons", json=body)
    assert made.status_code == 201
    assert len(made.json()["bookings"]) == 2
    read = coordinator.get(made.headers["location"].removeprefix("/api/v1")).json()
    assert {one["id"] for one in read["bookings"]} == {one["id"] for one in made.json()["bookings"]}
    again = coordinator.post("/joint-lessons", json={**body, "rooms": ["rom_b", "rom_b2", "rom_a"]})
    assert (again.status_code, again.json()["code"]) == (409, "slot_taken")
    assert coordinator.get("/bookings").json()["total"] == 2


def test_bookings_are_listed_by_start_a_page_at_a_time(client_of: As, consortium: Consortium) -> None:
    teacher = client_of("teacher_a")
    for start in (8, 2, 5):
        teacher.post("/bookings", json={"asset_code": consortium.printer.asset_code, **slot(start, start + 1)})
    first = teacher.get("/bookings?page_size=2").json()
    rest = teacher.get("/bookings", params={"page_size": 2, "cursor": first["next_cursor"]}).json()
    starts = [datetime.fromisoformat(one["start"]) for one in first["items"] + rest["items"]]
    assert (starts, first["total"], rest["next_cursor"]) == ([at(2), at(5), at(8)], 3, None)
    within = teacher.get("/bookings", params={"from": at(5.5).isoformat(), "to": at(8).isoformat()}).json()
    assert [one["start"] for one in within["items"]] == [at(5).isoformat().replace("+00:00", "Z")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"asset_code": "CF-0", "room_id": "rom_a", "start": at(1).isoformat(), "end": at(2).isoformat()},
        {"room_id": "rom_a", "start": "2026-11-19T10:00:00", "end": "2026-11-19T11:00:00"},
        {"room_id": "rom_a", "start": "99999-01-01T00:00:00Z", "end": "2026-11-19T11:00:00Z"},
        {"room_id": "rom_a\x00", "start": at(1).isoformat(), "end": at(2).isoformat()},
        {"asset_code": "\x00", "start": at(1).isoformat(), "end": at(2).isoformat()},
        {"room_id": "rom_a", "start": at(1).isoformat(), "end": at(2).isoformat(), "purpose": "a\x00b"},
        {"room_id": "rom_a", "start": at(1).isoformat(), "end": at(2).isoformat(), "participants": 10**30},
        {"room_id": "rom_a", "start": at(1).isoformat(), "end": at(2).isoformat(), "unknown": 1},
        {"asset_code": "CF-12345678", "start": at(1).isoformat(), "end": at(2).isoformat()},
    ],
)
def test_bad_input_is_refused_with_a_reason(client_of: As, consortium: Consortium, body: dict[str, object]) -> None:
    answer = client_of("teacher_a").post("/bookings", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"]


def test_an_asset_nobody_shares_is_not_found(client_of: As, consortium: Consortium) -> None:
    body = {"asset_code": consortium.printers[3].asset_code, **slot(2, 3)}
    answer = client_of("teacher_a").post("/bookings", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "asset_not_found")


def test_a_calendar_can_be_subscribed_to_by_its_address_alone(client_of: As, consortium: Consortium) -> None:
    teacher = client_of("teacher_a")
    code = consortium.printer.asset_code
    kept = teacher.post("/bookings", json={"asset_code": code, **slot(2, 4), "purpose": "secret"}).json()
    gone = teacher.post("/bookings", json={"asset_code": code, **slot(6, 7)}).json()
    teacher.post(f"/bookings/{gone['id']}/cancel")
    url = teacher.get(f"/calendars?of=asset&id={code}").json()["url"]
    feed = teacher.get(url)
    assert feed.headers["content-type"].startswith("text/calendar")
    lines = feed.text.split("\r\n")
    assert f"UID:{kept['id']}@classroom-fleet" in lines
    assert lines.count("STATUS:CONFIRMED") == lines.count("STATUS:CANCELLED") == 1
    assert "secret" not in feed.text
    assert all(len(line.encode()) <= 75 for line in lines)
    same = teacher.get(url, headers={"If-None-Match": feed.headers["etag"]})
    assert same.status_code == 304
    assert teacher.get(url.replace("/a-", "/o-")).status_code == 404
    assert client_of("stranger").get(f"/calendars?of=asset&id={code}").status_code == 404
