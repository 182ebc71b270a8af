"""An edge node by others, without our journal, is taken in as the standard allows."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import col, select

from fleet_server.core.clock import utc_now
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.ingest.runner import start
from fleet_server.nodes.models import Device, Node
from fleet_server.usage.models import Segment
from fleet_server.usage.service import timeline
from telemetry.births import STATE
from telemetry.metrics import DataType, Metric
from telemetry.topics import MessageType
from tests.fleet_server.ingest.boxes import DEVICE, Box, now_ms, state_metric, wait_until
from tests.peers import peer_python


def device(database: Database) -> Device | None:
    with database.reading() as session:
        return session.exec(select(Device)).first()


def state_of(database: Database) -> str:
    found = device(database)
    return "" if found is None else found.state


@pytest.mark.peer
def test_a_pysparkplug_node_is_metered_from_births_states_and_deaths(
    sqlite_database: Database, settings: Settings
) -> None:
    running = start(sqlite_database, settings, utc_now)
    wait_until(lambda: running.connected)
    command = [str(peer_python("pysparkplug==0.6.1")), str(Path(__file__).with_name("foreign_node.py"))]
    with subprocess.Popen([*command, str(settings.mqtt_port)], text=True, stdin=subprocess.PIPE) as peer:
        assert peer.stdin is not None
        wait_until(lambda: state_of(sqlite_database) == "standby")
        peer.stdin.write("in_use 48.5\n")
        peer.stdin.flush()
        wait_until(lambda: state_of(sqlite_database) == "in_use")
        peer.stdin.write("stop\n")
        peer.stdin.flush()
        wait_until(lambda: state_of(sqlite_database) == "unknown")
    running.stop()
    with sqlite_database.reading() as session:
        node = session.get_one(Node, "foreign-1")
        found = session.exec(select(Segment).order_by(col(Segment.start_ms))).all()
    assert (node.status, node.online, node.properties["Properties/Hardware Make"]) == ("foreign", False, "Someone")
    assert [row.state for row in found][:1] == ["standby"]
    shown = device(sqlite_database)
    assert shown is not None
    assert (shown.serial, shown.state_cause) == ("F-1", "box_offline")


def test_a_device_without_a_journal_gets_segments_from_its_states(
    sqlite_database: Database, settings: Settings, new_box: Callable[..., Box]
) -> None:
    running = start(sqlite_database, settings, utc_now)
    wait_until(lambda: running.connected)
    begun = now_ms() - 3_000
    box = new_box(epoch=None)
    box.add_device(metrics=[state_metric("standby", begun)])
    box.born()
    box.send(MessageType.DDATA, [state_metric("in_use", begun + 1_000)], DEVICE)
    box.send(MessageType.DDATA, [state_metric("standby", begun + 2_000)], DEVICE)
    old = Metric(STATE, "fault", DataType.STRING, begun - 9_000, is_historical=True)
    box.send(MessageType.DDATA, [old, state_metric("off", begun + 2_500)], DEVICE)
    wait_until(lambda: state_of(sqlite_database) == "off")
    box.drop()
    wait_until(lambda: state_of(sqlite_database) == "unknown")
    running.stop()
    shown = device(sqlite_database)
    assert shown is not None
    with sqlite_database.reading() as session:
        spans = timeline(session, shown.id, begun, begun + 2_500, now_ms())
        after = timeline(session, shown.id, begun + 2_500, now_ms() + 5, now_ms() + 5)
    assert [(span.state, span.end_ms - span.start_ms) for span in spans] == [
        ("standby", 1_000),
        ("in_use", 1_000),
        ("standby", 500),
    ]
    assert [(span.state, span.cause) for span in after] == [("off", ""), ("unknown", "box_offline")]


def test_a_state_nobody_knows_is_unknown(
    sqlite_database: Database, settings: Settings, new_box: Callable[..., Box]
) -> None:
    running = start(sqlite_database, settings, utc_now)
    wait_until(lambda: running.connected)
    box = new_box(epoch=None)
    box.add_device(metrics=[state_metric("dancing", now_ms())])
    box.born()
    wait_until(lambda: state_of(sqlite_database) == "unknown")
    running.stop()
    shown = device(sqlite_database)
    assert shown is not None
    assert shown.state_cause == "bad_answer"
