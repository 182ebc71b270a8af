"""A small host for tests: hears every node, keeps records as a server would, acknowledges after keeping."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from telemetry import births
from telemetry.journal import Record, RecordKind, digest, from_metric, read_body
from telemetry.metrics import DataType, Metric, Payload
from telemetry.payload import decode, encode
from telemetry.topics import MessageType, Topic, parse_topic


@dataclass(frozen=True)
class Heard:
    """One message as it came."""

    topic: Topic
    payload: Payload
    qos: int
    retain: bool

    def value(self, name: str) -> Any:
        """The value of one metric."""
        return self.metric(name).value

    def metric(self, name: str) -> Metric:
        """One metric by its name."""
        return next(metric for metric in self.payload.metrics if metric.name == name)

    def names(self) -> set[str]:
        """The names of all metrics."""
        return {metric.name for metric in self.payload.metrics if metric.name}


@dataclass
class Journal:
    """What is kept of one epoch of one node."""

    records: dict[int, Record] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    arrivals: int = 0
    first: int = 1

    mark: int = 0

    def high_water(self) -> int:
        """The last offset below which nothing is missing."""
        self.mark = max(self.mark, self.first - 1)
        while self.mark + 1 in self.records or self.mark + 1 in self.dropped:
            self.mark += 1
        return self.mark


class MiniHost:
    """Listens in a thread of its own; `acknowledging` may be switched off, like a server that hangs."""

    def __init__(self, port: int) -> None:
        self.heard: list[Heard] = []
        self.journals: dict[tuple[str, str], Journal] = defaultdict(Journal)
        self.epochs: dict[str, str] = {}
        self.acknowledging = True
        self.credit = 1_000
        self.clock_ahead_ms = 0
        self.acknowledgements = 0
        self._groups: dict[str, str] = {}
        self._news = threading.Condition()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, f"host-{id(self):x}")
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._ready = threading.Event()
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(10)

    def close(self) -> None:
        """Go away."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> None:
        """Send bytes."""
        self._client.publish(topic, payload, qos, retain)

    def command(self, node: str, metrics: list[Metric], device: str | None = None) -> None:
        """Send an NCMD or DCMD."""
        kind = MessageType.NCMD if device is None else MessageType.DCMD
        topic = Topic(self._groups[node], kind, node, device)
        self.publish(str(topic), encode(Payload(tuple(metrics), _now_ms())))

    def rebirth(self, node: str) -> None:
        """Ask a node to say everything again."""
        self.command(node, [Metric(births.REBIRTH, True, DataType.BOOLEAN)])

    def wait(self, told: Callable[[], Any], seconds: float = 30) -> Any:
        """Wait until something has been heard and return it."""
        deadline = time.monotonic() + seconds
        with self._news:
            while not (found := told()):
                # Not only news ends the wait: what is asked for may happen on the box.
                if not self._news.wait(0.05) and time.monotonic() >= deadline:
                    raise TimeoutError(f"not heard in {seconds} s; last: {[str(h.topic) for h in self.heard[-8:]]}")
            return found

    def of_kind(self, kind: MessageType, device: str | None = None) -> list[Heard]:
        """Every message of a kind so far, of one device if it is named."""
        return [h for h in self.heard if h.topic.kind is kind and (device is None or h.topic.device == device)]

    def wait_for(self, kind: MessageType, device: str | None = None, count: int = 1) -> Heard:
        """Wait for the `count`-th message of a kind."""
        return self.wait(lambda: self.of_kind(kind, device)[count - 1 : count])[0]  # type: ignore[no-any-return]

    def journal(self, node: str) -> Journal:
        """What is kept of a node's present epoch."""
        return self.journals[(node, self.epochs.get(node, ""))]

    def transitions(self, node: str, device: str) -> list[Record]:
        """The transitions of a device in the order of their offsets."""
        kept = sorted(self.journal(node).records.items())
        return [record for _, record in kept if record.kind is RecordKind.TRANSITION and record.device == device]

    def states(self, node: str, device: str) -> list[str | None]:
        """The states of a device in the order of their offsets."""
        return [record.state for record in self.transitions(node, device)]

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe("spBv1.0/#", 1)
        for node in self._groups:
            self.rebirth(node)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if "/STATE/" in message.topic or "CMD/" in message.topic:
            return
        heard = Heard(parse_topic(message.topic), decode(bytes(message.payload)), message.qos, message.retain)
        with self._news:
            self.heard.append(heard)
            self._keep(heard)
            self._news.notify_all()

    def _keep(self, heard: Heard) -> None:
        node = heard.topic.node
        self._groups[node] = heard.topic.group
        if heard.topic.kind is MessageType.NBIRTH:
            self.epochs[node] = heard.value(births.JOURNAL_EPOCH)
            journal = self.journal(node)
            if not journal.records:
                journal.first = heard.value(births.JOURNAL_FIRST)
        found = [from_metric(metric, heard.topic.device) for metric in heard.payload.metrics]
        records = [record for record in found if record is not None]
        for record in records:
            self._keep_record(node, record)
        if self.acknowledging and (records or heard.topic.kind is MessageType.NBIRTH):
            self.acknowledge(node)

    def _keep_record(self, node: str, record: Record) -> None:
        journal = self.journal(node)
        journal.arrivals += 1
        kept = journal.records.setdefault(record.offset, record)
        assert kept == record, "one offset, two contents"
        if record.kind is RecordKind.DROP and record.body:
            body = read_body(record.body)
            journal.dropped.update(range(body["first"], body["last"] + 1))

    def acknowledge(self, node: str) -> None:
        """Say up to where nothing is missing."""
        mark = self.journal(node).high_water()
        record = self.journal(node).records.get(mark)
        self.acknowledgements += 1
        self.command(
            node,
            [
                Metric(births.JOURNAL_EPOCH, self.epochs[node], DataType.STRING),
                Metric(births.JOURNAL_ACK, mark, DataType.INT64),
                Metric(births.JOURNAL_DIGEST, digest(record) if record else "", DataType.STRING),
                Metric(births.JOURNAL_CREDIT, self.credit, DataType.INT32),
                Metric(births.SERVER_TIME, _now_ms() + self.clock_ahead_ms, DataType.DATETIME),
            ],
        )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
