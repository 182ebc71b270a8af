"""Boxes of a planned district, all in one process: their past is journaled in bulk, then they live by the plan."""

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from device_drivers.catalog import load
from device_drivers.simulated import Driver, Model
from edge_agent.agent import Agent, Equipment, Feed, Surroundings
from edge_agent.clocks import Clock, Moment
from edge_agent.drafts import Draft, body_of
from edge_agent.machine import agent_version
from edge_agent.metering import Meter
from edge_agent.outbox import Outbox, Standing
from edge_agent.polling import Looker, Order, Post
from edge_agent.running import signals
from edge_agent.settings import AgentSettings, BrokerSettings, DeviceSettings
from telemetry import births
from telemetry.journal import RecordKind
from telemetry.metrics import Value
from telemetry.plan import Plan, PlannedDevice, PlannedNode, load_plan
from telemetry.states import ClockQuality, DeviceState

_log = logging.getLogger(__name__)
_WATCH_S = 1.0
_SAMPLED_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Pace:
    """How often simulated devices are looked at, and how dense the samples of the last day are; 0 makes none."""

    poll_s: float = 10.0
    samples_every_s: int = 0


def simulated_clock(plan: Plan, wall_ms: Callable[[], int]) -> Clock:
    """Return the clock of a planned box: one boot since its history began, whatever restarts lie between."""
    boot = f"simulated-{plan.created_ms}"

    def now() -> Moment:
        at = wall_ms()
        return _moment(plan, at, boot)

    return now


def _moment(plan: Plan, at_ms: int, boot: str) -> Moment:
    return Moment(at_ms, max(at_ms - plan.history_from_ms, 0), boot)


def history(plan: Plan, models: Iterable[Model], standings: Mapping[str, Standing], until_ms: int) -> list[Draft]:
    """Return the transitions of a node since its last record, or since the plan's history began, oldest first."""
    boot = f"simulated-{plan.created_ms}"
    drafts = []
    for model in models:
        key = model.device.key
        standing = standings.get(key)
        meter = Meter(key, standing)
        since = plan.history_from_ms if standing is None else standing.since.wall_ms
        for at_ms, state, cause in model.transitions(since, until_ms):
            draft = meter.observe(state, cause, _moment(plan, at_ms, boot))
            if draft is not None:
                drafts.append(draft)
    drafts.sort(key=lambda draft: draft.at.wall_ms)
    return drafts


def samples(plan: Plan, models: Iterable[Model], until_ms: int, every_s: int) -> Iterator[Draft]:
    """Yield the samples of the last 24 hours, oldest first; a device that is off has none."""
    boot = f"simulated-{plan.created_ms}"
    models = list(models)
    start = max(until_ms - _SAMPLED_MS, plan.history_from_ms)
    for at_ms in range(start, until_ms, every_s * 1000):
        for model in models:
            if model.state_at(at_ms)[0] is not DeviceState.OFF:
                at, body = _moment(plan, at_ms, boot), body_of(model.values_at(at_ms))
                yield Draft(RecordKind.SAMPLE, model.device.key, at, ClockQuality.SYNCED, body=body)


class PlannedFeed:
    """Looks at a planned device on the agent's loop: every poll, and at the very moment its state changes."""

    def __init__(self, model: Model, clock: Clock, poll_s: float, post: Post) -> None:
        self._clock, self._poll_s, self._post = clock, poll_s, post
        self._loop = asyncio.get_running_loop()
        self._driver = Driver(model.device, lambda: clock().wall_ms)
        self._model = model
        self._looker = Looker(model.device.key, lambda: self._driver, clock)
        self._timer: asyncio.TimerHandle | None = None
        self._stopped = False
        self.busy_since: Moment | None = None

    def start(self) -> None:
        """Look now, and again and again."""
        self._look()

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True

    def order(self, order: Order) -> None:
        """Carry out an order at once."""
        self._looker.perform(order)

    def replan(self, device: PlannedDevice) -> None:
        """Follow a changed plan, and look at once."""
        self._driver.replan(device)
        self._model = Model(device)
        if self._timer is not None:
            self._timer.cancel()
        self._look()

    def _look(self) -> None:
        if self._stopped:
            return
        look = self._looker.look()
        if look is not None:
            self._post(look)
        self._timer = self._loop.call_later(self._pause_s(), self._look)

    def _pause_s(self) -> float:
        now_ms = self._clock().wall_ms
        ahead = self._model.transitions(now_ms, now_ms + round(self._poll_s * 1000))
        next(ahead, None)
        change = next(ahead, None)
        return self._poll_s if change is None else (change[0] - now_ms) / 1000 + 0.001


