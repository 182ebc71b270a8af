"""Backups taken under load come back whole: the chain of change records holds and the triggers stand."""

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet_server.changes.sealing import head, seal, verify
from fleet_server.changes.service import record
from fleet_server.core.backup import BackupExists, BackupFailed, BackupUnreadable, RestoreNotEmpty, backup, restore
from fleet_server.core.db import Database, open_database
from fleet_server.core.scope import SYSTEM
from tests.conftest import StillClock
from tests.servers import Postgres

_numbers = itertools.count()


@pytest.fixture
def empty_url(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Iterator[str]:
    if database.dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored' / 'fleet.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = f"restored_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name}")
    yield server.url(name)
    server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def url_of(database: Database) -> str:
    return database.write.url.render_as_string(hide_password=False)


def while_writing(database: Database, clock: StillClock, work: Callable[[], None]) -> None:
    """Do work while another thread writes and seals change records."""
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        while not stop.is_set():
            with database.writing() as session:
                record(session, SYSTEM, "asset.move", "asset", "a", now=clock())
            seal(database)
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(20)
    try:
        work()
    finally:
        stop.set()
        writer.join()


def test_a_backup_under_load_restores_with_its_chain_whole(
    database: Database, clock: StillClock, empty_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "fleet.backup"
    while_writing(database, clock, lambda: backup(url_of(database), file))
    restore(empty_url, file)
    restored = open_database(empty_url)
    with restored.reading() as session:
        assert verify(session) == head(session, clock()).count >= 1
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), restored.writing() as session:
        session.execute(sa.text("DELETE FROM change_record"))
    restored.dispose()


def test_nothing_is_overwritten(database: Database, empty_url: str, tmp_path: Path) -> None:
    file = tmp_path / "fleet.backup"
    backup(url_of(database), file)
    with pytest.raises(BackupExists):
        backup(url_of(database), file)
    with pytest.raises(RestoreNotEmpty):
        restore(url_of(database), file)


@pytest.mark.parametrize("content", [b"", b"no backup at all", b"SQLite format 3\0" + b"x" * 4096])
def test_what_is_no_backup_is_refused(empty_url: str, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "fleet.backup"
    file.write_bytes(content)
    with pytest.raises((BackupUnreadable, BackupFailed)):
        restore(empty_url, file)
    with pytest.raises(BackupUnreadable):
        restore(empty_url, tmp_path / "missing")


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(BackupFailed):
        backup(f"sqlite:///{tmp_path / 'missing.db'}", tmp_path / "fleet.backup")
    assert list(tmp_path.iterdir()) == []
