"""A host that hears the broker, and boxes that are stopped at the end."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge_agent.boxes import Box
from tests.edge_agent.mini_host import MiniHost
from tests.edge_agent.wiretap import Wiretap
from tests.servers import Broker

MakeBox = Callable[..., Box]


@pytest.fixture
def host(broker: Broker) -> Iterator[MiniHost]:
    opened = MiniHost(broker.port)
    yield opened
    opened.close()


@pytest.fixture
def wiretap(broker: Broker) -> Iterator[Wiretap]:
    tap = Wiretap(broker.port)
    yield tap
    tap.close()


@pytest.fixture
def make_box(tmp_path: Path, broker: Broker) -> Iterator[MakeBox]:
    """Makes boxes on the broker, or on another port; those still running at the end are killed."""
    with contextlib.ExitStack() as stack:

        def make(port: int | None = None, **options: object) -> Box:
            box = Box(port or broker.port, tmp_path / "box", **options)  # type: ignore[arg-type]
            stack.callback(_end, box)
            return box

        yield make


def _end(box: Box) -> None:
    if not box.ended:
        box.kill()
