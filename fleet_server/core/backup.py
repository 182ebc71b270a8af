"""Backups of a running server: a consistent copy of the whole database in one file, and back into an empty one."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy import URL, make_url

from fleet_server.core.errors import Conflict, FleetError, Invalid


class BackupFailed(FleetError):
    """The database's own tool failed; `reason` in params is its first line."""

    code = "backup_failed"


class BackupExists(Conflict):
    """The file to write is there already."""

    code = "backup_exists"


class RestoreNotEmpty(Conflict):
    """The database to restore into holds something."""

    code = "restore_not_empty"


class BackupUnreadable(Invalid):
    """The file is no backup, or a damaged one."""

    code = "backup_unreadable"


def backup(database_url: str, target: Path) -> None:
    """Write a consistent copy to a new file while others go on writing; nothing is left behind by a failure.

    Raises: BackupExists; BackupFailed.
    """
    if target.exists():
        raise BackupExists(file=str(target))
    url, partial = make_url(database_url), target.with_name(target.name + ".partial")
    try:
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(url.database or ""), partial)
        else:
            _run(url, "pg_dump", "--format=custom", "--no-owner", f"--file={partial}")
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def restore(database_url: str, source: Path) -> None:
    """Bring a backup into a database that holds nothing yet.

    Raises: BackupUnreadable; RestoreNotEmpty; BackupFailed.
    """
    url = make_url(database_url)
    if not source.is_file():
        raise BackupUnreadable(file=str(source))
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if path.exists():
            raise RestoreNotEmpty(database=str(path))
        _check_sqlite(source)
        path.parent.mkdir(parents=True, exist_ok=True)
        _copy_sqlite(source, path)
        return
    if _run(url, "psql", "-Atc", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").strip() != "0":
        raise RestoreNotEmpty(database=url.database)
    _run(url, "pg_restore", "--no-owner", "--single-transaction", "--exit-on-error", str(source))


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupFailed(reason=f"{source} does not exist")
    with (
        contextlib.closing(sqlite3.connect(source)) as origin,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        origin.backup(copy)


def _check_sqlite(source: Path) -> None:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
            (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
            connection.execute("SELECT 1 FROM organization LIMIT 1")
    except sqlite3.DatabaseError as error:
        raise BackupUnreadable(file=str(source)) from error
    if answer != "ok":
        raise BackupUnreadable(file=str(source))


def _run(url: URL, program: str, *arguments: str) -> str:
    """Run a tool of PostgreSQL; the password goes by environment, where other users cannot read it."""
    path = shutil.which(program)
    if path is None:
        raise BackupFailed(reason=f"{program} is missing: install postgresql-client")
    named = {"PGHOST": url.host, "PGPORT": url.port, "PGUSER": url.username, "PGPASSWORD": url.password}
    environment = os.environ | {name: str(value) for name, value in named.items() if value is not None}
    target = ["--dbname", str(url.database)]
    done = subprocess.run([path, *target, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise BackupFailed(reason=lines[0] if lines else program)
    return done.stdout
