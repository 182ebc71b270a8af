"""Many rows in one statement, past the ORM: the same SQL for both databases."""

from collections.abc import Sequence

from sqlmodel import Session

Row = tuple[object, ...]


def write_rows(session: Session, statement: str, rows: Sequence[Row]) -> None:
    """Run a statement with `?` for each value once a row, in one call to the driver."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name != "sqlite":
        statement = statement.replace("?", "%s")
    connection.exec_driver_sql(statement, list(rows))


def insert(table: str, columns: str, conflict: str = "") -> str:
    """Return an insert of comma-separated columns with `?` for each value and an optional conflict clause."""
    marks = ", ".join("?" for _ in columns.split(","))
    return f'INSERT INTO "{table}" ({columns}) VALUES ({marks}) {conflict}'.rstrip()