class SimulatedBox:
    """One planned node: its agent, its devices' feeds, its outages."""

    def __init__(self, plan: Plan, node: PlannedNode, folder: Path, pace: Pace, wall_ms: Callable[[], int]) -> None:
        self.node = node
        self._wall_ms = wall_ms
        self._feeds: dict[str, PlannedFeed] = {}
        self._cut = False
        self._clock = simulated_clock(plan, wall_ms)
        outbox = Outbox(folder / f"{node.node_id}.db")
        models = [Model(device) for device in node.devices]
        fill(outbox, plan, models, pace, wall_ms())
        settings = _settings(plan, node, folder, pace)
        around = Surroundings(self._clock, _facts(node), self._health, lambda: False, accounts_for_gaps=False)
        self.agent = Agent(settings, outbox, [self._equip(model, settings) for model in models], around)

    def start(self) -> None:
        """Come alive, on line unless the plan says otherwise."""
        self._cut = self._is_out()
        self.agent.start(connect=not self._cut)

    def heed_outages(self) -> None:
        """Cut the link or take it up again as the plan says."""
        out = self._is_out()
        if out and not self._cut:
            self.agent.uplink.cut()
        elif self._cut and not out:
            self.agent.uplink.start()
        self._cut = out

    def replan(self, node: PlannedNode) -> None:
        """Follow a changed plan of this node."""
        before = {device.key: device for device in self.node.devices}
        self.node = node
        for device in node.devices:
            if device.key in self._feeds and device != before[device.key]:
                self._feeds[device.key].replan(device)

    def _is_out(self) -> bool:
        now_ms = self._wall_ms()
        return any(start <= now_ms < end for start, end in self.node.outages)

    def _equip(self, model: Model, settings: AgentSettings) -> Equipment:
        device = model.device
        manifest = load(f"simulated_{device.kind}").manifest
        own = next(item for item in settings.devices if item.key == device.key)

        def feed(post: Post) -> Feed:
            self._feeds[device.key] = PlannedFeed(model, self._clock, own.poll_s, post)
            return self._feeds[device.key]

        return Equipment(own, manifest, feed)

    def _health(self) -> dict[str, Value]:
        phase = sum(self.node.node_id.encode()) % 60
        swing = (self._wall_ms() // 60_000 + phase) % 60 / 60
        return {
            births.CPU_PERCENT: round(4 + 9 * swing, 1),
            births.MEMORY_PERCENT: round(31 + phase / 10 + 2 * swing, 1),
            births.DISK_PERCENT: round(22 + phase / 3, 1),
            births.TEMPERATURE: round(41 + 6 * swing, 1),
            births.UPTIME: self._clock().boottime_ms // 1000,
        }


def fill(outbox: Outbox, plan: Plan, models: Sequence[Model], pace: Pace, until_ms: int) -> int:
    """Journal in bulk what a node lived through since its last record, and return how many records that was."""
    fresh = outbox.next == 1
    added = outbox.extend(history(plan, models, outbox.standings(), until_ms))
    if fresh and pace.samples_every_s:
        added += outbox.extend(samples(plan, models, until_ms, pace.samples_every_s))
    return added


def _settings(plan: Plan, node: PlannedNode, folder: Path, pace: Pace) -> AgentSettings:
    broker = BrokerSettings(plan.mqtt_host, plan.mqtt_port, reconnect_spread_s=3.0, reconnect_most_s=15.0)
    devices = tuple(
        DeviceSettings(device.key, f"simulated_{device.kind}", poll_s=pace.poll_s) for device in node.devices
    )
    return AgentSettings(node.node_id, node.site_id, folder, broker, devices)


def _facts(node: PlannedNode) -> dict[str, str]:
    return {
        births.AGENT_VERSION: agent_version(),
        births.OPERATING_SYSTEM: "Linux (simulated)",
        births.HARDWARE_MAKE: "Simulated",
        births.HARDWARE_MODEL: "Edge box",
        births.NODE_SERIAL: f"SIM-{node.node_id}",
    }


def part_of(nodes: Iterable[PlannedNode], part: int, parts: int) -> list[PlannedNode]:
    """Return every `parts`-th node, from the one numbered `part` (1 is the first) on."""
    return list(nodes)[part - 1 :: parts]


def simulate(path: Path, folder: Path, part: tuple[int, int], pace: Pace, until_eof: bool) -> None:
    """Run the boxes of a plan until a signal, or until standard input ends.

    Raises: ValueError for a file that is no plan, OutboxBusy.
    """
    asyncio.run(_simulate(path, folder, part, pace, until_eof))


async def _simulate(path: Path, folder: Path, part: tuple[int, int], pace: Pace, until_eof: bool) -> None:
    stopped = asyncio.Event()
    if until_eof:
        _stop_at_eof(stopped)
    with signals(stopped.set):
        boxes: dict[str, SimulatedBox] = {}
        try:
            await _live(path, folder, part, pace, boxes, stopped)
        finally:
            await asyncio.gather(*(box.agent.stop() for box in boxes.values()))


async def _live(
    path: Path, folder: Path, part: tuple[int, int], pace: Pace, boxes: dict[str, SimulatedBox], stopped: asyncio.Event
) -> None:
    changed_ns, plan = path.stat().st_mtime_ns, load_plan(path)
    for node in part_of(plan.nodes, *part):
        boxes[node.node_id] = SimulatedBox(plan, node, folder, pace, _wall_ms)
        boxes[node.node_id].start()
        await asyncio.sleep(0)
        if stopped.is_set():
            return
    _log.info("%d boxes live", len(boxes))
    while not stopped.is_set():
        changed_ns = await _heed(path, changed_ns, boxes)
        try:
            await asyncio.wait_for(stopped.wait(), _WATCH_S)
        except TimeoutError:
            continue


async def _heed(path: Path, changed_ns: int, boxes: Mapping[str, SimulatedBox]) -> int:
    """Take a changed plan, follow outages, and return the plan file's time of change."""
    newest_ns = path.stat().st_mtime_ns
    if newest_ns != changed_ns:
        plan = await asyncio.get_running_loop().run_in_executor(None, load_plan, path)
        for node in plan.nodes:
            if node.node_id in boxes:
                boxes[node.node_id].replan(node)
    for box in boxes.values():
        box.heed_outages()
    return newest_ns


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _stop_at_eof(stopped: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            continue
        loop.call_soon_threadsafe(stopped.set)

    threading.Thread(target=wait, name="end of input", daemon=True).start()
