"""Writes with an Idempotency-Key: one effect and one answer, whatever repeats or races."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from fleet_server.core.db import Database
from fleet_server.core.idempotency import forget_old
from fleet_server.core.models import KeptAnswer
from fleet_server.organizations.models import SharingAgreement
from tests.conftest import StillClock
from tests.fleet_server.rig import NORTH, SOUTH, Rig, rig

BODY = {"lender_id": NORTH, "borrower_id": SOUTH, "since": "2026-09-01", "until": "2027-07-01"}
OTHER = BODY | {"until": "2027-01-31"}
KEY = {"idempotency-key": "5f0c9f0e-1"}


@pytest.fixture
def made(database: Database, clock: StillClock) -> Rig:
    return rig(database, clock)


def agreements(made: Rig) -> int:
    with made.database.reading() as session:
        return len(session.exec(select(SharingAgreement)).all())


def test_the_same_key_and_body_gives_the_same_answer_and_one_effect(made: Rig) -> None:
    client = made.client("admin")
    first, second = (client.post("/api/v1/agreements", json=BODY, headers=KEY) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["content-type"] == second.headers["content-type"]
    assert agreements(made) == 1


def test_a_repeated_change_answers_with_the_tag_it_had(made: Rig) -> None:
    client, path = made.client("admin"), f"/api/v1/organizations/{NORTH}/calendar"
    body = {"days": [{"day": "2026-11-20", "kind": "closure"}]}
    first, second = (client.put(path, json=body, headers=KEY) for _ in range(2))
    assert first.headers["etag"] == second.headers["etag"]
    assert first.json() == second.json()


def test_the_same_key_with_another_body_or_address_is_refused(made: Rig) -> None:
    client = made.client("admin")
    client.post("/api/v1/agreements", json=BODY, headers=KEY)
    for answer in (
        client.post("/api/v1/agreements", json=OTHER, headers=KEY),
        client.put(f"/api/v1/organizations/{NORTH}/calendar", json={}, headers=KEY),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_conflict")
    assert agreements(made) == 1


def test_another_persons_same_key_is_another_key(made: Rig) -> None:
    made.client("admin").post("/api/v1/agreements", json=BODY, headers=KEY)
    assert made.client("north").post("/api/v1/agreements", json=OTHER, headers=KEY).status_code == 201
    assert agreements(made) == 2


def test_a_revoked_token_gets_no_kept_answer(made: Rig) -> None:
    client = made.client("admin")
    client.post("/api/v1/agreements", json=BODY, headers=KEY)
    token = client.get("/api/v1/people/me/tokens").json()["items"][0]["id"]
    assert client.delete(f"/api/v1/people/me/tokens/{token}").status_code == 200
    assert client.post("/api/v1/agreements", json=BODY, headers=KEY).status_code == 401


def test_a_refused_write_leaves_the_key_free(made: Rig) -> None:
    client = made.client("admin")
    wrong = BODY | {"until": "2026-01-01"}
    assert client.post("/api/v1/agreements", json=wrong, headers=KEY).status_code == 422
    assert client.post("/api/v1/agreements", json=BODY, headers=KEY).status_code == 201


def test_a_key_that_is_no_key_is_refused(made: Rig) -> None:
    for key in ("", "x" * 129, "a b"):
        answer = made.client("admin").post("/api/v1/agreements", json=BODY, headers={"idempotency-key": key})
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_invalid")


def test_the_same_key_twenty_times_at_once_has_one_effect(made: Rig) -> None:
    with made.client("admin") as client, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: client.post("/api/v1/agreements", json=BODY, headers=KEY), range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert agreements(made) == 1


def test_twenty_servers_with_the_same_key_have_one_effect(made: Rig, clock: StillClock) -> None:
    from fleet_server.app import create_app
    from fleet_server.core.db import open_database

    url = made.database.write.url.render_as_string(hide_password=False)
    databases = [open_database(url) for _ in range(4)]
    servers = [create_app(one, made.app.state.settings, clock) for one in databases]
    headers = {"authorization": f"Bearer {made.tokens['admin']}"} | KEY

    def post(number: int) -> bytes:
        answer = TestClient(servers[number % 4], headers=headers).post("/api/v1/agreements", json=BODY)
        assert answer.status_code == 201
        return bytes(answer.content)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(post, range(20)))) == 1
    assert agreements(made) == 1
    for one in databases:
        one.dispose()


def test_kept_answers_go_after_a_week(made: Rig, clock: StillClock) -> None:
    made.client("admin").post("/api/v1/agreements", json=BODY, headers=KEY)
    for days, left in ((6, 1), (8, 0)):
        clock.advance(days * 86400)
        forget_old(made.database, clock())
        with made.database.reading() as session:
            assert len(session.exec(select(KeptAnswer)).all()) == left
        clock.advance(-days * 86400)


def test_more_writers_than_threads_all_get_through(made: Rig) -> None:
    """Sixty writers outnumber the forty threads of a server; the one whose turn it is must still find one."""
    bodies = [BODY | {"until": f"2027-07-{day:02}"} for day in range(1, 31)] * 2
    with made.client("admin") as client, ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda body: client.post("/api/v1/agreements", json=body), bodies))
    assert {answer.status_code for answer in answers} == {201}
    assert agreements(made) == 60
