"""Gaps, unknown aliases, malformed messages, wills of other sessions: each costs only itself."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from fleet_server.core.db import Database
from fleet_server.ingest.runner import Ingest
from fleet_server.nodes.models import Device, Node
from fleet_server.organizations.models import Organization
from fleet_server.usage.models import DeadLetter, JournalRecord
from telemetry.births import BD_SEQ
from telemetry.journal import to_metric
from telemetry.metrics import DataType, Metric, Payload, Property
from telemetry.payload import encode
from telemetry.topics import MessageType
from tests.conftest import StillClock
from tests.fleet_server.ingest.boxes import DEVICE, GROUP, NODE, Box, now_ms, transitions, wait_until

TEMPERATURE = Metric("Telemetry/Nozzle", 20.0, DataType.DOUBLE, 1, alias=7)
STEPS = [("standby", 1_000), ("in_use", 1_000), ("off", 1)]


def born_with(new_box: Callable[..., Box], **options: object) -> Box:
    box = new_box(**options)
    box.add_device(metrics=[TEMPERATURE])
    box.born()
    return box


def letters(database: Database) -> list[DeadLetter]:
    with database.reading() as session:
        return list(session.exec(select(DeadLetter)))


def node(database: Database, node_id: str = NODE) -> Node | None:
    with database.reading() as session:
        return session.get(Node, node_id)


def latest(database: Database) -> object:
    with database.reading() as session:
        found = session.exec(select(Device)).first()
    return found.metrics.get("Telemetry/Nozzle", [None])[0] if found is not None else None


def by_alias(value: float, alias: int = 7) -> Metric:
    return Metric(None, value, DataType.DOUBLE, now_ms(), alias)


def test_a_lost_message_asks_for_a_rebirth_after_which_all_is_well(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    box.answers_rebirths = True
    records = transitions(STEPS, now_ms() - 5_000)
    box.payload([to_metric(records[0], historical=False)])
    box.send_records(records[1:], historical=False)
    wait_until(lambda: box.rebirths() == 1)
    box.send_records(records, historical=True)
    wait_until(lambda: box.acked() == 3)


def test_an_unknown_alias_asks_for_a_rebirth_and_spoils_nothing_else(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    box.send(MessageType.DDATA, [by_alias(1.0, alias=99), by_alias(33.0)], DEVICE)
    wait_until(lambda: latest(database) == 33.0)
    wait_until(lambda: box.rebirths() == 1)


@pytest.mark.parametrize("payload", [b"", b"\xff\xfe no protobuf", b"\x12\xff\xff\xff\xff\x0f", b"{}"])
def test_a_malformed_payload_becomes_a_dead_letter_and_the_next_message_is_unaffected(
    ingest: Ingest, database: Database, new_box: Callable[..., Box], payload: bytes
) -> None:
    box = born_with(new_box)
    box.send_raw(box.topic(MessageType.DDATA, DEVICE), payload or encode(Payload(())) + b"\x0a")
    box.send(MessageType.DDATA, [by_alias(44.0)], DEVICE)
    wait_until(lambda: latest(database) == 44.0)
    (letter,) = letters(database)
    assert (letter.topic, letter.node_id) == (box.topic(MessageType.DDATA, DEVICE), NODE)


def test_a_record_that_cannot_be_read_is_dead_lettered_and_counts_as_received(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    records = transitions(STEPS, now_ms() - 5_000)
    good = to_metric(records[1], historical=True)
    bad = Metric(
        good.name,
        "dancing",
        DataType.STRING,
        good.timestamp,
        properties={**good.properties, "j": Property(DataType.UINT64, 2)},
    )
    box.send_records(records[:1], historical=True)
    box.send(MessageType.DDATA, [bad], DEVICE)
    box.send_records(records[2:], historical=True)
    wait_until(lambda: box.acked() == 3)
    assert "dancing" in letters(database)[0].reason


def test_a_will_of_an_earlier_session_is_ignored(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    box.bd_seq = 4
    box.born()
    box.send_raw(box.topic(MessageType.NDEATH), encode(Payload((Metric(BD_SEQ, 3, DataType.INT64),))))
    box.send(MessageType.DDATA, [by_alias(12.0)], DEVICE)
    wait_until(lambda: latest(database) == 12.0)
    found = node(database)
    assert found is not None
    assert found.online


def test_the_will_of_this_session_takes_the_node_off_line(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    wait_until(lambda: (found := node(database)) is not None and found.online)
    box.drop()
    wait_until(lambda: (found := node(database)) is not None and not found.online)
    found = node(database)
    assert found is not None
    assert found.liveness == "offline"


def test_a_node_at_a_site_that_is_not_its_own_is_refused(
    database: Database, clock: StillClock, ingest: Ingest, new_box: Callable[..., Box]
) -> None:
    with database.writing() as session:
        school = Organization(
            id="org_a", kind="school", name_zh="一中", name_en="No. 1", site_id=GROUP, created_at=clock()
        )
        session.add(school)
        session.flush()
        session.add(Node(id="n-moved", site_id=GROUP, organization_id="org_a"))
    ingest.writer.refresh_registry()
    born_with(new_box, node="n-moved", group="s-else")
    wait_until(lambda: bool(letters(database)))
    assert "s-else" in letters(database)[0].reason
    found = node(database, "n-moved")
    assert found is not None
    assert not found.online


def test_data_of_a_node_never_born_asks_for_its_birth(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = new_box()
    box.add_device()
    box.answers_rebirths = True
    records = transitions(STEPS, now_ms() - 5_000)
    box.send_records(records, historical=False)
    wait_until(lambda: (found := node(database)) is not None and found.online)
    box.send_records(records, historical=True)
    wait_until(lambda: box.acked() == 3)


def test_a_flood_of_malformed_messages_fills_neither_disk_nor_log(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    for _ in range(400):
        box.send_raw(box.topic(MessageType.NDATA), b"\xff")
    box.born()
    box.send(MessageType.DDATA, [by_alias(55.0)], DEVICE)
    wait_until(lambda: latest(database) == 55.0)
    assert 60 <= len(letters(database)) <= 120
    assert box.rebirths() <= 5


def test_a_second_host_saying_we_are_off_line_is_contradicted(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = new_box()
    states: list[bytes] = []
    box.listen("spBv1.0/STATE/fleet", states.append)
    wait_until(lambda: len(states) == 1)
    box.send_retained("spBv1.0/STATE/fleet", b'{"online": false, "timestamp": 1}')
    wait_until(lambda: len(states) >= 3)
    assert states[-1] == states[0]
    assert b'"online": true' in states[-1]


def test_records_already_stored_are_not_stored_again_after_a_restart(
    ingest: Ingest, database: Database, new_box: Callable[..., Box]
) -> None:
    box = born_with(new_box)
    box.send_records(transitions(STEPS, now_ms() - 5_000), historical=False)
    wait_until(lambda: box.acked() == 3)
    with database.reading() as session:
        assert len(session.exec(select(JournalRecord)).all()) == 3
