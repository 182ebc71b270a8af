"""A consortium behind a running application, and a client for each person of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.people.service import issue_token
from tests.conftest import StillClock
from tests.fleet_server.bookings.schools import Consortium, found

As = Callable[[str], TestClient]


@pytest.fixture
def consortium(database: Database) -> Consortium:
    with database.writing() as session:
        return found(session)


@pytest.fixture
def client_of(database: Database, clock: StillClock, consortium: Consortium) -> Iterator[As]:
    """Return a client signed in as one of the people; its paths begin at /api/v1."""
    app = create_app(database, Settings(secret_key="test" * 8, write_burst=10_000), clock)
    with ExitStack() as clients:

        def client(name: str) -> TestClient:
            with database.writing() as session:
                token = issue_token(session, consortium.people[name].person_id, "test", clock())
            headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
            made = TestClient(app, base_url="http://testserver/api/v1", headers=headers)
            clients.callback(made.close)
            return made

        yield client
