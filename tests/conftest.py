"""Fixtures every test may use: databases of both kinds, a broker, a clock that stands still."""

import itertools
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from fleet_server.core.db import Database, open_database
from fleet_server.migrations.apply import upgrade
from tests.servers import Broker, Postgres, running_broker, running_postgres

settings.register_profile("no stopwatch", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no stopwatch")
_numbers = itertools.count()


class StillClock:
    """A clock that moves only when told to."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> datetime:
        """Move on and return the new time."""
        self.moment += timedelta(seconds=seconds)
        return self.moment


@pytest.fixture
def clock() -> StillClock:
    """Thursday 2026-11-19 02:00 UTC, ten in the morning in Shanghai."""
    return StillClock(datetime(2026, 11, 19, 2, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        server.execute("CREATE DATABASE fleet_template")
        template = open_database(server.url("fleet_template"))
        upgrade(template)
        template.dispose()
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "fleet.db"
    database = open_database(f"sqlite:///{path}")
    upgrade(database)
    database.dispose()
    return path


def databases() -> list[str]:
    """Both kinds, or the one `FLEET_TEST_DATABASE` names."""
    only = os.environ.get("FLEET_TEST_DATABASE")
    return [only] if only else ["sqlite", "postgresql"]


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    path = tmp_path / "fleet.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=databases())
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh migrated database of each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"fleet_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE fleet_template")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_database(sqlite_url: str) -> Iterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def broker() -> Iterator[Broker]:
    with running_broker() as running:
        yield running
