"""Samples: one row a message, kept 30 days, read as a series of one metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.core.errors import Invalid
from fleet_server.usage.bulk import Insert, write_rows
from fleet_server.usage.models import DeadLetter, JournalRecord, Sample
from telemetry.metrics import Value

KEEP_MS = 30 * 86_400_000
MAX_POINTS = 5_000
_INSERT = Insert("sample", "device_id, at_ms, readings", "ON CONFLICT DO NOTHING")
_TABLE = sa.inspect(Sample).local_table


class TooManyPoints(Invalid):
    """A series with more points than one answer may hold."""

    code = "too_many_points"


@dataclass(frozen=True, slots=True)
class Point:
    """The readings of one step: mean, least and most of numbers, the last of anything else."""

    at_ms: int
    value: Value
    low: float | None = None
    high: float | None = None


def store(session: Session, rows: Sequence[tuple[str, int, Mapping[str, Value]]]) -> None:
    """Store samples (device id, time, readings); one already there for the same instant stays."""
    write_rows(session, _INSERT, [(key, at, orjson.dumps(readings).decode()) for key, at, readings in rows])


def samples(session: Session, device_id: str, metric: str, from_ms: int, to_ms: int, step_ms: int) -> list[Point]:
    """Return the metric over [from_ms, to_ms), one point a step that has readings.

    Raises: TooManyPoints when the steps exceed 5,000.
    """
    if (to_ms - from_ms) > MAX_POINTS * step_ms:
        raise TooManyPoints(most=MAX_POINTS, field="step")
    rows = session.execute(
        sa.select(_TABLE.c.at_ms, _TABLE.c.readings)
        .where(_TABLE.c.device_id == device_id, _TABLE.c.at_ms >= from_ms, _TABLE.c.at_ms < to_ms)
        .order_by(_TABLE.c.at_ms)
    )
    steps: dict[int, list[Value]] = {}
    for at, readings in rows:
        if metric in readings:
            steps.setdefault(from_ms + (at - from_ms) // step_ms * step_ms, []).append(readings[metric])
    return [_point(at, values) for at, values in steps.items()]


def _point(at_ms: int, values: Sequence[Value]) -> Point:
    numbers = [float(value) for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) != len(values):
        return Point(at_ms, values[-1])
    return Point(at_ms, sum(numbers) / len(numbers), min(numbers), max(numbers))


def forget_old(session: Session, now_ms: int, limit: int = 20_000) -> int:
    """Delete up to `limit` samples, dead letters and journal samples older than 30 days; return how many went."""
    before = now_ms - KEEP_MS
    journal, letters = sa.inspect(JournalRecord).local_table, sa.inspect(DeadLetter).local_table
    old = (
        sa.select(_TABLE.c.device_id, _TABLE.c.at_ms).where(_TABLE.c.at_ms < before).limit(limit),
        sa.select(journal.c.node_id, journal.c.epoch, journal.c.offset)
        .where(journal.c.kind == "sample", journal.c.received_ms < before)
        .limit(limit),
        sa.select(letters.c.id).where(letters.c.at_ms < before).limit(limit),
    )
    gone = 0
    for rows in old:
        columns = list(rows.selected_columns)
        table = columns[0].table
        deleted = sa.delete(table).where(sa.tuple_(*columns).in_(rows))
        gone += session.connection().execute(deleted).rowcount
    return gone
