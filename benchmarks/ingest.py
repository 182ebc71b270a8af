"""Durable ingest with a real Mosquitto: messages committed a second, against the same client only receiving."""

import itertools
import json
import multiprocessing
import socket
import statistics
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import sqlalchemy as sa
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.result import Row
from fleet_server.core.clock import to_ms, utc_now
from fleet_server.core.db import open_database
from fleet_server.core.settings import Settings
from fleet_server.ingest.client import HostClient, Inbox
from fleet_server.ingest.runner import start
from fleet_server.migrations.apply import upgrade
from telemetry.births import BD_SEQ, SERIAL
from telemetry.metrics import DataType, Metric, Payload
from telemetry.payload import encode
from tests.servers import Postgres, running_broker, running_postgres

NODES, DEVICES, MESSAGES, ROUNDS = 20, 5, 12_000, 3
SPREAD_MS = 4_000
"""The messages' own times lie this far back at most, so that none looks like a wrong clock."""
COMMAND = "python -m benchmarks.ingest"
_KINDS = {"SQLite": 0.45, "PostgreSQL": 0.40}
"""The databases, each with the ratio aimed at against the ingest's own client."""
_OWN, _PLAIN = "the same client receiving only", "plain paho receiving only"
_PLAIN_TARGET = 0.9
_FIELDS = [*[DataType.DOUBLE] * 12, *[DataType.INT64] * 4, *[DataType.BOOLEAN] * 2, *[DataType.STRING] * 2]


def metric(number: int, datatype: DataType, at: int, name: str | None) -> Metric:
    """Return one of the 20 metrics; a birth carries the name too."""
    values = {DataType.DOUBLE: 21.5 + number, DataType.INT64: 10_000 + at % 997, DataType.BOOLEAN: True}
    return Metric(name, values.get(datatype, "printing"), datatype, at, alias=number)


def births(at: int) -> Iterator[tuple[str, bytes]]:
    """Yield the births of every node and device."""
    for node in range(NODES):
        yield f"spBv1.0/bench/NBIRTH/n-{node}", encode(Payload((Metric(BD_SEQ, 0, DataType.INT64, at),), at, 0))
        for device in range(DEVICES):
            declared = [
                metric(device * 20 + number, datatype, at, f"Telemetry/Value {number}")
                for number, datatype in enumerate(_FIELDS)
            ]
            serial = Metric(SERIAL, f"B-{node}-{device}", DataType.STRING, at)
            yield f"spBv1.0/bench/DBIRTH/n-{node}/d-{device}", encode(Payload((serial, *declared), at, device + 1))


def readings(at: int) -> Iterator[tuple[str, bytes]]:
    """Yield messages of 20 metrics, node by node, as boxes would send them."""
    sequence = [DEVICES] * NODES
    turns = itertools.cycle(itertools.product(range(DEVICES), range(NODES)))
    for number, (device, node) in zip(range(MESSAGES), turns, strict=False):
        sequence[node] = (sequence[node] + 1) % 256
        moment = at - SPREAD_MS + number * SPREAD_MS // MESSAGES
        metrics = tuple(metric(device * 20 + n, datatype, moment, None) for n, datatype in enumerate(_FIELDS))
        yield f"spBv1.0/bench/DDATA/n-{node}/d-{device}", encode(Payload(metrics, moment, sequence[node]))


def packet(topic: str, payload: bytes) -> bytes:
    """Return an MQTT 3.1.1 PUBLISH at QoS 0."""
    body = struct.pack("!H", len(topic)) + topic.encode() + payload
    length, size = bytearray(), len(body)
    while True:
        size, digit = divmod(size, 128)
        length.append(digit | (0x80 if size else 0))
        if not size:
            return b"\x30" + bytes(length) + body


@contextmanager
def publisher(port: int) -> Iterator[socket.socket]:
    """Give a bare connection to the broker that sends ready-made packets: it takes next to no time of its own."""
    name = b"bench-publisher"
    body = b"\x00\x04MQTT\x04\x02\x00\x00" + struct.pack("!H", len(name)) + name
    with closing(socket.create_connection(("127.0.0.1", port))) as connection:
        connection.sendall(b"\x10" + bytes([len(body)]) + body)
        assert connection.recv(4)[3] == 0
        yield connection


def receive_only(port: int, ready: Callable[[], object], done: Callable[[], object]) -> None:
    """Take messages with the ingest's own client and throw them away."""
    inbox = Inbox()
    client = HostClient(Settings(mqtt_port=port), inbox, lambda: to_ms(utc_now()))
    client.start()
    while not client.connected:
        time.sleep(0.01)
    ready()
    count = 0
    while count < MESSAGES:
        count += sum("/DDATA/" in message.topic for message in inbox.take(500, 0.1))
    done()
    client.stop()


