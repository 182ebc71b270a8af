"""A host somebody else wrote understands our boxes: births, aliases, states, deaths, and it may ask for a rebirth."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telemetry.states import DeviceState
from tests.edge_agent.boxes import Box
from tests.edge_agent.conftest import MakeBox
from tests.peers import peer_python
from tests.servers import Broker

pytestmark = pytest.mark.peer


class ForeignHost:
    """pysparkplug in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []
        self._news = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

    def wait(self, kind: str, count: int = 1) -> dict[str, Any]:
        """Wait for the `count`-th message of a kind and return what was understood of it."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._of(kind)) >= count, 60), self.said
            return self._of(kind)[count - 1]

    def _of(self, kind: str) -> list[dict[str, Any]]:
        return [said for said in self.said if said["kind"] == kind]

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._news:
                self.said.append(json.loads(line))
                self._news.notify_all()


@pytest.fixture
def foreign(broker: Broker) -> Iterator[ForeignHost]:
    python = peer_python("pysparkplug==0.6.1")
    command = [str(python), str(Path(__file__).with_name("pysparkplug_host.py")), str(broker.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        host = ForeignHost(process)
        host.wait("ready")
        yield host
        assert process.stdin
        process.stdin.close()


def test_a_foreign_host_understands_a_box(make_box: MakeBox, foreign: ForeignHost) -> None:
    box: Box = make_box()
    box.start(connect=False)
    box.show(DeviceState.STANDBY, lamp=40.0, hours=7)
    box.connect()
    foreign.wait("NBIRTH", count=2)
    birth = foreign.wait("DBIRTH", count=2)["metrics"]
    assert (birth["State"], birth["Telemetry/Lamp"], birth["Usage/Hours"]) == ("standby", 40.0, 7)
    box.show(DeviceState.STANDBY, lamp=41.5, hours=8)
    box.show(DeviceState.IN_USE)
    shown = [said["metrics"] for said in foreign.said if said["kind"] == "DDATA"]
    while {"State": "in_use"} not in shown:
        foreign.wait("DDATA", count=len(shown) + 1)
        shown = [said["metrics"] for said in foreign.said if said["kind"] == "DDATA"]
    assert {"Telemetry/Lamp": 41.5, "Usage/Hours": 8} in shown
    box.stop()
    foreign.wait("NDEATH")
