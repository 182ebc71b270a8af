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

from fleet_server.core.db import Database, open_database
from fleet_server.core.paging import encode_cursor
from fleet_server.migrations.apply import upgrade
from tests.conftest import StillClock, databases
from tests.fleet_server.fuzzing import NASTY_TEXT, RAW_BODIES, Maker, Operation, as_json, operations
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


PLACE_FIELDS = ("organization_id", "organization", "holder_id", "owner_id", "to_id", "lender_id", "borrower_id")


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


@pytest.fixture(scope="module")
def known(made: Rig, client: TestClient) -> dict[str, tuple[str, ...]]:
    """A room, a type, an asset and bookings, and every id by the names it goes by."""
    places = (BUREAU, NORTH, SOUTH)
    room = create(client, "rooms", organization_id=NORTH, name_zh="室", name_en="Room", bookable=True)["id"]
    kind = create(
        client,
        "asset-types",
        kind="printer_3d",
        make="M",
        model="1",
        name_zh="机",
        name_en="P",
        capabilities={"pla": 1},
    )["id"]
    codes = [
        create(client, "assets", asset_type_id=kind, owner_id=place, serial=place)["asset_code"] for place in places[1:]
    ]
    times = {"start": "2026-11-23T08:00:00+08:00", "end": "2026-11-23T08:40:00+08:00", "organization_id": NORTH}
    bookings = [create(client, "bookings", asset_code=code, **times)["id"] for code in codes]
    people = tuple(made.persons.values())
    by_name: dict[str, tuple[str, ...]] = dict.fromkeys(PLACE_FIELDS, places)
    by_name |= dict.fromkeys(("room_id", "resource_id", "rooms"), (room,))
    by_name |= dict.fromkeys(("asset_type_id", "type_id"), (kind,))
    by_name |= {"person_id": people, "asset_code": tuple(codes), "booking_id": tuple(bookings)}
    by_name |= {"capability": ("printer_3d",), "kind": ("printer_3d", "school")}
    return by_name | {"*": (*places, *people, room, kind, *codes, *bookings)}


def create(client: TestClient, what: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{what}", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(data=st.data())
def test_no_made_up_request_meets_a_server_error(
    made: Rig, client: TestClient, known: dict[str, tuple[str, ...]], data: st.DataObject
) -> None:
    description = made.app.openapi()
    operation = data.draw(st.sampled_from([one for one in operations(description) if "/me" not in one.path]))
    maker = Maker(description["components"]["schemas"], known, wild=data.draw(st.booleans()))
    path, query = operation.path, {}
    for one in operation.spec.get("parameters", []):
        value = data.draw(maker.values(one["schema"], one["name"]))
        if one["in"] == "path":
            text = quote(str(value), safe="", errors="surrogatepass").replace("%00", "-")
            path = path.replace("{" + one["name"] + "}", "-" if text in ("", ".", "..") else text)
        elif one["in"] == "query" and (one.get("required") or data.draw(st.booleans())):
            query[one["name"]] = data.draw(st.sampled_from(CURSORS)) if one["name"] == "cursor" else str(value)
    more: dict[str, Any] = {}
    if query:
        path += "?" + "&".join(f"{name}={quote(text, safe='', errors='surrogatepass')}" for name, text in query.items())
    if operation.body_schema is not None:
        body = data.draw(maker.values(operation.body_schema))
        more = {"content": as_json(body), "headers": {"content-type": "application/json"}}
    check(operation, ask(client, operation, path, **more))
