"""Many rows in one statement, past the ORM: the same SQL for both databases."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

Row = tuple[object, ...]
MAX_PARAMETERS = 30_000
"""PostgreSQL takes 65,535 a statement."""


@dataclass(frozen=True, slots=True)
class Insert:
    """An insert of some columns of a table, with what to do where a row is there already."""

    table: str
    columns: str
    conflict: str = ""

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return self.columns.count(",") + 1

    def statement(self, mark: str, rows: int = 1) -> str:
        """Return the statement for so many rows, with a placeholder for each value."""
        values = f"({', '.join([mark] * self.width)})"
        listed = ", ".join([values] * rows)
        return f'INSERT INTO "{self.table}" ({self.columns}) VALUES {listed} {self.conflict}'.rstrip()


def write_rows(session: Session, insert: Insert, rows: Sequence[Row]) -> None:
    """Insert rows, no two with the same key: one call to SQLite's driver, one statement a few thousand on PostgreSQL.

    psycopg's own executemany sends a message a row, which costs five times as much.
    """
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(insert.statement("?"), list(rows))
        return
    most = MAX_PARAMETERS // insert.width
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        values = tuple(value for row in part for value in row)
        connection.exec_driver_sql(insert.statement("%s", len(part)), values)
