"""Bringing a database to the newest schema."""

from sqlmodel import SQLModel

from fleet_server.core.db import Database
from fleet_server.migrations.tables import load_tables


def upgrade(database: Database) -> None:
    """Create or migrate every table, trigger and constraint."""
    load_tables()
    SQLModel.metadata.create_all(database.write)
