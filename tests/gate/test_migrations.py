"""The migrations make exactly the schema that the models describe."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from fleet_server.core.db import Database
from fleet_server.migrations.tables import load_tables


def test_migrations_equal_models(database: Database) -> None:
    load_tables()
    with database.write.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_migrated_database_knows_its_version(database: Database) -> None:
    with database.reading() as session:
        assert session.execute(sa.text("select count(*) from alembic_version")).scalar() == 1
