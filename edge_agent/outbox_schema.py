"""The tables of a box's journal file, and opening it so that a power cut costs nothing."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_log = logging.getLogger(__name__)

_TABLES = """
CREATE TABLE IF NOT EXISTS journal (
    offset INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    device TEXT,
    at_ms INTEGER NOT NULL,
    boot TEXT NOT NULL,
    boottime_ms INTEGER NOT NULL,
    state TEXT,
    prev_ms INTEGER,
    quality TEXT,
    cause TEXT,
    body TEXT
);
CREATE INDEX IF NOT EXISTS journal_drops ON journal (offset) WHERE kind = 'drop';
CREATE INDEX IF NOT EXISTS journal_samples ON journal (offset) WHERE kind = 'sample';
CREATE TABLE IF NOT EXISTS fact (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alias (name TEXT PRIMARY KEY, alias INTEGER NOT NULL UNIQUE) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS standing (
    device TEXT PRIMARY KEY,
    offset INTEGER NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL,
    wall_ms INTEGER NOT NULL,
    boottime_ms INTEGER NOT NULL,
    boot TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identity (device TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS command (id TEXT PRIMARY KEY, device TEXT, at_ms INTEGER NOT NULL, done INTEGER NOT NULL)
    WITHOUT ROWID;
"""


class OutboxBusy(Exception):
    """Another agent works with the same data folder."""


def open_file(path: Path) -> sqlite3.Connection:
    """Open or make a journal file; a file that is no database is put aside under another name, with a log line.

    Raises: OutboxBusy.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise OutboxBusy(f"{path} is in use by another agent") from None
        raise
    except sqlite3.DatabaseError as error:
        broken = path.with_name(f"{path.name}.broken-{path.stat().st_mtime_ns}")
        _log.error("%s cannot be read (%s): kept as %s, a new journal is started", path, error, broken.name)
        path.replace(broken)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.executescript(f"BEGIN IMMEDIATE;{_TABLES}COMMIT;")  # one wait for the disk instead of one a table
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, durable: bool = True) -> Iterator[None]:
    """Run the block as one transaction; one that is not durable may be undone by a power cut, never torn."""
    if not durable:
        connection.execute("PRAGMA synchronous = NORMAL")
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    finally:
        if not durable:
            connection.execute("PRAGMA synchronous = FULL")
