"""What boxes send reaches the database once, in order, and is acknowledged after commit."""

from collections.abc import Callable

from sqlmodel import select

from fleet_server.core.db import Database
from fleet_server.ingest.runner import Ingest
from fleet_server.nodes.models import Device, Node
from fleet_server.usage.models import JournalRecord, Segment
from fleet_server.usage.rules import sum_states
from fleet_server.usage.service import timeline
from tests.fleet_server.ingest.boxes import DEVICE, NODE, Box, now_ms, transitions, wait_until

DAY = [("off", 3_600_000), ("standby", 600_000), ("in_use", 2_400_000), ("standby", 600_000), ("off", 1)]


def born_with(new_box: Callable[..., Box], **options: object) -> Box:
    box = new_box(**options)
    box.add_device()
    box.born()
    return box


def device(database: Database) -> Device:
    with database.reading() as session:
        return session.exec(select(Device).where(Device.device_key == DEVICE)).one()


def offsets(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.exec(select(JournalRecord.offset).order_by(JournalRecord.offset)))


def test_records_become_segments_and_are_acknowledged(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    start = now_ms() - 7_200_001
    box.send_records(transitions(DAY, start), historical=True)
    wait_until(lambda: box.acked() == 5)
    with database.reading() as session:
        found = session.exec(select(Segment).order_by(Segment.start_ms)).all()
    assert [(row.state, row.end_ms - row.start_ms) for row in found] == DAY[:-1]


def test_a_record_sent_three_times_counts_once(ingest: Ingest, database: Database, new_box: Callable[..., Box]) -> None:
    box = born_with(new_box)
    records = transitions(DAY, now_ms() - 7_200_001)
    for _ in range(3):
        box.send_records(records, historical=True)
    wait_until(lambda: box.acked() == 5)
    box.flush()
    wait_until(lambda: len(ingest.client.inbox) == 0)
    assert offsets(database) == [1, 2, 3, 4, 5]


def test_records_out_of_order_give_the_same_day(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    start = now_ms() - 7_200_001
    records = transitions(DAY, start)
    box.send_records([records[4], records[2], records[1]], historical=True)
    wait_until(lambda: offsets(database) == [2, 3, 5])
    assert box.acked() == 0
    box.send_records([records[3], records[0]], historical=True)
    wait_until(lambda: box.acked() == 5)
    with database.reading() as session:
        spans = timeline(session, device(database).id, start, start + 7_200_000, now_ms())
    assert sum_states(spans) == {"off": 3_600_000, "standby": 1_200_000, "in_use": 2_400_000}


def test_an_unknown_node_is_taken_in_as_foreign(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    wait_until(lambda: box.acked() == 0 and bool(box.commands))
    with database.reading() as session:
        node = session.get_one(Node, NODE)
    assert (node.status, node.online, node.journal_epoch) == ("foreign", True, "epoch-1")
