"""One box put together: devices, meters, journal and uplink, all on one event loop and with no state outside."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from edge_agent.clocks import Clock, Moment, quality
from edge_agent.commanding import Commander
from edge_agent.device import Device, identity_fields, identity_of
from edge_agent.drafts import Draft, body_of
from edge_agent.metering import Meter, leave, resume
from edge_agent.outbox import Outbox
from edge_agent.polling import Look, Order, Post, stuck
from edge_agent.session import Health, Session
from edge_agent.settings import AgentSettings, DeviceSettings
from edge_agent.uplink import Uplink
from telemetry.journal import RecordKind
from telemetry.manifest import Manifest
from telemetry.states import DeviceState, UnknownCause

_log = logging.getLogger(__name__)
TICK_S = 15.0
SAMPLE_S = 60.0
_STUCK_CHECK_S = 5.0
_MOST_UNSAVED = 10_000


class Feed(Protocol):
    """Looks at one device again and again, and carries out its orders."""

    busy_since: Moment | None

    def start(self) -> None:
        """Start looking."""

    def stop(self) -> None:
        """Stop looking and let go of the device."""

    def order(self, order: Order) -> None:
        """Carry out an order between two looks."""


@dataclass(frozen=True)
class Equipment:
    """One device as it is handed to an agent: its settings, what its driver offers, and who looks at it."""

    settings: DeviceSettings
    manifest: Manifest
    feed: Callable[[Post], Feed]


@dataclass(frozen=True)
class Surroundings:
    """What an agent gets from outside; simulated boxes bring their own clock and account for gaps themselves."""

    clock: Clock
    facts: Mapping[str, str]
    health: Health
    machine_stops: Callable[[], bool]
    accounts_for_gaps: bool = True


class Agent:
    """The agent of one box; made, used and stopped on a running event loop."""

    def __init__(
        self, settings: AgentSettings, outbox: Outbox, equipment: Iterable[Equipment], surroundings: Surroundings
    ) -> None:
        self._settings, self.outbox, self._around = settings, outbox, surroundings
        self._clock = surroundings.clock
        self._loop = asyncio.get_running_loop()
        self._equipment = {item.settings.key: item for item in equipment}
        self.devices = {key: self._make_device(item) for key, item in self._equipment.items()}
        self._feeds = {key: item.feed(partial(self._post, key)) for key, item in self._equipment.items()}
        self._unsaved: list[Draft] = []
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.session = Session(
            settings.site_id,
            settings.node_id,
            outbox,
            self.devices,
            self._clock,
            surroundings.facts,
            surroundings.health,
            settings.primary_host,
            settings.heartbeat_s,
        )
        self.uplink = Uplink(self._loop, settings.broker, settings.node_id, self.session)
        self.session.uplink = self.uplink
        verbs = {key: frozenset(spec.verb for spec in item.manifest.commands) for key, item in self._equipment.items()}
        self._commander = Commander(outbox, self._clock, self._journal_one, verbs, self._give)
        self.session.on_command = self._command

    def _make_device(self, item: Equipment) -> Device:
        key = item.settings.key
        standing = self.outbox.standings().get(key)
        identity = identity_of(self.outbox.identity(key))
        offset = standing.offset if standing else None
        meter = Meter(key, standing)
        return Device(key, item.settings.driver, item.manifest, meter, identity, offset, seen=standing is not None)

    def start(self, connect: bool = True) -> None:
        """Account for the time since the last run, start looking at the devices, and connect."""
        if self._around.accounts_for_gaps:
            self._resume()
            self._repeat("tick", TICK_S, self.tick)
        self._commander.resume()
        for feed in self._feeds.values():
            feed.start()
        self._repeat("stuck", _STUCK_CHECK_S, self.check_stuck)
        self._repeat("sample", SAMPLE_S, self.sample)
        if connect:
            self.uplink.start()

    async def stop(self) -> None:
        """Stop in good order: no more looks, the last states journaled and sent, the farewell, the file closed."""
        for timer in self._timers.values():
            timer.cancel()
        feeds = list(self._feeds.values())
        await self._loop.run_in_executor(None, _stop_all, feeds)
        if self._around.accounts_for_gaps:
            self._leave(await self._loop.run_in_executor(None, self._around.machine_stops))
        await self.uplink.stop(self.session.death())
        self.outbox.close()

    def look(self, key: str, look: Look) -> None:
        """Take a look at a device into account; on the loop only."""
        device = self.devices[key]
        another = self._settle_identity(device, look)
        reached = look.reading is not None or look.cause is not UnknownCause.LINK_LOST
        introduce = not device.seen or another or (reached and not device.reachable)
        device.seen, device.reachable = True, reached
        specs = device.take(look.reading.values, look.at.wall_ms) if look.reading else []
        if introduce:
            self.session.introduce(device)
        else:
            self.session.show(device, specs)
        self._meter(device, look)
        if not reached:
            self.session.lose(device)

    def _meter(self, device: Device, look: Look) -> None:
        state, cause = (look.reading.state, look.reading.cause) if look.reading else (DeviceState.UNKNOWN, look.cause)
        draft = device.meter.observe(state, cause or "", look.at, self.session.clock_offset_ms)
        if draft is not None:
            named = f"{self._settings.node_id}/{device.key}"
            _log.info("%s: %s %s %s", named, device.state, device.meter.cause, look.detail)
            self._journal([draft])

    def _settle_identity(self, device: Device, look: Look) -> bool:
        """Note who the device says it is; True when that is not who it was."""
        said = look.reading.identity if look.reading else None
        if said is None:
            return False
        fields = identity_fields(said)
        fresh = identity_of(fields)
        if fresh == device.identity:
            return False
        device.identity = fresh
        self._try(partial(self.outbox.save_identity, device.key, fields))
        return device.seen

    def _post(self, key: str, look: Look) -> None:
        """Hand a look over from a device's thread."""
        self._from_thread(self.look, key, look)

    def _from_thread(self, work: Callable[..., None], *values: object) -> None:
        try:
            self._loop.call_soon_threadsafe(work, *values)
        except RuntimeError:
            _log.debug("%s: the loop is closed, a late word is lost", self._settings.node_id)

    def _give(self, key: str, order: Order) -> None:
        self._feeds[key].order(replace(order, done=partial(self._from_thread, order.done)))

    def _command(self, device: str | None, request: str) -> None:
        self._commander.take(device, request, self.session.clock_offset_ms)

    def _journal_one(self, draft: Draft) -> None:
        self._journal([draft])

    def _journal(self, drafts: Iterable[Draft]) -> None:
        """Write records down and send them; what the disk does not take waits in memory for the next try."""
        self._unsaved.extend(drafts)
        if len(self._unsaved) > _MOST_UNSAVED:
            self._unsaved = [draft for draft in self._unsaved if draft.kind is not RecordKind.SAMPLE]
        if not self._unsaved:
            return
        try:
            records = self.outbox.append(self._unsaved)
        except sqlite3.Error as error:
            _log.error("%s: %d records wait for the disk: %s", self._settings.node_id, len(self._unsaved), error)
            return
        self._unsaved.clear()
        for record in records:
            if record.kind is RecordKind.TRANSITION and record.device in self.devices:
                self.devices[record.device].offset = record.offset
        self.session.journaled(records)

    def _resume(self) -> None:
        now, tick = self._clock(), self.outbox.tick()
        for key, device in self.devices.items():
            shares_power = self._equipment[key].manifest.shares_power
            self._journal(resume(device.meter, tick, now, shares_power))
        self.tick()

    def _leave(self, machine_stops: bool) -> None:
        at, offset_ms = self._clock(), self.session.clock_offset_ms
        for key, device in self.devices.items():
            if device.meter.state is not None:
                shares_power = self._equipment[key].manifest.shares_power
                draft = leave(device.meter, at, shares_power, machine_stops, offset_ms)
                self._journal([draft] if draft else [])
        self._try(partial(self.outbox.save_tick, at, orderly=True))

    def tick(self) -> None:
        """Write down that the agent lives, and what the disk refused before."""
        self._journal([])
        self._try(partial(self.outbox.save_tick, self._clock()))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except sqlite3.Error as error:
            _log.error("%s: the disk does not take it: %s", self._settings.node_id, error)

    def check_stuck(self) -> None:
        """Count devices whose driver does not come back as unknown."""
        now = self._clock()
        for key, feed in self._feeds.items():
            patience_ms = round(self._equipment[key].settings.stuck_after_s * 1000)
            look = stuck(feed.busy_since, now, patience_ms)
            if look is not None and self.devices[key].meter.cause != UnknownCause.DRIVER_STUCK:
                self.look(key, look)

    def sample(self) -> None:
        """While off line, keep one sample a device and minute; on line the live values do."""
        if self.session.born or self._unsaved:
            return
        at = self._clock()
        drafts = []
        for device in self.devices.values():
            shown = {name: value for name, (value, _) in device.values.items() if value is not None}
            if shown and device.reachable and device.state is not DeviceState.OFF:
                grade = quality(at.wall_ms, self.session.clock_offset_ms)
                drafts.append(Draft(RecordKind.SAMPLE, device.key, at, grade, body=body_of(shown)))
        self._journal(drafts)

    def _repeat(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        def run() -> None:
            self._timers[name] = self._loop.call_later(seconds, run)
            work()

        self._timers[name] = self._loop.call_later(seconds, run)


def _stop_all(feeds: Iterable[Feed]) -> None:
    for feed in feeds:
        feed.stop()
