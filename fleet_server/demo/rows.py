"""Rows in bulk."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

Row = dict[str, Any]


def insert(session: Session, table: type[Any], rows: list[Row], chunk: int = 2_000) -> None:
    """Insert many rows at once; columns left out get their defaults."""
    for at in range(0, len(rows), chunk):
        session.connection().execute(sa.insert(table), rows[at : at + chunk])
