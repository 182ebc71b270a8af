"""An ingest process killed in mid-stream loses nothing and counts nothing twice."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

from sqlmodel import col, select

from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.usage.models import DeviceHour, JournalEpoch, JournalRecord, Segment
from telemetry.journal import Record
from tests.fleet_server.ingest.boxes import Box, now_ms, transitions, wait_until
from tests.servers import Broker

COUNT = 1_500
_WRITER = """
import sys
from fleet_server.core.clock import utc_now
from fleet_server.core.db import open_database
from fleet_server.core.settings import Settings
from fleet_server.ingest.runner import start
running = start(open_database(sys.argv[1]), Settings(mqtt_port=int(sys.argv[2])), utc_now)
print("started", flush=True)
sys.stdin.read()
running.stop()
"""


@contextlib.contextmanager
def writer_process(url: str, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", _WRITER, url, str(settings.mqtt_port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"started\n"
        yield process
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def test_kills_in_mid_stream_lose_nothing_and_double_nothing(
    database: Database, database_url: str, settings: Settings, broker: Broker
) -> None:
    box = Box(broker.port)
    box.answers_rebirths = True
    box.add_device()
    states = ["standby", "setup", "in_use", "off"]
    start = now_ms() - COUNT * 60_000
    records = transitions([(states[number % 4], 60_000) for number in range(COUNT)], start)
    for target in (COUNT // 4, COUNT // 2, COUNT):
        with writer_process(database_url, settings) as process:
            box.born()
            drain(box, records, target)
            if target < COUNT:
                process.send_signal(signal.SIGKILL)
    box.close()
    with database.reading() as session:
        assert list(session.exec(select(JournalRecord.offset).order_by(col(JournalRecord.offset)))) == [
            record.offset for record in records
        ]
        epoch = session.exec(select(JournalEpoch)).one()
        assert (epoch.high_water, epoch.ahead) == (COUNT, 0)
        segments = session.exec(select(Segment).order_by(col(Segment.start_ms))).all()
        hours = session.exec(select(DeviceHour)).all()
    assert [row.start_ms for row in segments] == [record.timestamp for record in records[:-1]]
    assert sum(row.end_ms - row.start_ms for row in segments) == (COUNT - 1) * 60_000
    assert sum(row.ms for row in hours) == (COUNT - 1) * 60_000


def drain(box: Box, records: list[Record], target: int) -> None:
    """Go back N: a window behind the mark, sent again when nothing moves for a second; stops once past the target."""
    sent, moved_at, mark = box.acked(), time.monotonic(), box.acked()
    deadline = moved_at + 60
    while mark < target:
        assert time.monotonic() < deadline, f"stuck at {mark}"
        now_acked = box.acked()
        if now_acked > mark:
            mark, moved_at = now_acked, time.monotonic()
        if time.monotonic() - moved_at > 1:
            sent, moved_at = mark, time.monotonic()
        end = min(mark + 800, len(records))
        if sent < end:
            box.send_records(records[sent:end], historical=True)
            sent = end
        time.sleep(0.005)


def test_a_broker_that_is_killed_and_comes_back_loses_nothing(
    sqlite_database: Database, sqlite_url: str, settings: Settings, broker: Broker
) -> None:
    box = Box(broker.port)
    box.answers_rebirths = True
    box.add_device()
    records = transitions([("standby", 1_000), ("in_use", 1_000)] * 200, now_ms() - 400_000)
    with writer_process(sqlite_url, settings):
        box.born()
        drain(box, records, 100)
        broker.kill()
        broker.start()
        drain(box, records, 400)
    box.close()
    with sqlite_database.reading() as session:
        assert len(session.exec(select(JournalRecord)).all()) == 400


def test_a_restarted_ingest_asks_boxes_it_knew_for_their_births(
    sqlite_database: Database, sqlite_url: str, settings: Settings, broker: Broker
) -> None:
    box = Box(broker.port)
    box.add_device()
    with writer_process(sqlite_url, settings):
        wait_until(lambda: be_born(box))
        asked = box.rebirths()
    with writer_process(sqlite_url, settings):
        wait_until(lambda: box.rebirths() > asked)
    box.close()


def be_born(box: Box) -> bool:
    """Say so until the server hears it, and tell whether it has."""
    box.born()
    time.sleep(0.1)
    return any("Journal/Epoch" in command.metrics for command in box.commands)
