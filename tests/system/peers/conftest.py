"""One broker and one server for all peers; each test has a node of its own."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fleet_server.core.db import open_database
from tests.servers import Broker, running_broker
from tests.system.peers.processes import Server, running_server
from tests.system.peers.school import School, open_school

ASSETS = {"P-1": "printer_3d", "R-1": "recorder", "J-1": "projector", "F-1": "lab_kit"}
"""What the school registered, by serial: the printer, the recorder, the projector, a foreign meter's kit."""


@dataclass(frozen=True)
class Site:
    """The school with its broker and its server."""

    broker: Broker
    server: Server
    school: School
    database_url: str


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(sqlite_template, folder / "fleet.db")
    url = f"sqlite:///{folder / 'fleet.db'}"
    database = open_database(url)
    school = open_school(database, ASSETS, datetime.now(UTC).date())
    database.dispose()
    with running_broker() as broker, running_server(folder, url, broker.port, school.token) as server:
        yield Site(broker, server, school, url)
