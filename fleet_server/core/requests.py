"""What every route asks of the application: the database session of the request and the time."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Annotated, ParamSpec, TypeVar, cast

import anyio.lowlevel
import anyio.to_thread
from anyio import CancelScope, CapacityLimiter
from fastapi import Depends, Request
from sqlmodel import Session

from fleet_server.core.clock import Clock
from fleet_server.core.db import Database
from fleet_server.core.idempotency import Repeatable, keep, repeatable_transaction
from fleet_server.core.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")
_MOST_WAITING = 1000


def database_of(request: Request) -> Database:
    """Return the application's database."""
    return cast(Database, request.app.state.database)


def settings_of(request: Request) -> Settings:
    """Return the application's settings."""
    return cast(Settings, request.app.state.settings)


def now_of(request: Request) -> datetime:
    """Return the application's current time."""
    return cast(Clock, request.app.state.clock)()


async def waiting(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run work that may wait for its turn to write, apart from the threads that the one whose turn it is needs."""
    return await anyio.to_thread.run_sync(partial(work, *args, **kwargs), limiter=_limiter())


def read_session(request: Request) -> Iterator[Session]:
    """Give the request a session that only reads."""
    with database_of(request).reading() as session:
        yield session


async def write_session(request: Request) -> AsyncIterator[Session]:
    """Give the request one transaction, committed before the answer leaves; a repeated write is answered as before."""
    repeatable: Repeatable | None = getattr(request.state, "repeatable", None)
    async with _entered(_transaction(request, repeatable)) as session:
        yield session
        if repeatable is not None:
            await waiting(keep, session, repeatable, request.state.answer)


def _transaction(request: Request, repeatable: Repeatable | None) -> AbstractContextManager[Session]:
    database = database_of(request)
    if repeatable is None:
        return database.writing()
    return repeatable_transaction(database, request.app.state.turns, repeatable, now_of(request))


@asynccontextmanager
async def _entered(transaction: AbstractContextManager[Session]) -> AsyncIterator[Session]:
    with CancelScope(shield=True):  # a turn that came must not be lost with a caller who left
        session = await waiting(transaction.__enter__)
    try:
        yield session
    except BaseException as error:
        with CancelScope(shield=True):
            await waiting(transaction.__exit__, type(error), error, error.__traceback__)
        raise
    with CancelScope(shield=True):
        await waiting(transaction.__exit__, None, None, None)


def _limiter() -> CapacityLimiter:
    try:
        return _limiters.get()
    except LookupError:
        limiter = CapacityLimiter(_MOST_WAITING)
        _limiters.set(limiter)
        return limiter


_limiters: anyio.lowlevel.RunVar[CapacityLimiter] = anyio.lowlevel.RunVar("waiting_for_the_database")

ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
Now = Annotated[datetime, Depends(now_of)]
