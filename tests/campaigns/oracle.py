"""What the boxes' own files say happened, against what the server keeps: nothing lost, nothing double, sums equal."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from fleet_server.core.db import Database


@dataclass(frozen=True, slots=True)
class Verdict:
    """The figures of a campaign; all but `records` must be 0."""

    records: int
    lost: int
    double: int
    rollup_error_s: int


@dataclass(frozen=True, slots=True)
class Witness:
    """One record as its box journaled it."""

    offset: int
    kind: str
    device: str | None
    at_ms: int
    state: str | None


def witnesses(journal: Path) -> list[Witness]:
    """Return every record a box ever journaled, in order."""
    connection = sqlite3.connect(journal, timeout=10)
    try:
        rows = connection.execute("SELECT offset, kind, device, at_ms, state FROM witness ORDER BY offset").fetchall()
    finally:
        connection.close()
    return [Witness(*row) for row in rows]


def judge(database: Database, journals: dict[str, Path]) -> Verdict:
    """Compare every box's witness with the server's records, segments and hours."""
    told = {node: witnesses(path) for node, path in journals.items()}
    records = sum(map(len, told.values()))
    lost = sum(_lost(database, node, kept) for node, kept in told.items())
    error_ms = sum(_rollup_error_ms(database, node, kept) for node, kept in told.items())
    return Verdict(records, lost, _double(database), round(error_ms / 1000))


def _lost(database: Database, node: str, told: list[Witness]) -> int:
    query = sa.text('SELECT "offset" FROM journal_record WHERE node_id = :node')
    with database.reading() as session:
        kept = {row[0] for row in session.execute(query, {"node": node})}
    return len({record.offset for record in told} - kept)


def _double(database: Database) -> int:
    """Count records kept twice and segments of one device that overlap."""
    twice = "SELECT count(*) - count(DISTINCT node_id || epoch || '#' || \"offset\") FROM journal_record"
    overlap = (
        "SELECT count(*) FROM segment a JOIN segment b ON a.device_id = b.device_id "
        "AND a.start_ms < b.start_ms AND b.start_ms < a.end_ms"
    )
    with database.reading() as session:
        return sum(int(session.execute(sa.text(query)).scalar() or 0) for query in (twice, overlap))


def _rollup_error_ms(database: Database, node: str, told: list[Witness]) -> int:
    expected: Counter[tuple[str, str]] = Counter()
    for device, start, end, state in _stretches(told):
        expected[device, state] += end - start
    query = sa.text(
        "SELECT d.device_key, h.state, sum(h.ms) FROM device_hour h JOIN device d ON d.id = h.device_id "
        "WHERE d.node_id = :node GROUP BY d.device_key, h.state"
    )
    with database.reading() as session:
        found = Counter({(row[0], row[1]): int(row[2]) for row in session.execute(query, {"node": node})})
    return sum(abs(expected[key] - found[key]) for key in {*expected, *found})


def _stretches(told: list[Witness]) -> Iterator[tuple[str, int, int, str]]:
    """Yield each closed state of each device as (device, start, end, state)."""
    open_states: dict[str, Witness] = {}
    for record in told:
        if record.kind != "transition" or record.device is None:
            continue
        before = open_states.get(record.device)
        if before is not None:
            yield record.device, before.at_ms, record.at_ms, str(before.state)
        open_states[record.device] = record
