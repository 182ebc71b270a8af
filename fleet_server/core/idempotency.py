"""Writes that may be repeated: the same Idempotency-Key and body has one effect and gets the same answer.

The answer is kept in the transaction of its effect, so that a crash leaves both or neither. A refused write leaves
nothing, and may be tried again with the same key.
"""

import hashlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from fleet_server.core.access import identity_of
from fleet_server.core.db import Database, FifoLock
from fleet_server.core.errors import Invalid
from fleet_server.core.models import KeptAnswer

HEADER = "idempotency-key"
KEEP_FOR = timedelta(days=7)
_MAX_KEY = 128
_KEPT_HEADERS = ("etag", "location")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class IdempotencyConflict(Invalid):
    """The key was used for another request."""

    code = "idempotency_conflict"


class IdempotencyKeyInvalid(Invalid):
    """The key is empty, too long or not visible ASCII."""

    code = "idempotency_key_invalid"


class Replayed(Exception):
    """The write was done before; `answer` is what was said then."""

    def __init__(self, answer: Response) -> None:
        super().__init__("already done")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A write that carries a key: whose, which, and what was asked."""

    owner_id: str
    key: str
    fingerprint: str


class KeepingRoute(APIRoute):
    """A route that lets the transaction of a repeatable write see its answer before commit."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of one request."""
        handle = super().get_route_handler()

        async def keeping(request: Request) -> Response:
            request.state.repeatable = await _repeatable(request)
            try:
                request.state.answer = await handle(request)
            except Replayed as replayed:
                return replayed.answer
            return request.state.answer  # type: ignore[no-any-return]

        return keeping


def keep_answers(router: APIRouter) -> None:
    """Make every plain route of a router a keeping one; domains declare plain routers and need not know."""
    router.route_class = KeepingRoute
    for route in router.routes:
        if type(route) is APIRoute:
            route.__class__ = KeepingRoute


class Turns:
    """Lets writes with the same key in, one at a time in this process, so that the others hold no connection."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[tuple[str, str], tuple[FifoLock, int]] = {}

    @contextmanager
    def of(self, repeatable: Repeatable) -> Iterator[None]:
        """Wait for the turn of one key."""
        name = (repeatable.owner_id, repeatable.key)
        with self._guard:
            lock, users = self._locks.get(name, (FifoLock(), 0))
            self._locks[name] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            self._leave(name)

    def _leave(self, name: tuple[str, str]) -> None:
        with self._guard:
            lock, users = self._locks.pop(name)
            if users > 1:
                self._locks[name] = (lock, users - 1)


@contextmanager
def repeatable_transaction(
    database: Database, turns: Turns, repeatable: Repeatable, now: datetime
) -> Iterator[Session]:
    """Give a transaction that has taken the key; whoever was first has its answer kept by `keep` before commit.

    Raises: Replayed with the kept answer; IdempotencyConflict when the key stands for another request.
    """
    with turns.of(repeatable), database.writing() as session:
        _reserve(session, repeatable, now)
        yield session


def _reserve(session: Session, repeatable: Repeatable, now: datetime) -> None:
    """Take the key; another process with the same key waits here until the first one ends."""
    values: dict[str, Any] = {
        "owner_id": repeatable.owner_id,
        "key": repeatable.key,
        "fingerprint": repeatable.fingerprint,
    }
    values |= {"status": 0, "media_type": "", "headers": {}, "body": b"", "created_at": now}
    postgres = session.get_bind().dialect.name == "postgresql"
    insert: Any = (postgresql if postgres else sqlite).insert(KeptAnswer)
    taking = insert.values(**values).on_conflict_do_nothing().returning(col(KeptAnswer.key))
    if session.execute(taking).first() is not None:
        return
    kept = session.get_one(KeptAnswer, (repeatable.owner_id, repeatable.key))
    if kept.fingerprint != repeatable.fingerprint:
        raise IdempotencyConflict()
    raise Replayed(Response(kept.body, kept.status, kept.headers, kept.media_type or None))


def keep(session: Session, repeatable: Repeatable, answer: Response) -> None:
    """Keep the answer beside its effect."""
    kept = session.get_one(KeptAnswer, (repeatable.owner_id, repeatable.key))
    kept.status = answer.status_code
    kept.media_type = answer.headers.get("content-type", "")
    kept.headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    kept.body = bytes(answer.body)
    session.add(kept)
    session.flush()


def forget_old(database: Database, now: datetime) -> None:
    """Delete answers older than 7 days."""
    with database.writing() as session:
        session.execute(sa.delete(KeptAnswer).where(col(KeptAnswer.created_at) < now - KEEP_FOR))


async def _repeatable(request: Request) -> Repeatable | None:
    key = request.headers.get(HEADER)
    if key is None or request.method in _SAFE:
        return None
    if not 1 <= len(key) <= _MAX_KEY or not all("!" <= character <= "~" for character in key):
        raise IdempotencyKeyInvalid(field=HEADER)
    body = await request.body()
    identity = await identity_of(request)
    if identity.viewer is None:
        return None
    asked = (request.method, request.url.path, request.url.query, hashlib.sha256(body).hexdigest())
    return Repeatable(identity.viewer.person_id, key, hashlib.sha256("\n".join(asked).encode()).hexdigest())
