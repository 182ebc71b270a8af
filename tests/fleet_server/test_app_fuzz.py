"""No request, however made up, is answered with a server error or with an answer the description does not name."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from fleet_server.core.db import Database, open_database
from fleet_server.core.paging import encode_cursor
from fleet_server.migrations.apply import upgrade
from fleet_server.migrations.tables import load_tables
from tests.conftest import StillClock, databases
from tests.fleet_server.fuzzing import NASTY_TEXT, RAW_BODIES, Operation, as_json, operations, values
from tests.fleet_server.rig import BUREAU, NORTH, SOUTH, Rig, rig
from tests.servers import Postgres

CURSORS = (
    "x",
    "e30",
    encode_cursor([1]),
    encode_cursor([2**70]),
    encode_cursor(["a\0"]),
    encode_cursor(["org_north"]),
    encode_cursor([datetime(2026, 1, 1, tzinfo=UTC), "a"]),
    encode_cursor([float(1), "a", "b"]),
)


@pytest.fixture(scope="module", params=databases())
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('fuzz') / 'fleet.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        server.execute("CREATE DATABASE fuzz TEMPLATE fleet_template")
        url = server.url("fuzz")
    database: Database = open_database(url)
    upgrade(database)
    yield rig(database, StillClock(datetime(2026, 11, 19, 2, 0, tzinfo=UTC)))
    database.dispose()


@pytest.fixture(scope="module")
def client(made: Rig) -> Iterator[TestClient]:
    with made.client("admin") as opened:
        yield opened


def check(operation: Operation, answer: httpx.Response) -> None:
    assert answer.status_code < 500, (operation.method, operation.path, answer.text)
    assert str(answer.status_code) in operation.spec["responses"], (operation.method, operation.path, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) >= {"type", "title", "status", "detail", "code", "errors"}


def ask(client: TestClient, operation: Operation, path: str, **more: Any) -> httpx.Response:
    answer: httpx.Response = client.request(operation.method.upper(), path, follow_redirects=False, **more)
    return answer


def all_operations(made: Rig) -> list[Operation]:
    return operations(made.app.openapi())


def test_raw_bodies_that_are_no_bodies_are_refused(made: Rig, client: TestClient) -> None:
    for operation in all_operations(made):
        if operation.body_schema is None:
            continue
        path = operation.path.replace("{", "").replace("}", "")
        for raw in RAW_BODIES:
            answer = ask(client, operation, path, content=raw, headers={"content-type": "application/json"})
            check(operation, answer)
            assert answer.status_code >= 400 or raw in (b"{}", b"null", b""), (operation, raw)


def test_nasty_text_in_addresses_and_queries_is_refused_or_not_found(made: Rig, client: TestClient) -> None:
    for operation in all_operations(made):
        if operation.method != "get":
            continue
        names = [one["name"] for one in operation.spec.get("parameters", []) if one["in"] == "query"]
        for text in NASTY_TEXT:
            nasty = quote(text, safe="", errors="surrogatepass")
            path = operation.path
            for one in operation.spec.get("parameters", []):
                path = path.replace("{" + one["name"] + "}", nasty or "-") if one["in"] == "path" else path
            check_loosely(ask(client, operation, path))
            for name in names:
                check_loosely(ask(client, operation, f"{path}?{name}={nasty}"))


def check_loosely(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.url, answer.text)


def known_ids(made: Rig) -> tuple[str, ...]:
    load_tables()
    with made.database.reading() as session:
        from fleet_server.people.models import ApiToken

        tokens = list(session.exec(select(ApiToken.id)))
    return (BUREAU, NORTH, SOUTH, *made.persons.values(), *tokens)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_no_made_up_request_meets_a_server_error(made: Rig, client: TestClient, data: st.DataObject) -> None:
    description = made.app.openapi()
    parts, known = description["components"]["schemas"], known_ids(made)
    writes = [one for one in operations(description) if "/me" not in one.path]
    operation = data.draw(st.sampled_from(writes))
    path, query = operation.path, {}
    for one in operation.spec.get("parameters", []):
        value = data.draw(values(one["schema"], parts, known))
        if one["in"] == "path":
            text = quote(str(value), safe="", errors="surrogatepass").replace("%00", "-") or "-"
            path = path.replace("{" + one["name"] + "}", "-" if text in (".", "..") else text)
        elif one["in"] == "query" and data.draw(st.booleans()):
            query[one["name"]] = data.draw(st.sampled_from(CURSORS)) if one["name"] == "cursor" else str(value)
    more: dict[str, Any] = {}
    if query:
        path += "?" + "&".join(f"{name}={quote(text, safe='', errors='surrogatepass')}" for name, text in query.items())
    if operation.body_schema is not None:
        body = data.draw(values(operation.body_schema, parts, known))
        more = {"content": as_json(body), "headers": {"content-type": "application/json"}}
    check(operation, ask(client, operation, path, **more))
