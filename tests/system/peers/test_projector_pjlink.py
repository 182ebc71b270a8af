"""A PJLink projector by others warms, shows and cools; the server follows."""

import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from device_drivers.projector_pjlink import ENTRY
from edge_agent.links import LocalLinks
from telemetry.metrics import Value
from tests.device_drivers.fake_projector import FakeProjector
from tests.device_drivers.pjlink_emulator import HOW_TO_GET_IT, PASSWORD, running_emulator
from tests.system.peers.conftest import Site
from tests.system.peers.processes import BoxDevice, agent_settings, running_agent

pytestmark = pytest.mark.peer

NODE = "n-projector"
CHANGE_S = 2.0
"""How long the stand-in's lamp takes."""


class Projector(Protocol):
    """A projector on a loopback port, with a person at its remote control."""

    port: int
    password: str

    def press(self, on: bool) -> None:
        """Switch it on or off."""


@dataclass
class Emulated:
    """The emulator of pjlink-advance, switched by a second client."""

    port: int
    password: str = PASSWORD

    def press(self, on: bool) -> None:
        settings: dict[str, Value] = {"host": "127.0.0.1", "port": self.port, "password": self.password}
        ENTRY.open(settings, LocalLinks(lambda verb: True)).perform("power_on" if on else "power_off", {})


@dataclass
class StandIn:
    """Our own double, whose lamp is turned by a timer."""

    fake: FakeProjector
    port: int
    password: str = "secret"

    def press(self, on: bool) -> None:
        self.fake.says["%1POWR"] = "3" if on else "2"
        threading.Timer(CHANGE_S, lambda: self.fake.says.update({"%1POWR": "1" if on else "0"})).start()


@pytest.fixture
def projector() -> Iterator[Projector]:
    with running_emulator() as running:
        if running is not None:
            yield Emulated(running.port)
            return
    warnings.warn(HOW_TO_GET_IT, stacklevel=2)
    fake = FakeProjector()
    fake.says["%1POWR"] = "0"
    with fake.served() as port:
        yield StandIn(fake, port)


def test_a_projector_that_warms_shows_and_cools_is_followed(site: Site, projector: Projector, tmp_path: Path) -> None:
    server = site.server
    link: dict[str, Value] = {
        "host": "127.0.0.1",
        "port": projector.port,
        "password": projector.password,
        "serial": "J-1",
    }
    device = BoxDevice("prj", "projector_pjlink", link)
    with running_agent(agent_settings(tmp_path, NODE, site.broker.port, [device], 0.3)):
        begun = datetime.now(UTC)
        server.wait_for(NODE, "standby")
        for on, on_the_way, then in ((True, "setup", "in_use"), (False, "setup", "standby")):
            projector.press(on)
            server.wait_for(NODE, on_the_way)
            server.wait_for(NODE, then)
        server.until(lambda: (server.metric(NODE, "Usage/Hours") or 0) > 0, "hours")
        shown = server.device(NODE)
        server.until(lambda: known(site, shown["id"], begun)[4:] == ["standby"], "the last state is known to last")
    assert known(site, shown["id"], begun)[:5] == ["standby", "setup", "in_use", "setup", "standby"]
    assert shown["asset_code"] in (site.school.codes["J-1"], None)


def known(site: Site, device_id: str, begun: datetime) -> list[str]:
    """Return the states the server knows of since the test began."""
    spans = site.server.spans(device_id, begun, datetime.now(UTC))
    return [span["state"] for span in spans if span["state"] != "unknown"]
