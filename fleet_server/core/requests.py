"""What every route asks of the application: the database session of the request and the time."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlmodel import Session

from fleet_server.core.clock import Clock
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings


def database_of(request: Request) -> Database:
    """Return the application's database."""
    return cast(Database, request.app.state.database)


def settings_of(request: Request) -> Settings:
    """Return the application's settings."""
    return cast(Settings, request.app.state.settings)


def now_of(request: Request) -> datetime:
    """Return the application's current time."""
    return cast(Clock, request.app.state.clock)()


def read_session(request: Request) -> Iterator[Session]:
    """Give the request a session that only reads."""
    with database_of(request).reading() as session:
        yield session


def write_session(request: Request) -> Iterator[Session]:
    """Give the request one transaction, committed before the answer leaves."""
    with database_of(request).writing() as session:
        yield session


ReadSession = Annotated[Session, Depends(read_session, scope="function")]
WriteSession = Annotated[Session, Depends(write_session, scope="function")]
Now = Annotated[datetime, Depends(now_of)]
