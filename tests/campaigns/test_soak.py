"""The soak's judge can say no, and a short soak finds nothing lost, nothing double."""

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from edge_agent.outbox import Outbox
from fleet_server.core.db import Database
from fleet_server.nodes.models import Device, Node
from fleet_server.usage.models import DeviceHour, JournalRecord, Segment
from tests.campaigns.fleet import WITNESS
from tests.campaigns.oracle import Verdict, judge
from tests.campaigns.soak import soak

TOLD = "INSERT INTO witness (offset, kind, device, at_ms, boot, boottime_ms, state) VALUES (?, ?, ?, ?, 'b', 0, ?)"
START_MS = 1_800_000_000_000


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A box that told of one minute in use and one minute standing by."""
    path = tmp_path / "n-1.db"
    Outbox(path).close()
    connection = sqlite3.connect(path)
    connection.executescript(WITNESS)
    steps = ((1, "in_use", 0), (2, "standby", 60_000), (3, "in_use", 120_000))
    rows = [(offset, "transition", "d", START_MS + at, state) for offset, state, at in steps]
    connection.executemany(TOLD, rows)
    connection.commit()
    connection.close()
    return path


@pytest.fixture
def kept(sqlite_database: Database) -> Database:
    """A server that keeps exactly what the box told."""
    with sqlite_database.writing() as session:
        session.add(Node(id="n-1", site_id="s-1"))
        session.flush()
        session.add(Device(id="dev_1", node_id="n-1", device_key="d"))
        for offset in (1, 2, 3):
            session.add(_received(offset))
        for start, state in ((START_MS, "in_use"), (START_MS + 60_000, "standby")):
            session.add(Segment(device_id="dev_1", start_ms=start, end_ms=start + 60_000, state=state))
            session.add(DeviceHour(device_id="dev_1", hour_ms=0, state=state, ms=60_000))
    return sqlite_database


def _received(offset: int) -> JournalRecord:
    return JournalRecord(
        node_id="n-1",
        epoch="e",
        offset=offset,
        kind="transition",
        boot="b",
        boottime_ms=0,
        device_ms=0,
        received_ms=0,
    )


def _spoil(database: Database, statement: str) -> None:
    with database.writing() as session:
        session.execute(sa.text(statement))


def test_equal_books_are_found_equal(kept: Database, journal: Path) -> None:
    assert judge(kept, {"n-1": journal}) == Verdict(3, 0, 0, 0)


def test_a_record_the_server_lacks_is_found_lost(kept: Database, journal: Path) -> None:
    _spoil(kept, 'DELETE FROM journal_record WHERE "offset" = 2')
    assert judge(kept, {"n-1": journal}).lost == 1


def test_segments_that_overlap_are_found_double(kept: Database, journal: Path) -> None:
    _spoil(kept, f"UPDATE segment SET end_ms = {START_MS + 61_000} WHERE state = 'in_use'")
    assert judge(kept, {"n-1": journal}).double == 1


def test_hours_that_do_not_add_up_are_found_wrong(kept: Database, journal: Path) -> None:
    _spoil(kept, "UPDATE device_hour SET ms = 57000 WHERE state = 'standby'")
    assert judge(kept, {"n-1": journal}).rollup_error_s == 3


@pytest.mark.timeout(900)
def test_kills_of_boxes_broker_and_server_lose_nothing_and_count_nothing_twice() -> None:
    verdict = soak(records=10_000, kills=20, seed=7)
    assert verdict.records >= 10_000
    assert (verdict.lost, verdict.double, verdict.rollup_error_s) == (0, 0, 0)
