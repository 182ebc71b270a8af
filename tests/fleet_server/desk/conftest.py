"""Fixtures: the district served by the whole application, and browsers signed in to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.people.service import start_session
from tests.conftest import StillClock
from tests.fleet_server.desk.district import NOW, seed

SignedIn = Callable[..., TestClient]


@pytest.fixture
def served(sqlite_database: Database) -> FastAPI:
    with sqlite_database.writing() as session:
        seed(session)
    return create_app(sqlite_database, Settings(), StillClock(NOW))


@pytest.fixture
def as_person(served: FastAPI) -> Iterator[SignedIn]:
    """Give a browser signed in as one of the district's people, in a language."""
    with ExitStack() as stack:

        def browser(person: str, locale: str = "zh-CN") -> TestClient:
            with served.state.database.writing() as session:
                secret = start_session(session, person, NOW)
            client = stack.enter_context(TestClient(served, follow_redirects=False))
            client.cookies.update({"session": secret, "locale": locale})
            client.headers["accept"] = "text/html"
            return client

        yield browser
