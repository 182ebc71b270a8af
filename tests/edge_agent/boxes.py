"""Boxes for tests: an agent on a loop of its own thread, with a clock and devices the test moves by hand."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from device_drivers.api import Identity, Reading
from edge_agent.agent import Agent, Equipment, Surroundings
from edge_agent.clocks import Moment
from edge_agent.outbox import Outbox
from edge_agent.polling import Look, Order, Post
from edge_agent.settings import AgentSettings, BrokerSettings, DeviceSettings
from telemetry import births
from telemetry.manifest import CommandSpec, Manifest, MetricSpec, Titles
from telemetry.metrics import DataType, Value
from telemetry.states import DeviceState, UnknownCause

TITLES = Titles("灯", "Lamp")
START_MS = 1_795_000_000_000
MANIFEST = Manifest(
    key="fake",
    kind="projector",
    link="none",
    titles=TITLES,
    metrics=(
        MetricSpec("Telemetry/Lamp", DataType.DOUBLE, TITLES, "°C", 0, 120),
        MetricSpec("Usage/Hours", DataType.UINT32, TITLES, "h", counter=True),
    ),
    commands=(CommandSpec("identify", TITLES),),
)
POWERED = replace(MANIFEST, shares_power=True)
IDENTITY = Identity("Acme", "P1", "SN-1", "1.0")


class HandClock:
    """Wall time and boot time that move only by hand, together or apart."""

    def __init__(self, wall_ms: int = START_MS, boottime_ms: int = 5_000_000, boot: str = "boot-1") -> None:
        self.wall_ms, self.boottime_ms, self.boot = wall_ms, boottime_ms, boot

    def __call__(self) -> Moment:
        return Moment(self.wall_ms, self.boottime_ms, self.boot)

    def pass_s(self, seconds: float) -> Moment:
        """Let time pass on both clocks."""
        self.wall_ms += round(seconds * 1000)
        self.boottime_ms += round(seconds * 1000)
        return self()

    def jump_s(self, seconds: float) -> None:
        """Set the wall clock forward or back."""
        self.wall_ms += round(seconds * 1000)

    def reboot(self, boot: str, off_s: float) -> None:
        """Switch the machine off for a while; it is up again just now."""
        self.wall_ms += round(off_s * 1000)
        self.boottime_ms, self.boot = 0, boot


@dataclass
class HandFeed:
    """A feed that looks when the test says so; orders are kept."""

    post: Post
    orders: list[Order]
    busy_since: Moment | None = None

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def order(self, order: Order) -> None:
        self.orders.append(order)


class Box:
    """One agent on its own loop in its own thread."""

    def __init__(
        self,
        port: int,
        folder: Path,
        keys: Iterable[str] = ("lamp",),
        *,
        clock: HandClock | None = None,
        manifest: Manifest = MANIFEST,
        machine_stops: bool = False,
        settings: Callable[[AgentSettings], AgentSettings] = lambda found: found,
    ) -> None:
        self.clock = clock or HandClock()
        self.feeds: dict[str, HandFeed] = {}
        self.ended = False
        broker = BrokerSettings("127.0.0.1", port, reconnect_least_s=0.05, reconnect_spread_s=0.2, reconnect_most_s=0.4)
        devices = tuple(DeviceSettings(key, "fake") for key in keys)
        self.settings = settings(AgentSettings("n-1", "s-1", folder, broker, devices))
        self._manifest, self._machine_stops = manifest, machine_stops
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.agent: Agent = self.do(self._make)

    def _make(self) -> Agent:
        around = Surroundings(self.clock, {births.AGENT_VERSION: "1"}, dict, lambda: self._machine_stops)
        outbox = Outbox(self.settings.data / "journal.db", self.settings.journal_records)
        equipment = [Equipment(device, self._manifest, self._feed(device.key)) for device in self.settings.devices]
        return Agent(self.settings, outbox, equipment, around)

    def _feed(self, key: str) -> Callable[[Post], HandFeed]:
        def make(post: Post) -> HandFeed:
            self.feeds[key] = HandFeed(post, [])
            return self.feeds[key]

        return make

    def do(self, work: Callable[..., Any], *values: Any) -> Any:
        """Run something on the agent's loop and return what it returns."""

        async def run() -> Any:
            return work(*values)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def start(self, connect: bool = True) -> "Box":
        """Start the agent."""
        self.do(self.agent.start, connect)
        return self

    def connect(self) -> None:
        """Let an agent that was started without a connection connect."""
        self.do(self.agent.uplink.start)

    def show(self, state: DeviceState, key: str = "lamp", cause: str = "", **values: Value) -> None:
        """Let a device show a state and values (`lamp=70.0`, `hours=3`) now."""
        names = {"lamp": "Telemetry/Lamp", "hours": "Usage/Hours"}
        shown: Mapping[str, Value] = {names[name]: value for name, value in values.items()}
        self.do(self.agent.look, key, Look(self.clock(), Reading(state, shown, cause, IDENTITY)))

    def fail(self, cause: UnknownCause, key: str = "lamp") -> None:
        """Let a device not be readable from now on."""
        self.do(self.agent.look, key, Look(self.clock(), None, cause, "no answer"))

    def stop(self) -> None:
        """Stop in good order."""
        asyncio.run_coroutine_threadsafe(self.agent.stop(), self._loop).result(30)
        self._end()

    def kill(self) -> None:
        """End as a killed process does: no farewell, nothing more written."""
        self.do(self.agent.uplink.cut)
        self.do(self.agent.outbox.close)
        self._end()

    def _end(self) -> None:
        self.ended = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
