"""What boxes send reaches the database once, in order, and is acknowledged after commit."""

from collections.abc import Callable

from sqlmodel import col, select

from fleet_server.core.db import Database
from fleet_server.ingest.runner import Ingest
from fleet_server.nodes.models import Device, Node
from fleet_server.usage.models import JournalGap, JournalRecord, Segment
from fleet_server.usage.rules import sum_states
from fleet_server.usage.samples import samples
from fleet_server.usage.service import timeline
from telemetry.births import JOURNAL_CREDIT, JOURNAL_DIGEST
from telemetry.journal import Record, RecordKind, digest, to_metric
from telemetry.metrics import DataType, Metric
from telemetry.topics import MessageType
from tests.fleet_server.ingest.boxes import DEVICE, NODE, Box, as_json, now_ms, transitions, wait_until

DAY = [("off", 3_600_000), ("standby", 600_000), ("in_use", 2_400_000), ("standby", 600_000), ("off", 1)]


def born_with(new_box: Callable[..., Box], **options: object) -> Box:
    box = new_box(**options)
    box.add_device()
    box.born()
    return box


def device(database: Database) -> Device:
    wait_until(lambda: _device(database) is not None)
    found = _device(database)
    assert found is not None
    return found


def _device(database: Database) -> Device | None:
    with database.reading() as session:
        return session.exec(select(Device).where(Device.device_key == DEVICE)).first()


def offsets(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.exec(select(JournalRecord.offset).order_by(col(JournalRecord.offset))))


def test_records_become_segments_and_are_acknowledged(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    start = now_ms() - 7_200_001
    box.send_records(transitions(DAY, start), historical=True)
    wait_until(lambda: box.acked() == 5)
    with database.reading() as session:
        found = session.exec(select(Segment).order_by(col(Segment.start_ms))).all()
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


def test_records_of_a_device_that_is_not_born_are_kept(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    box.send_records(transitions([("standby", 5), ("off", 1)], now_ms(), device="taken-out"), historical=True)
    wait_until(lambda: box.acked() == 2)


def test_a_drop_record_lets_the_mark_pass_what_was_dropped(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    records = transitions(DAY, now_ms() - 7_200_001)
    body = as_json({"first": 2, "last": 3, "count": 2})
    drop = Record(6, RecordKind.DROP, None, now_ms(), "b1", 7_300_000, body=body)
    box.send_records([drop, records[0], records[3], records[4]], historical=True)
    wait_until(lambda: box.acked() == 6)
    with database.reading() as session:
        gap = session.exec(select(JournalGap)).one()
    assert (gap.first, gap.last, gap.cause) == (2, 3, "journal_dropped")


def test_what_a_box_no_longer_holds_becomes_a_labelled_gap(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    start = now_ms() - 7_200_001
    records = transitions(DAY, start)
    box.send_records(records[:1], historical=True)
    wait_until(lambda: box.acked() == 1)
    box.first = 4
    box.born()
    box.send_records(records[3:], historical=True)
    wait_until(lambda: box.acked() == 5)
    with database.reading() as session:
        spans = timeline(session, device(database).id, start, start + 7_200_000, now_ms())
    assert [(span.state, span.cause) for span in spans] == [("unknown", "journal_gap"), ("standby", "")]


def test_the_acknowledgement_carries_the_digest_of_the_record_at_the_mark(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    records = transitions(DAY, now_ms() - 7_200_001)
    box.send_records(records, historical=True)
    wait_until(lambda: box.acked() == 5)
    assert box.commands[-1].metrics[JOURNAL_DIGEST] == digest(records[-1])
    assert box.commands[-1].metrics[JOURNAL_CREDIT] == 1000


def test_late_history_does_not_move_the_state_now(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = new_box()
    start = now_ms() - 7_200_001
    records = transitions(DAY, start)
    box.add_device(metrics=[to_metric(records[-1], historical=False)])
    box.born()
    wait_until(lambda: offsets(database) == [5])
    assert device(database).state == "off"
    box.send_records(records[:-1], historical=True)
    wait_until(lambda: box.acked() == 5)
    found = device(database)
    assert (found.state, found.state_since_ms) == ("off", records[-1].timestamp)


def test_samples_are_kept_and_the_latest_values_shown(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    at = now_ms()
    hot = Metric("Telemetry/Nozzle", 210.5, DataType.DOUBLE, at)
    old = Metric("Telemetry/Nozzle", 20.0, DataType.DOUBLE, at - 60_000, is_historical=True)
    box.send(MessageType.DDATA, [hot], DEVICE, at)
    box.send(MessageType.DDATA, [old], DEVICE, at + 5)
    wait_until(lambda: "Telemetry/Nozzle" in device(database).metrics)
    assert device(database).metrics["Telemetry/Nozzle"] == [210.5, at]
    with database.reading() as session:
        points = samples(session, device(database).id, "Telemetry/Nozzle", at - 120_000, at + 60_000, 60_000)
    assert [point.value for point in points] == [20.0, 210.5]
