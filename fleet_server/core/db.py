"""The database: engines for reading and writing, column types, one session a request."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; naive times are refused, SQLite keeps sortable fixed-width text."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """Return what a value is in Python; cursors are checked against it."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite stores it without zone.

        Raises: ValueError for a naive time.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone must not reach the database")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSON_TYPE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


@dataclass(frozen=True, slots=True)
class Database:
    """A write engine, a read engine and the lock that queues SQLite's writers in this process."""

    write: Engine
    read: Engine
    writer_lock: "FifoLock"

    @property
    def dialect(self) -> str:
        """Return `sqlite` or `postgresql`."""
        return self.write.dialect.name

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose work is committed at the end, rolled back on an error."""
        with self.queued(), Session(self.write, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that only reads."""
        with Session(self.read, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def queued(self) -> Iterator[None]:
        """Wait for this process's turn to write (SQLite has one writer; its busy handler starves)."""
        if self.dialect != "sqlite":
            yield
            return
        with self.writer_lock:
            yield

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.write.dispose()
        self.read.dispose()


class FifoLock:
    """A lock that lets waiters in by order of arrival."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: list[threading.Event] = []

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.pop(0).set()
            else:
                self._held = False


def open_database(url: str) -> Database:
    """Open the database at a `sqlite:///path` or `postgresql+psycopg://…` URL."""
    if url.startswith("sqlite"):
        return Database(_sqlite(url, writing=True), _sqlite(url, writing=False), FifoLock())
    engine = sa.create_engine(url, pool_size=10, max_overflow=10, pool_pre_ping=True)
    return Database(engine, engine, FifoLock())


def _sqlite(url: str, *, writing: bool) -> Engine:
    engine = sa.create_engine(url, connect_args={"timeout": 10}, pool_size=1 if writing else 8, max_overflow=4)

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")
        if not writing:
            connection.execute("PRAGMA query_only=ON")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
