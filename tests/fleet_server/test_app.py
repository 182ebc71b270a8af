"""The edge of the application: rights, refusals, limits, and answers only after commit."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.testclient import TestClient
from sqlmodel import select

from fleet_server.core.db import Database
from fleet_server.core.idempotency import keep_answers
from fleet_server.core.models import OutboxEvent
from fleet_server.core.outbox import publish
from fleet_server.core.requests import Now, WriteSession
from fleet_server.core.settings import Settings
from fleet_server.people import signing_in
from fleet_server.people.access import CurrentViewer
from tests.conftest import StillClock
from tests.fleet_server.rig import BUREAU, NORTH, PASSWORD, SOUTH, Rig, rig

CALENDAR = f"/api/v1/organizations/{NORTH}/calendar"
DAY = {"days": [{"day": "2026-11-20", "kind": "closure"}]}


@pytest.fixture
def made(database: Database, clock: StillClock) -> Rig:
    return rig(database, clock)


def signed_in(made: Rig, clock: StillClock, name: str) -> TestClient:
    client = made.client(None)
    client.cookies.set("session", signing_in.attempt(made.database, name, PASSWORD, clock()))
    return client


def csrf_of(made: Rig) -> str:
    with made.database.reading() as session:
        return session.execute(sa.text("SELECT csrf FROM websession")).scalar_one()  # type: ignore[no-any-return]


def test_a_write_whose_commit_fails_is_not_answered_as_done(made: Rig) -> None:
    router = APIRouter()

    @router.post("/api/v1/probe", status_code=201)
    def probe(session: WriteSession, viewer: CurrentViewer, now: Now) -> dict[str, str]:
        def refuse(_: object) -> None:
            raise sa.exc.OperationalError("COMMIT", {}, Exception("disk full"))

        publish(session, "probe", {}, now)
        sa.event.listen(session, "before_commit", refuse)
        return {"done": viewer.person_id}

    keep_answers(router)
    made.app.include_router(router)
    answer = made.client("admin").post("/api/v1/probe")
    assert answer.status_code == 503
    assert answer.json()["code"] == "busy"
    with made.database.reading() as session:
        assert session.exec(select(OutboxEvent)).all() == []


def test_an_unforeseen_error_is_a_problem_without_its_text(made: Rig) -> None:
    router = APIRouter()

    @router.get("/api/v1/probe")
    def probe() -> None:
        raise RuntimeError("the secret is 42")

    made.app.include_router(router)
    answer = made.client("admin").get("/api/v1/probe")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "42" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_nobody_gets_in_without_a_token(made: Rig) -> None:
    answer = made.client(None).get("/api/v1/organizations")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    wrong = made.client(None).get("/api/v1/organizations", headers={"authorization": "Bearer cf_wrong"})
    assert wrong.json()["code"] == "token_invalid"


def test_outside_a_persons_part_of_the_tree_is_not_found(made: Rig) -> None:
    teacher = made.client("teacher")
    assert teacher.get(f"/api/v1/organizations/{SOUTH}").status_code == 404
    assert teacher.get(f"/api/v1/organizations/{BUREAU}").status_code == 404
    assert teacher.put(f"/api/v1/organizations/{SOUTH}/calendar", json=DAY).status_code == 404
    assert [row["id"] for row in teacher.get("/api/v1/organizations").json()["items"]] == [NORTH]


def test_a_missing_right_on_something_visible_is_forbidden(made: Rig) -> None:
    answer = made.client("teacher").put(CALENDAR, json=DAY)
    assert answer.status_code == 403
    assert answer.json()["code"] == "role_missing"
    assert made.client("north").put(CALENDAR, json=DAY).status_code == 200


def test_a_stale_change_is_refused(made: Rig) -> None:
    north = made.client("north")
    etag = north.get(CALENDAR).headers["etag"]
    assert north.put(CALENDAR, json=DAY, headers={"if-match": etag}).status_code == 200
    assert north.put(CALENDAR, json={}, headers={"if-match": etag}).status_code == 412


def test_a_write_by_cookie_needs_the_sessions_token(made: Rig, clock: StillClock) -> None:
    client = signed_in(made, clock, "north")
    assert client.get(CALENDAR).status_code == 200
    refused = client.put(CALENDAR, json=DAY)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_refused")
    wrong = client.put(CALENDAR, json=DAY, headers={"x-csrf-token": "é".encode()})
    assert wrong.status_code == 403
    assert client.put(CALENDAR, json=DAY, headers={"x-csrf-token": csrf_of(made)}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "http://testserver.evil.example"])
def test_a_write_by_cookie_from_another_origin_is_refused(made: Rig, clock: StillClock, origin: str) -> None:
    client = signed_in(made, clock, "north")
    headers = {"x-csrf-token": csrf_of(made), "origin": origin}
    assert client.put(CALENDAR, json=DAY, headers=headers).status_code == 403
    headers["origin"] = "http://testserver"
    assert client.put(CALENDAR, json=DAY, headers=headers).status_code == 200


def test_a_session_ends_after_two_idle_hours(made: Rig, clock: StillClock) -> None:
    client = signed_in(made, clock, "north")
    clock.advance(7100)
    assert client.get(CALENDAR).status_code == 200
    clock.advance(7100)
    assert client.get(CALENDAR).status_code == 200
    clock.advance(7300)
    assert client.get(CALENDAR).status_code == 401


def test_problems_speak_the_callers_language(made: Rig) -> None:
    chinese = made.client("teacher", "zh-CN,zh;q=0.9").get(f"/api/v1/organizations/{SOUTH}").json()
    english = made.client("teacher", "en-GB").get(f"/api/v1/organizations/{SOUTH}").json()
    assert chinese["title"] == "没有找到"
    assert english["title"] == "Not found"
    assert chinese["code"] == english["code"] == "organization_not_found"


def test_a_page_that_needs_a_person_leads_to_sign_in_and_back(made: Rig) -> None:
    answer = made.client(None).get("/?a=1", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2F%3Fa%3D1"


def test_a_body_over_two_mebibytes_is_refused_unread(made: Rig) -> None:
    answer = made.client("north").put(CALENDAR, content=b"x" * (2 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b" " * 65536

    streamed = made.client("north").put(CALENDAR, content=pieces(), headers={"content-type": "application/json"})
    assert streamed.status_code == 413


def test_writes_beyond_the_burst_wait_their_turn(database: Database, clock: StillClock) -> None:
    made = rig(database, clock, Settings(writes_per_minute=1, write_burst=2))
    north = made.client("north")
    answers = [north.put(CALENDAR, json=DAY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) >= 1
    assert made.client("admin").put(CALENDAR, json=DAY).status_code == 200
    assert north.get(CALENDAR).status_code == 200
