"""A running ingest, and a box that is hung up at the end."""

from collections.abc import Callable, Iterator

import pytest

from fleet_server.core.clock import utc_now
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.ingest.runner import Ingest, start
from tests.fleet_server.ingest.boxes import Box, wait_until
from tests.servers import Broker


@pytest.fixture
def settings(broker: Broker) -> Settings:
    return Settings(mqtt_port=broker.port)


@pytest.fixture
def ingest(database: Database, settings: Settings) -> Iterator[Ingest]:
    running = start(database, settings, utc_now)
    wait_until(lambda: running.connected)
    yield running
    running.stop()


@pytest.fixture
def new_box(broker: Broker) -> Iterator[Callable[..., Box]]:
    made: list[Box] = []

    def make(**options: object) -> Box:
        box = Box(broker.port, **options)  # type: ignore[arg-type]
        made.append(box)
        return box

    yield make
    for box in made:
        box.close()
