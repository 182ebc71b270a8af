"""News that leaves after commit: written in the transaction that made it, handed on by a job."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.core.db import Database
from fleet_server.core.models import OutboxEvent

log = logging.getLogger(__name__)

Handler = Callable[[Session, dict[str, Any], datetime], object]
"""Takes one event inside a transaction that also removes it: work in the database happens exactly once."""

Handlers = Mapping[str, Sequence[Handler]]
MAX_ATTEMPTS = 20
_LONGEST_WAIT_S = 3600


def publish(session: Session, topic: str, body: dict[str, Any], now: datetime) -> None:
    """Add an event to the caller's transaction."""
    session.add(OutboxEvent(topic=topic, body=body, created_at=now, not_before=now))
    session.flush()


def drain(database: Database, handlers: Handlers, now: datetime, limit: int = 100) -> int:
    """Hand on events that are due, oldest first, each in its own transaction; return how many went.

    A handler that fails puts its event back with a doubling delay; after 20 attempts it stays, and waits for a person.
    """
    done = 0
    for _ in range(limit):
        with database.reading() as session:
            event_id = session.exec(_due(now).limit(1)).first()
        if event_id is None:
            break
        done += _hand_on(database, handlers, event_id, now)
    return done


def stuck(session: Session) -> int:
    """Return how many events gave up."""
    return session.exec(
        select(sa.func.count()).select_from(OutboxEvent).where(col(OutboxEvent.attempts) >= MAX_ATTEMPTS)
    ).one()


def _due(now: datetime) -> Any:
    return (
        select(OutboxEvent.id)
        .where(col(OutboxEvent.not_before) <= now, col(OutboxEvent.attempts) < MAX_ATTEMPTS)
        .order_by(col(OutboxEvent.id))
    )


def _hand_on(database: Database, handlers: Handlers, event_id: int, now: datetime) -> bool:
    try:
        with database.writing() as session:
            event = _locked(session, event_id)
            if event is None:
                return False
            for handler in handlers.get(event.topic, ()):
                handler(session, event.body, now)
            session.delete(event)
        return True
    except Exception as error:
        log.exception("event %s could not be handed on", event_id)
        _put_back(database, event_id, f"{type(error).__name__}: {error}", now)
        return False


def _locked(session: Session, event_id: int) -> OutboxEvent | None:
    return session.exec(
        select(OutboxEvent).where(OutboxEvent.id == event_id).with_for_update(skip_locked=True)
    ).one_or_none()


def _put_back(database: Database, event_id: int, error: str, now: datetime) -> None:
    with database.writing() as session:
        event = _locked(session, event_id)
        if event is not None:
            event.attempts += 1
            event.last_error = error.replace("\0", "")[:300]
            event.not_before = now + timedelta(seconds=min(_LONGEST_WAIT_S, 2**event.attempts))
            session.add(event)
