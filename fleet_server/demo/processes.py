"""Which processes a demo runs, and the commands that start them."""

import sys
from pathlib import Path

from fleet_server.demo.broker import BrokerChoice
from fleet_server.demo.children import Child
from fleet_server.demo.state import Folder

BOXES_A_PROCESS = 110
"""The simulators' network loop uses select(), which takes at most 1,024 descriptors: stay far below."""
SAMPLES_EVERY_S = 600
"""How densely the last day before the first start is sampled, so that charts have a line from the first minute."""


def broker(folder: Folder, choice: BrokerChoice) -> Child:
    """Return the broker."""
    return Child("broker", choice.command, folder.log("broker"))


def server(folder: Folder) -> Child:
    """Return the fleet server."""
    settings = {"FLEET_SETTINGS": str(folder.server_settings.resolve())}
    return Child("server", (sys.executable, "-m", "fleet_server", "serve"), folder.log("server"), settings)


def simulators(folder: Folder, boxes: int) -> list[Child]:
    """Return as many simulators as the boxes need."""
    parts = -(-boxes // BOXES_A_PROCESS)
    return [_simulator(folder, part, parts) for part in range(1, parts + 1)]


def agent(folder: Folder) -> Child:
    """Return the real agent of this computer."""
    return Child("agent", (*_edge_agent(), "run", "--settings", str(folder.agent_settings)), folder.log("agent"))


def _simulator(folder: Folder, part: int, parts: int) -> Child:
    name = f"boxes-{part}"
    data = folder.box_data(f"part-{part}-of-{parts}")
    data.mkdir(parents=True, exist_ok=True)
    wishes = ("--data", str(data), "--part", f"{part}/{parts}", "--until-eof", "--samples-every", str(SAMPLES_EVERY_S))
    return Child(name, (*_edge_agent(), "simulate", str(folder.plan), *wishes), folder.log(name))


def _edge_agent() -> tuple[str, ...]:
    beside = Path(sys.executable).with_name("edge-agent")
    return (str(beside),) if beside.exists() else (sys.executable, "-m", "edge_agent")
