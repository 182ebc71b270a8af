"""Marks: which stretches of which days must be computed again, set in the transaction that changed them."""

import secrets
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.utilization.models import DirtyDay

DAY_MS = 86_400_000
REACH_BACK_DAYS = 800
"""Two school years: no single stretch re-opens more."""

_UPSERT = sa.text(
    "INSERT INTO dirty_day (subject_id, utc_day, from_ms, until_ms, seal)"
    " VALUES (:subject_id, :utc_day, :from_ms, :until_ms, :seal)"
    " ON CONFLICT (subject_id, utc_day) DO UPDATE SET seal = excluded.seal,"
    " from_ms = CASE WHEN excluded.from_ms < dirty_day.from_ms THEN excluded.from_ms ELSE dirty_day.from_ms END,"
    " until_ms = CASE WHEN excluded.until_ms > dirty_day.until_ms THEN excluded.until_ms ELSE dirty_day.until_ms END"
)


def reopen(session: Session, spans: Iterable[tuple[str, int, int]]) -> None:
    """Mark stretches (device or asset id, start, end in ms UTC) to be computed again, in the caller's transaction.

    One statement whatever the number of spans; empty spans mark nothing. Rows are locked in one order, so that two
    writers never wait for each other in a circle.
    """
    seal = secrets.randbits(62)
    marks: dict[tuple[str, int], tuple[int, int]] = {}
    for subject, start, end in spans:
        for day, first, last in _days(start, end):
            known = marks.get((subject, day), (first, last))
            marks[subject, day] = (min(known[0], first), max(known[1], last))
    if marks:
        rows = [
            {"subject_id": key[0], "utc_day": key[1], "from_ms": first, "until_ms": last, "seal": seal}
            for key, (first, last) in sorted(marks.items())
        ]
        session.execute(_UPSERT, rows)


def pending(session: Session) -> int:
    """Return how many marks have not been settled yet."""
    return int(session.execute(sa.select(sa.func.count()).select_from(DirtyDay)).scalar_one())


def _days(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    start = max(start, end - REACH_BACK_DAYS * DAY_MS)
    while start < end:
        day = start // DAY_MS
        last = min(end, (day + 1) * DAY_MS)
        yield day, start, last
        start = last
