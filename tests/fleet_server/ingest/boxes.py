"""A box made for tests: speaks the profile by hand, so that each test decides what goes wrong."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from telemetry.births import (
    BD_SEQ,
    JOURNAL_ACK,
    JOURNAL_EPOCH,
    JOURNAL_FIRST,
    JOURNAL_NEXT,
    REBIRTH,
    SERIAL,
    STATE,
)
from telemetry.journal import Record, RecordKind, to_metric
from telemetry.metrics import DataType, Metric, Payload, Value
from telemetry.payload import decode, encode
from telemetry.sequence import next_seq
from telemetry.topics import MessageType, Topic

GROUP, NODE, DEVICE = "s-test1", "n-test1", "prn-1"


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something another thread or process brings about; raises AssertionError."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def transitions(
    lengths: Sequence[tuple[str, int]], start_ms: int, first_offset: int = 1, device: str = DEVICE, boot: str = "b1"
) -> list[Record]:
    """Journal records of a device that is in each state for so many milliseconds."""
    found: list[Record] = []
    at, last = start_ms, None
    for offset, (state, length) in enumerate(lengths, first_offset):
        found.append(
            Record(offset, RecordKind.TRANSITION, device, at, boot, at - start_ms, state, last, "synced", None, None)
        )
        at, last = at + length, length
    return found


@dataclass(frozen=True)
class Command:
    """A command the box received."""

    metrics: dict[str, Value]


class Box:
    """One connection of a node; `births` says what it declares."""

    def __init__(self, port: int, node: str = NODE, group: str = GROUP, epoch: str | None = "epoch-1") -> None:
        self.node, self.group, self.epoch = node, group, epoch
        self.commands: list[Command] = []
        self.first, self.next_offset = 1, 1
        self.devices: dict[str, list[Metric]] = {}
        self.bd_seq = 0
        self.answers_rebirths = False
        self._numbers: itertools.count[int] = itertools.count()
        self._seq = 0
        self._lock = threading.RLock()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=node)
        self._client.will_set(self.topic(MessageType.NDEATH), self.death(), 1)
        self._client.on_message = self._on_message
        self._client.on_connect = self._on_connect
        self._client.reconnect_delay_set(1, 1)
        self._subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.connect("127.0.0.1", port, 20)
        self._client.loop_start()
        assert self._subscribed.wait(10)

    def topic(self, kind: MessageType, device: str | None = None) -> str:
        return str(Topic(self.group, kind, self.node, device))

    def death(self) -> bytes:
        return encode(Payload((Metric(BD_SEQ, self.bd_seq, DataType.INT64),)))

    def send(self, kind: MessageType, metrics: Iterable[Metric], device: str | None = None, at: int = 0) -> None:
        """Publish with the next sequence number."""
        with self._lock:
            self.send_raw(self.topic(kind, device), self.payload(metrics, at))

    def payload(self, metrics: Iterable[Metric], at: int = 0) -> bytes:
        """Encode with the next sequence number, without sending: a lost message."""
        with self._lock:
            self._seq = next_seq(self._seq)
            return encode(Payload(tuple(metrics), at or now_ms(), self._seq))

    def send_raw(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, 0)

    def born(self) -> None:
        """Send all births."""
        with self._lock:
            self._seq = -1
            metrics = [Metric(BD_SEQ, self.bd_seq, DataType.INT64), Metric(REBIRTH, False, DataType.BOOLEAN)]
            if self.epoch is not None:
                metrics += [
                    Metric(JOURNAL_EPOCH, self.epoch, DataType.STRING),
                    Metric(JOURNAL_FIRST, self.first, DataType.INT64),
                    Metric(JOURNAL_NEXT, self.next_offset, DataType.INT64),
                ]
            self.send(MessageType.NBIRTH, metrics)
            for key, declared in self.devices.items():
                self.send(MessageType.DBIRTH, declared, key)

    def add_device(self, key: str = DEVICE, serial: str = "SN-1", metrics: Sequence[Metric] = ()) -> None:
        """Declare a device at the next birth."""
        self.devices[key] = [Metric(SERIAL, serial, DataType.STRING), *metrics]

    def send_records(self, records: Iterable[Record], historical: bool = False) -> None:
        """Send one message a record."""
        for record in records:
            kind = MessageType.NDATA if record.device is None else MessageType.DDATA
            self.send(kind, [to_metric(record, historical)], record.device)

    def acked(self) -> int:
        """Return the highest offset acknowledged in this epoch."""
        marks = [
            command.metrics[JOURNAL_ACK]
            for command in self.commands
            if command.metrics.get(JOURNAL_EPOCH) == self.epoch
        ]
        return max((mark for mark in marks if isinstance(mark, int)), default=0)

    def rebirths(self) -> int:
        """Return how often a rebirth was asked for."""
        return sum(REBIRTH in command.metrics for command in self.commands)

    def listen(self, topic: str, take: Callable[[bytes], None]) -> None:
        """Hand on what is published on a topic."""
        self._client.message_callback_add(topic, lambda _client, _userdata, message: take(bytes(message.payload)))
        self._client.subscribe(topic, 1)

    def send_retained(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, 1, retain=True)

    def flush(self) -> None:
        """Wait until everything sent has left, by a message at QoS 1 behind it."""
        self._client.publish(f"test/flush/{self.node}", b"", 1).wait_for_publish(10)

    def drop(self) -> None:
        """Break the connection without a word: the broker publishes the will."""
        sock = self._client.socket()
        self._client.loop_stop()
        if sock is not None:
            sock.close()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: Client, *_: object) -> None:
        client.subscribe(f"spBv1.0/{self.group}/NCMD/{self.node}", 1)
        if self.answers_rebirths:
            self.born()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        payload = decode(bytes(message.payload))
        command = Command({metric.name: metric.value for metric in payload.metrics if metric.name})
        self.commands.append(command)
        if REBIRTH in command.metrics and self.answers_rebirths:
            self.born()


def state_metric(state: str, at: int, **more: Value) -> Metric:
    """A `State` metric without a journal."""
    return Metric(STATE, state, DataType.STRING, at)


def as_json(body: dict[str, object]) -> str:
    return json.dumps(body)
