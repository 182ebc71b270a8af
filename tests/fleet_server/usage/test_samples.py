"""Samples: one row a message, read as steps, let go after thirty days."""

import pytest
from sqlmodel import select

from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database
from fleet_server.usage.models import DeadLetter, JournalRecord, Sample
from fleet_server.usage.samples import KEEP_MS, Point, TooManyPoints, forget_old, samples, store
from tests.conftest import StillClock

NAME = "Telemetry/Nozzle"


def test_a_step_holds_the_mean_the_least_and_the_most(database: Database) -> None:
    with database.writing() as session:
        store(session, [("dev_1", 1_000 + second * 1_000, {NAME: 10.0 * second}) for second in range(4)])
        assert samples(session, "dev_1", NAME, 1_000, 5_000, 2_000) == [
            Point(1_000, 5.0, 0.0, 10.0),
            Point(3_000, 25.0, 20.0, 30.0),
        ]


def test_a_text_metric_shows_its_last_value_a_step(database: Database) -> None:
    with database.writing() as session:
        store(session, [("dev_1", 1_000, {NAME: "idle"}), ("dev_1", 1_500, {NAME: "打印"})])
        assert samples(session, "dev_1", NAME, 1_000, 3_000, 1_000) == [Point(1_000, "打印")]


def test_the_same_instant_twice_is_one_row(database: Database) -> None:
    with database.writing() as session:
        store(session, [("dev_1", 5, {NAME: 1}), ("dev_1", 5, {NAME: 2})])
        assert samples(session, "dev_1", NAME, 0, 10, 10) == [Point(0, 1.0, 1.0, 1.0)]


def test_more_steps_than_an_answer_holds_are_refused(database: Database) -> None:
    with database.reading() as session, pytest.raises(TooManyPoints):
        samples(session, "dev_1", NAME, 0, 5_001_000, 1_000)


def test_samples_and_letters_go_after_thirty_days_and_transitions_stay(database: Database, clock: StillClock) -> None:
    now = to_ms(clock())
    old = now - KEEP_MS - 1
    with database.writing() as session:
        store(session, [("dev_1", old, {}), ("dev_1", now, {})])
        session.add(DeadLetter(id="dead_1", at_ms=old, topic="t", reason="r"))
        for offset, kind in ((1, "sample"), (2, "transition")):
            session.add(JournalRecord(node_id="n", epoch="e", offset=offset, kind=kind, device_ms=old, received_ms=old))
    with database.writing() as session:
        assert forget_old(session, now) == 3
    with database.reading() as session:
        assert [row.at_ms for row in session.exec(select(Sample))] == [now]
        assert [row.kind for row in session.exec(select(JournalRecord))] == ["transition"]
