"""Reads the running demo's database: boxes born, history still to come, printers checked out."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Arrival:
    """How far the boxes are: born since a moment, and the records those on line still have to send."""

    born: int
    pending: int


@dataclass(frozen=True, slots=True)
class CheckOut:
    """A booking someone just checked out: the asset's serial and when the booking ends (UTC text of the database)."""

    booking_id: str
    serial: str
    ends_at: str


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=2)
    with closing(connection):
        yield connection


def arrival(database: Path, since_text: str) -> Arrival:
    """Count boxes born since a moment (UTC text of the database) and their journals."""
    statement = (
        "SELECT COUNT(CASE WHEN online AND born_at >= ? THEN 1 END),"
        " COALESCE(SUM(CASE WHEN online THEN MAX(0, journal_next - 1 - COALESCE(journal_ack, 0)) END), 0)"
        " FROM node WHERE NOT foreign_node"
    )
    with _reading(database) as connection:
        born, pending = connection.execute(statement, (since_text,)).fetchone()
    return Arrival(born, pending)


def check_outs(database: Path, since_text: str) -> list[CheckOut]:
    """Return bookings of printers checked out at or after a moment (UTC text of the database) and not yet returned."""
    statement = (
        "SELECT booking.id, asset.serial, booking.ends_at FROM booking JOIN asset ON asset.id = booking.asset_id"
        " JOIN asset_type ON asset_type.id = asset.asset_type_id"
        " WHERE booking.state = 'checked_out' AND booking.checked_out_at >= ? AND asset_type.kind = 'printer_3d'"
    )
    with _reading(database) as connection:
        return [CheckOut(*row) for row in connection.execute(statement, (since_text,))]
