"""REST of utilization: figures, evidence, errors."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.db import Database
from fleet_server.core.scope import Role
from fleet_server.core.settings import Settings
from fleet_server.organizations.models import Period, Term
from fleet_server.people.service import create_person, grant, issue_token
from fleet_server.utilization.service import reopen
from fleet_server.utilization.settling import settle
from tests.conftest import StillClock
from tests.fleet_server.utilization.world import BEGINNING, HOUR, MIDNIGHT, World, local_time

DAY = "organization=north&from=2026-11-19&to=2026-11-20"


@pytest.fixture
def client(database: Database, clock: StillClock) -> Iterator[TestClient]:
    now = clock.advance(14 * 3600)
    with database.writing() as session:
        world = World(session)
        world.organization("bureau", kind="bureau")
        world.organization("north", above=("bureau",))
        term = {"first_day": BEGINNING.date(), "last_day": now.date()}
        session.add(Term(id="t", organization_id="bureau", name_zh="秋", name_en="Autumn", **term))
        session.add(Period(id="p1", organization_id="bureau", number=1, starts=local_time(8), ends=local_time(10)))
        world.asset("a1", "north")
        world.device("d1", "a1", MIDNIGHT + 24 * HOUR)
        world.segments(
            "d1", (MIDNIGHT, MIDNIGHT + 9 * HOUR, "standby"), (MIDNIGHT + 9 * HOUR, MIDNIGHT + 24 * HOUR, "in_use")
        )
        reopen(session, [("d1", MIDNIGHT, MIDNIGHT + 24 * HOUR)])
        person = create_person(session, "auditor", "吴敏", "Wu Min", None, now)
        grant(session, person.id, "bureau", Role.AUDITOR, now)
        token = issue_token(session, person.id, "script", now)
    settle(database, now)
    with TestClient(create_app(database, Settings(), clock)) as made:
        made.headers["authorization"] = f"Bearer {token}"
        yield made


def test_a_scripted_day_is_answered_to_the_second(client: TestClient) -> None:
    answer = client.get(f"/api/v1/utilization?{DAY}").json()
    (row,) = answer["items"]
    assert (row["key"], row["core_s"], row["used_s"], row["coverage"]) == ("north", 7200.0, 3600.0, 1.0)
    assert row["utilization"] == 0.5
    assert answer["whole"]["used_s"] == 3600.0
    assert answer["pending"] == 0


def test_exact_times_cut_the_period(client: TestClient) -> None:
    query = "organization=north&from=2026-11-19T08:59:59%2B08:00&to=2026-11-19T09:00:01%2B08:00"
    (row,) = client.get(f"/api/v1/utilization?{query}").json()["items"]
    assert (row["core_s"], row["used_s"]) == (2.0, 1.0)


def test_evidence_pages_through_stretches_and_carries_a_check_value(client: TestClient) -> None:
    first = client.get(f"/api/v1/utilization/evidence?{DAY}&row=north&page_size=1").json()
    assert first["total"] == 2
    second = client.get(
        f"/api/v1/utilization/evidence?{DAY}&row=north&page_size=1&cursor={first['next_cursor']}"
    ).json()
    assert [first["items"][0]["counted"], second["items"][0]["counted"]] == ["idle", "used"]
    assert first["digest"] == second["digest"]
    assert first["calendar_days"][0]["core_s"] == 7200.0


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("organization=nowhere", 404, "organization_not_found"),
        ("from=2026-11-20&to=2026-11-19", 422, "period_wrong"),
        ("method=S", 422, "method_not_recorded"),
        ("group_by=nonsense", 422, "validation_failed"),
        ("from=2026-11-19T08:00:00", 422, "validation_failed"),
        ("organization=a%00b", 422, "value_refused"),
        ("from=99999999999999999999", 422, "validation_failed"),
    ],
)
def test_wrong_questions_are_problems_not_failures(client: TestClient, query: str, status: int, code: str) -> None:
    answer = client.get(f"/api/v1/utilization?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_the_evidence_of_a_row_that_is_not_there_is_not_found(client: TestClient) -> None:
    answer = client.get(f"/api/v1/utilization/evidence?{DAY}&row=nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "utilization_row_not_found")


def test_without_a_token_nobody_is_answered(client: TestClient) -> None:
    assert client.get(f"/api/v1/utilization?{DAY}", headers={"authorization": ""}).status_code == 401
