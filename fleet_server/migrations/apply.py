"""Bringing a database to the newest schema, and drafting the next migration."""

import functools
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlmodel import Session

from fleet_server.core.db import Database, open_database


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["database"] = database
    return config


def upgrade(database: Database) -> None:
    """Create or migrate every table, trigger and constraint, in one transaction."""
    command.upgrade(_config(database), "head")


@functools.cache
def newest() -> str:
    """Return the version of the schema this program was written for."""
    return str(ScriptDirectory(str(Path(__file__).parent)).get_current_head())


def is_current(session: Session) -> bool:
    """Return whether the database has that schema."""
    if not sa.inspect(session.connection()).has_table("alembic_version"):
        return False
    return session.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == newest()


def draft(url: str, message: str) -> None:
    """Write the next migration from the difference between the database at `url` and the models."""
    database = open_database(url)
    upgrade(database)
    command.revision(_config(database), message=message, autogenerate=True)


if __name__ == "__main__":
    draft(sys.argv[1], sys.argv[2])
