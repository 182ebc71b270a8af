"""News leaves after commit, exactly once for work in the database, and waits when a handler fails."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from fleet_server.changes.models import ChangeRecord
from fleet_server.changes.service import record
from fleet_server.core.db import Database
from fleet_server.core.models import OutboxEvent
from fleet_server.core.outbox import MAX_ATTEMPTS, drain, publish, stuck
from fleet_server.core.scope import SYSTEM
from tests.conftest import StillClock


def events(database: Database) -> list[OutboxEvent]:
    with database.reading() as session:
        return list(session.exec(select(OutboxEvent)))


def hear(session: Session, body: dict[str, Any], now: datetime) -> None:
    record(session, SYSTEM, "test.hear", "event", str(body["number"]), now=now)


def heard(database: Database) -> list[int]:
    with database.reading() as session:
        return sorted(int(one) for one in session.exec(select(ChangeRecord.object_id)))


def refuse(_session: Session, _body: dict[str, Any], _now: datetime) -> None:
    raise RuntimeError("not today")


def test_news_of_a_transaction_that_failed_never_leaves(database: Database, clock: StillClock) -> None:
    def say_and_fail(session: Session) -> None:
        publish(session, "said", {"number": 1}, clock())
        raise RuntimeError

    with pytest.raises(RuntimeError), database.writing() as session:
        say_and_fail(session)
    assert drain(database, {"said": (hear,)}, clock()) == 0


def test_each_event_is_handed_on_once_however_many_drain_at_once(database: Database, clock: StillClock) -> None:
    with database.writing() as session:
        for number in range(20):
            publish(session, "said", {"number": number}, clock())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: drain(database, {"said": (hear,)}, clock(), limit=20), range(4)))
    while events(database):
        drain(database, {"said": (hear,)}, clock())
    assert heard(database) == list(range(20))


def test_an_event_whose_handler_fails_waits_longer_each_time_and_then_for_a_person(
    database: Database, clock: StillClock
) -> None:
    with database.writing() as session:
        publish(session, "said", {"number": 1}, clock())
    handlers = {"said": (hear, refuse)}
    drain(database, handlers, clock())
    (event,) = events(database)
    assert event.attempts == 1
    assert "not today" in event.last_error
    assert event.not_before > clock()
    for _ in range(MAX_ATTEMPTS + 3):
        drain(database, handlers, clock.advance(3600))
    with database.reading() as session:
        assert stuck(session) == 1
    assert [event.topic for event in events(database)] == ["said"]
    assert heard(database) == []
