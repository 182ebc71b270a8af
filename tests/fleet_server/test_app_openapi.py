"""The description of the API: committed as it is, complete, and true about who may ask."""

import json
from pathlib import Path

import pytest
from fastapi import FastAPI

from fleet_server.app import create_app
from fleet_server.core.db import open_database
from fleet_server.core.settings import Settings
from tests.conftest import StillClock
from tests.fleet_server.fuzzing import operations
from tests.fleet_server.rig import rig

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"
OPEN = {"/api/v1/calendars/{token}.ics"}
"""Addresses that carry their own secret."""


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(open_database("sqlite:///never-opened.db"), Settings())


def test_the_committed_description_is_the_servers_own(app: FastAPI) -> None:
    committed = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert committed == app.openapi(), "run `fleet-server openapi > docs/openapi.json` and read the difference"


def test_every_operation_says_what_it_does_and_which_problems_it_answers(app: FastAPI) -> None:
    for operation in operations(app.openapi()):
        assert operation.spec.get("description"), operation.path
        problem = operation.spec["responses"]["404"]["content"]["application/problem+json"]["schema"]
        assert problem["$ref"] == "#/components/schemas/Problem"


def test_operation_ids_are_unique(app: FastAPI) -> None:
    ids = [operation.spec["operationId"] for operation in operations(app.openapi())]
    assert len(ids) == len(set(ids))


def test_nothing_answers_a_caller_without_a_token(request: pytest.FixtureRequest, clock: StillClock) -> None:
    made = rig(request.getfixturevalue("sqlite_database"), clock)
    nobody = made.client(None)
    for operation in operations(made.app.openapi()):
        path = operation.path.replace("{", "").replace("}", "")
        answer = nobody.request(operation.method.upper(), path, json={})
        expected = {404} if operation.path in OPEN else {401}
        assert answer.status_code in expected, (operation.method, operation.path, answer.text)
