"""Bringing a database to the newest schema."""

import sqlalchemy as sa
from sqlmodel import SQLModel

from fleet_server.core.db import Database
from fleet_server.migrations.tables import constraints, load_tables


def upgrade(database: Database) -> None:
    """Create or migrate every table, trigger and constraint."""
    load_tables()
    with database.write.begin() as connection:
        fresh = not sa.inspect(connection).has_table("organization")
        SQLModel.metadata.create_all(connection)
        if fresh:
            for statement in constraints(database.dialect):
                connection.exec_driver_sql(statement)
