"""The Sparkplug session of a box: births, data, deaths, and the journal's way to the server and back."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping

from edge_agent import describing
from edge_agent.clocks import Clock, Moment
from edge_agent.device import Device
from edge_agent.outbox import Acknowledgement, Outbox
from edge_agent.primary_host import PrimaryHost
from edge_agent.uplink import Uplink
from edge_agent.window import Window
from telemetry import births
from telemetry.errors import WireError
from telemetry.journal import Record, RecordKind, to_metric
from telemetry.manifest import MetricSpec
from telemetry.metrics import Metric, Payload, Value
from telemetry.payload import decode, encode
from telemetry.sequence import next_seq
from telemetry.topics import MessageType, Topic, parse_topic

_log = logging.getLogger(__name__)
_BATCH = 250
"""Journal records in one message at most: about 40 KiB."""
_REBIRTH_PAUSE_S = 1.0

Health = Callable[[], Mapping[str, Value]]
OnCommand = Callable[[str | None, str], None]


class Session:
    """Speaks for one node over an uplink; used on the agent's loop only."""

    def __init__(
        self,
        group: str,
        node: str,
        outbox: Outbox,
        devices: Mapping[str, Device],
        clock: Clock,
        facts: Mapping[str, str],
        health: Health,
        primary_host: str = "",
        heartbeat_s: float = 30.0,
    ) -> None:
        self._group, self._node, self._outbox, self._devices = group, node, outbox, devices
        self._clock, self._facts, self._health, self._heartbeat_s = clock, facts, health, heartbeat_s
        self._primary = PrimaryHost(primary_host) if primary_host else None
        self._loop = asyncio.get_running_loop()
        self._window = Window(outbox.acked, outbox.acked)
        self._live: set[int] = set()
        self._alive: set[str] = set()
        self._bd_seq, self._seq = 255, 0
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._reborn_at = float("-inf")
        self.uplink: Uplink | None = None
        self.on_command: OnCommand = _ignore
        self.born = False
        self.clock_offset_ms: int | None = None

    def will(self) -> tuple[str, bytes]:
        """Take the next birth-death number and return the NDEATH that carries it."""
        try:
            self._bd_seq = self._outbox.next_bd_seq()
        except sqlite3.Error as error:
            _log.error("%s: the birth-death number cannot be kept: %s", self._node, error)
            self._bd_seq = (self._bd_seq + 1) % 256
        return self.death()

    def death(self) -> tuple[str, bytes]:
        """Return topic and payload of the NDEATH of this connection: its number alone, no sequence number."""
        at = self._clock().wall_ms
        return self._topic(MessageType.NDEATH), encode(
            Payload((describing.whole(births.BD_SEQ, self._bd_seq, at),), at)
        )

    def subscriptions(self) -> list[str]:
        """Return the filters of the commands to this node and its devices, and of the primary host's state."""
        wanted = [self._topic(MessageType.NCMD), self._topic(MessageType.DCMD, "+")]
        return [*wanted, self._primary.topic] if self._primary else wanted

    def connected(self) -> None:
        """Be born, at once or when the primary host is on line."""
        if self._primary is None or self._primary.online:
            self._be_born()

    def disconnected(self) -> None:
        """Stop sending until the next birth."""
        self.born = False
        self._alive.clear()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._primary is not None:
            self._primary.online = False

    def received(self, topic: str, payload: bytes) -> None:
        """Take a command or a word from the primary host; what cannot be read is logged and passed over."""
        if self._primary is not None and topic == self._primary.topic:
            return self._host_said(payload)
        try:
            address, metrics = parse_topic(topic), decode(payload).metrics
        except WireError as error:
            _log.warning("%s: a command cannot be read: %s", self._node, error)
            return None
        return self._commanded(address.device, {metric.name: metric.value for metric in metrics if metric.name})

    def journaled(self, records: Iterable[Record]) -> None:
        """Send fresh records at once, however much history waits; they go again in their turn if they get lost."""
        fresh = list(records)
        if not self.born or not fresh:
            return
        behind = self._window.sent + 1 < fresh[0].offset
        self._send_records(fresh, historical=False)
        if behind:
            self._live.update(record.offset for record in fresh)
        else:
            self._window.left(fresh[-1].offset, self._loop.time())
        self._watch_window()

    def show(self, device: Device, specs: Iterable[MetricSpec]) -> None:
        """Send the present values of some metrics of a device."""
        if self.born and device.key in self._alive:
            metrics = describing.current_values(device, specs, self._outbox)
            if metrics:
                self._send(MessageType.DDATA, metrics, device.key)

    def introduce(self, device: Device) -> None:
        """Send a device's birth, as when it is first seen, comes back, or turns out to be another."""
        if self.born:
            self._outbox.alias_all(
                filter(None, (describing.alias_name(device, spec) for spec in device.manifest.metrics))
            )
            self._send(
                MessageType.DBIRTH, describing.device_birth(device, self._outbox, self._clock().wall_ms), device.key
            )
            self._alive.add(device.key)

    def lose(self, device: Device) -> None:
        """Send a device's death."""
        if self.born and device.key in self._alive:
            self._alive.discard(device.key)
            self._send(MessageType.DDEATH, (), device.key)

    def _be_born(self) -> None:
        now = self._clock()
        first_time = not self.born
        self.born, self._seq = True, 255
        self._alive.clear()
        self._send(MessageType.NBIRTH, self._birth(now))
        for device in self._devices.values():
            if device.seen:
                self.introduce(device)
                if not device.reachable:
                    self.lose(device)
        if first_time:
            self._timer("heartbeat", self._heartbeat_s, self._beat)
        acked = max(self._outbox.acked, self._outbox.first - 1)
        self._window = Window(acked, acked, credit=self._window.credit)
        self._restart_window()

    def _birth(self, now: Moment) -> list[Metric]:
        health = describing.health_metrics(self._figures(), now.wall_ms)
        return describing.node_birth(self._bd_seq, self._facts, health, self._outbox, now)

    def _beat(self) -> None:
        at = self._clock().wall_ms
        metrics = describing.health_metrics(self._figures(), at)
        self._send(MessageType.NDATA, [*metrics, *describing.journal_figures(self._outbox, at)])
        self._timer("heartbeat", self._heartbeat_s, self._beat)

    def _figures(self) -> dict[str, Value]:
        return {**self._health(), births.CLOCK_OFFSET: self.clock_offset_ms}

    def _commanded(self, device: str | None, values: Mapping[str, Value]) -> None:
        request = values.get(births.COMMAND_REQUEST)
        if isinstance(request, str):
            self.on_command(device, request)
        if device is not None:
            if values.get(births.DEVICE_REBIRTH) is True and device in self._devices:
                self.introduce(self._devices[device])
            return
        if values.get(births.REBIRTH) is True:
            self._reborn()
        if births.JOURNAL_ACK in values:
            self._acknowledged(values)

    def _reborn(self) -> None:
        now = self._loop.time()
        if now - self._reborn_at >= _REBIRTH_PAUSE_S:
            self._reborn_at = now
            self._be_born()
        elif "rebirth" not in self._timers:
            self._timer("rebirth", self._reborn_at + _REBIRTH_PAUSE_S - now, self._reborn)

    def _acknowledged(self, values: Mapping[str, Value]) -> None:
        epoch, offset = values.get(births.JOURNAL_EPOCH), values[births.JOURNAL_ACK]
        proof, credit = values.get(births.JOURNAL_DIGEST), values.get(births.JOURNAL_CREDIT)
        server_ms = values.get(births.SERVER_TIME)
        if isinstance(server_ms, int) and 0 < server_ms < 1 << 47:
            self.clock_offset_ms = server_ms - self._clock().wall_ms
        if not isinstance(epoch, str) or not isinstance(offset, int):
            return
        if isinstance(credit, int) and credit >= 0:
            self._window.credit = credit
        result = self._outbox.acknowledge(epoch, offset, proof if isinstance(proof, str) else "")
        if result is Acknowledgement.NEW_EPOCH:
            _log.warning("%s: the server knows another journal %s: a new one starts", self._node, epoch)
            self._be_born()
        elif result is Acknowledgement.ADVANCED:
            self._window.advanced(offset, self._loop.time())
            self._live = {live for live in self._live if live > offset}
        self._pump()

    def _pump(self) -> None:
        """Send history in order as far as the window allows."""
        while self.born and (room := self._window.room()):
            records = self._outbox.read(self._window.sent, min(room, _BATCH))
            if not records:
                break
            self._send_records([record for record in records if record.offset not in self._live], historical=True)
            self._window.left(records[-1].offset, self._loop.time())
        self._watch_window()

    def _restart_window(self) -> None:
        """Send from the first record not acknowledged; drop records first, since they explain gaps."""
        drops = self._outbox.drops()
        self._live = {record.offset for record in drops}
        self._send_records(drops, historical=True)
        self._pump()

    def _watch_window(self) -> None:
        deadline = self._window.deadline
        if self.born and deadline is not None and "window" not in self._timers:
            self._timer("window", max(deadline - self._loop.time(), 0.05), self._check_window)

    def _check_window(self) -> None:
        if self._window.expired(self._loop.time()):
            self._restart_window()
        self._watch_window()

    def _send_records(self, records: Iterable[Record], historical: bool) -> None:
        by_device: dict[str | None, list[Metric]] = {}
        for record in records:
            late = historical or record.kind is RecordKind.SAMPLE
            by_device.setdefault(record.device, []).append(to_metric(record, late))
        for key, metrics in by_device.items():
            for start in range(0, len(metrics), _BATCH):
                self._send_journal(key, metrics[start : start + _BATCH])

    def _send_journal(self, key: str | None, metrics: list[Metric]) -> None:
        if key is None:
            return self._send(MessageType.NDATA, metrics)
        device = self._devices.get(key)
        if device is None:
            # A device that was taken from the settings: the server knows it from before.
            return self._send(MessageType.DDATA, metrics, key)
        dead = key not in self._alive
        if dead:
            self.introduce(device)
        self._send(MessageType.DDATA, metrics, key)
        if dead and not device.reachable:
            self.lose(device)
        return None

    def _send(self, kind: MessageType, metrics: Iterable[Metric], device: str | None = None) -> None:
        self._seq = next_seq(self._seq)
        payload = encode(Payload(tuple(metrics), self._clock().wall_ms, self._seq))
        if self.uplink is not None:
            self.uplink.publish(self._topic(kind, device), payload)

    def _topic(self, kind: MessageType, device: str | None = None) -> str:
        return str(Topic(self._group, kind, self._node, device))

    def _timer(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        def run() -> None:
            self._timers.pop(name, None)
            work()

        self._timers[name] = self._loop.call_later(seconds, run)

    def _host_said(self, payload: bytes) -> None:
        if self._primary is None or not self._primary.said(payload):
            return
        if self._primary.online and not self.born:
            self._be_born()
        elif not self._primary.online and self.born and self.uplink is not None:
            # Dropped without a farewell, so that the broker publishes the will: the NDEATH the rules ask for.
            self.uplink.redial()


def _ignore(_device: str | None, _request: str) -> None:
    """Stand in until the agent says who takes commands."""