def plain_receive_only(port: int, ready: Callable[[], object], done: Callable[[], object]) -> None:
    """Take messages with paho as it comes and count them."""
    count, arrived = itertools.count(1), threading.Event()

    def on_message(_client: object, _data: object, message: mqtt.MQTTMessage) -> None:
        if "/DDATA/" in message.topic and next(count) == MESSAGES:
            arrived.set()

    def on_subscribe(*_: object) -> None:
        ready()

    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = on_message
    client.on_subscribe = on_subscribe
    client.connect("127.0.0.1", port)
    client.subscribe("spBv1.0/#")
    client.loop_start()
    arrived.wait(120)
    done()
    client.loop_stop()


def durable(port: int, url: str, ready: Callable[[], object], done: Callable[[], object]) -> None:
    """Run the ingest until every message is a committed row."""
    database = open_database(url)
    running = start(database, Settings(mqtt_port=port), utc_now)
    while not running.connected:
        time.sleep(0.01)
    ready()
    count = 0
    while count < MESSAGES:
        time.sleep(0.02)
        if running.writer.stored_samples >= MESSAGES:
            with database.reading() as session:
                count = session.execute(sa.text("SELECT count(*) FROM sample")).scalar_one()
    done()
    running.stop()


def _child(port: int, kind: str, url: str, pipe: "multiprocessing.connection.Connection") -> None:
    def tell(word: str) -> Callable[[], object]:
        return lambda: pipe.send(word)

    if kind == _PLAIN:
        plain_receive_only(port, tell("ready"), tell("done"))
    elif kind == _OWN:
        receive_only(port, tell("ready"), tell("done"))
    else:
        durable(port, url, tell("ready"), tell("done"))


def rate(kind: str, url: str) -> float:
    """Return messages a second from the first sent to the last received or committed."""
    context = multiprocessing.get_context("spawn")
    with running_broker() as broker:
        ours, theirs = context.Pipe()
        child = context.Process(target=_child, args=(broker.port, kind, url, theirs))
        child.start()
        assert ours.recv() == "ready"
        with publisher(broker.port) as connection:
            connection.sendall(b"".join(packet(*item) for item in births(to_ms(utc_now()))))
            rest = b"".join(packet(*item) for item in readings(to_ms(utc_now())))
            time.sleep(2)
            started = time.perf_counter()
            connection.sendall(rest)
            assert ours.poll(120), "the messages never all came"
            took = time.perf_counter() - started
        child.join(30)
    return MESSAGES / took


def measure() -> dict[str, list[float]]:
    """Measure each kind in turn, round after round, so that a busy machine disturbs all alike."""
    rates: dict[str, list[float]] = {kind: [] for kind in (_OWN, _PLAIN, *_KINDS)}
    with running_postgres() as postgres, tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            for kind, found in rates.items():
                found.append(rate(kind, _url(kind, number, postgres, Path(folder))))
    return rates


def _url(kind: str, number: int, postgres: Postgres, folder: Path) -> str:
    if kind not in _KINDS:
        return ""
    url = f"sqlite:///{folder}/{number}.db"
    if kind == "PostgreSQL":
        postgres.execute(f"CREATE DATABASE bench_{number}")
        url = postgres.url(f"bench_{number}")
    database = open_database(url)
    upgrade(database)
    database.dispose()
    return url


def rows() -> list[Row]:
    """Return a row for each database against each floor; the ratio is the median of the rounds' ratios."""
    rates = measure()
    own = [_row(rates, kind, _OWN, target) for kind, target in _KINDS.items()]
    return own + [_row(rates, kind, _PLAIN, _PLAIN_TARGET) for kind in _KINDS]


def _row(rates: dict[str, list[float]], kind: str, floor: str, target: float) -> Row:
    pairs = zip(rates[kind], rates[floor], strict=True)
    return Row(
        what=f"durable ingest, {kind}",
        against=floor,
        ratio=statistics.median(one / other for one, other in pairs),
        target=f"≥ {target:.2f}",
        detail=f"{statistics.median(rates[kind]):,.0f} of {statistics.median(rates[floor]):,.0f} messages/s "
        f"of 20 metrics, {ROUNDS} rounds of {MESSAGES:,}, 0 lost",
        command=COMMAND,
    )


if __name__ == "__main__":
    print(json.dumps([row.as_dict() for row in rows()]))
