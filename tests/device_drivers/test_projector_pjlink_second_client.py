"""Our fake projector read by a client of others, aiopjlink, and by our driver: both must see the same."""

import json
import subprocess

import pytest

from device_drivers.projector_pjlink import ENTRY
from edge_agent.links import LocalLinks
from tests.device_drivers.fake_projector import FakeProjector
from tests.peers import peer_python

pytestmark = pytest.mark.peer

_PROGRAM = """
import asyncio, json, sys
from aiopjlink import PJLink

async def main():
    async with PJLink("127.0.0.1", int(sys.argv[1]), "secret") as link:
        errors = await link.errors.query()
        print(json.dumps({
            "power": (await link.power.get()).value,
            "muted": (await link.mute.status())[0],
            "lamps": [hours for hours, _ in await link.lamps.status()],
            "filter": await link.filter.hours(),
            "errors": [part.value for part, level in errors.items() if level.value == "2"],
            "warnings": [part.value for part, level in errors.items() if level.value == "1"],
            "make": await link.info.manufacturer_name(),
            "model": await link.info.product_name(),
            "serial": await link.info.serial_number(),
        }))

asyncio.run(main())
"""

_POWER = {"0": "standby", "1": "on", "2": "cooling", "3": "warming"}


@pytest.mark.parametrize(
    "says",
    [
        {},
        {"%1POWR": "0"},
        {"%1POWR": "2", "%1ERST": "000010"},
        {"%1AVMT": "31", "%1LAMP": "17 1 2500 0"},
        {"%1ERST": "021010", "%2FILT": "12"},
    ],
)
def test_both_clients_see_the_same_projector(says: dict[str, str]) -> None:
    projector = FakeProjector()
    projector.says |= says
    python = peer_python("aiopjlink==1.0.5")
    with projector.served() as port:
        done = subprocess.run([str(python), "-c", _PROGRAM, str(port)], capture_output=True, check=True, timeout=60)
        reading = ENTRY.open({"host": "127.0.0.1", "port": port, "password": "secret"}, LocalLinks()).read()
    theirs = json.loads(done.stdout)
    ours, identity = reading.values, reading.identity
    assert identity is not None
    assert (identity.make, identity.model, identity.serial) == (theirs["make"], theirs["model"], theirs["serial"])
    assert ours["Telemetry/Power"] == _POWER[theirs["power"]]
    assert ours["Usage/Lamp Hours"] == max(theirs["lamps"])
    assert ours["Telemetry/Filter Hours"] == theirs["filter"]
    assert ours.get("Telemetry/Picture Muted", theirs["muted"]) == theirs["muted"]
    assert ours["Telemetry/Warnings"] == ", ".join(theirs["warnings"])
    assert reading.cause == (f"ERST error: {', '.join(theirs['errors'])}" if theirs["errors"] else "")
