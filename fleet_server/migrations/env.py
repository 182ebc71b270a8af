"""What Alembic runs: the migrations over the database it was given, in one transaction."""

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

from fleet_server.core.db import Database
from fleet_server.migrations.tables import load_tables

MIGRATION_LOCK = 7_231_004
"""Key of the PostgreSQL advisory lock that keeps two servers from migrating at once."""


def run(database: Database) -> None:
    """Apply what is missing; a second process waits for the first."""
    load_tables()
    with database.write.connect() as connection, connection.begin():
        if database.dialect == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            transactional_ddl=True,
            render_as_batch=database.dialect == "sqlite",
        )
        context.run_migrations()


run(context.config.attributes["database"])
