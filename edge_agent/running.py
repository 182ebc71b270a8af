"""Running one agent from a settings file until it is told to end."""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from device_drivers.api import Driver, DriverEntry
from device_drivers.catalog import UnknownDriver, load
from device_drivers.errors import InvalidSettings
from device_drivers.settings import check
from edge_agent.agent import Agent, Equipment, Surroundings
from edge_agent.clocks import Clock, box_clock
from edge_agent.consents import Consents
from edge_agent.links import LocalLinks
from edge_agent.machine import is_stopping, machine_health, node_facts
from edge_agent.outbox import Outbox
from edge_agent.polling import DeviceThread, Post
from edge_agent.settings import AgentSettings, DeviceSettings, SettingsError
from telemetry.metrics import Value

_STATUS_S = 5.0


def find_driver(device: DeviceSettings) -> DriverEntry:
    """Return the driver a device's settings name.

    Raises: SettingsError naming the device.
    """
    try:
        return load(device.driver)
    except UnknownDriver:
        raise SettingsError(
            f"device {device.key}: there is no driver {device.driver!r}; see edge-agent drivers"
        ) from None


def check_device(device: DeviceSettings, entry: DriverEntry) -> dict[str, Value]:
    """Return a device's settings with the driver's defaults filled in.

    Raises: SettingsError naming the device and the setting.
    """
    try:
        return check(entry.manifest, device.settings)
    except InvalidSettings as error:
        raise SettingsError(f"device {device.key}: {error}") from None


def equip(settings: AgentSettings, clock: Clock) -> list[Equipment]:
    """Return what the agent needs for each device: a driver with a thread of its own.

    Raises: SettingsError.
    """
    consents = Consents(settings.data)
    return [_equipment(device, clock, consents) for device in settings.devices]


def _equipment(device: DeviceSettings, clock: Clock, consents: Consents) -> Equipment:
    entry = find_driver(device)
    filled = check_device(device, entry)

    def consented(verb: str) -> bool:
        return consents.in_force(device.key, verb, clock())

    def opener() -> Driver:
        return entry.open(filled, LocalLinks(consented))

    def feed(post: Post) -> DeviceThread:
        return DeviceThread(device.key, opener, clock, device.poll_s, post)

    return Equipment(device, entry.manifest, feed)


def surroundings(settings: AgentSettings, clock: Clock) -> Surroundings:
    """Return the real surroundings of an agent: this machine."""
    facts = node_facts(settings.make, settings.model, settings.serial)
    return Surroundings(clock, facts, machine_health(settings.data), is_stopping)


def run(settings: AgentSettings) -> None:
    """Run the agent until SIGTERM or SIGINT, then end in good order.

    Raises: SettingsError, OutboxBusy.
    """
    clock = box_clock()
    equipment = equip(settings, clock)
    outbox = Outbox(settings.data / "journal.db", settings.journal_records)
    asyncio.run(_run(settings, outbox, equipment, clock))


async def _run(settings: AgentSettings, outbox: Outbox, equipment: list[Equipment], clock: Clock) -> None:
    agent = Agent(settings, outbox, equipment, surroundings(settings, clock))
    stopped = asyncio.Event()
    with signals(stopped.set):
        agent.start()
        while not stopped.is_set():
            write_status(agent, settings, clock().wall_ms)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), _STATUS_S)
        await agent.stop()


@contextlib.contextmanager
def signals(stop: Callable[[], Any]) -> Iterator[None]:
    """Call `stop` on the running loop when the process is asked to end, while the block lasts."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows knows no handlers on a loop
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    yield


def status_path(settings: AgentSettings) -> Path:
    """Return the file in which a running agent says how it is."""
    return settings.data / "status.json"


def write_status(agent: Agent, settings: AgentSettings, at_ms: int) -> None:
    """Write how the agent is to its status file."""
    devices = {
        key: {"state": device.state.value, "cause": device.meter.cause, "reachable": device.reachable}
        for key, device in agent.devices.items()
    }
    said = {
        "at_ms": at_ms,
        "connected": agent.session.born,
        "pending": agent.outbox.pending,
        "clock_offset_ms": agent.session.clock_offset_ms,
        "devices": devices,
    }
    path = status_path(settings)
    draft = path.with_suffix(".part")
    with contextlib.suppress(OSError):
        draft.write_text(json.dumps(said), encoding="utf-8")
        draft.replace(path)
