"""The job that computes marked days from segments, claims and calendars, in short transactions of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from fleet_server.core.db import Database
from fleet_server.inventory.models import Asset
from fleet_server.nodes.models import Binding
from fleet_server.organizations.calendar import CalendarCache
from fleet_server.utilization.accounting import Account, account
from fleet_server.utilization.gathering import CoreHours, Gatherer
from fleet_server.utilization.intervals import union
from fleet_server.utilization.marks import DAY_MS
from fleet_server.utilization.models import DirtyDay

BATCH_DAYS = 300
"""How many marked days one turn computes: a write transaction of some 50 ms on SQLite."""
_LOCK = 7_305_411

_DAYS, _HOURS, _MARKS = (SQLModel.metadata.tables[name] for name in ("asset_day", "asset_hour", "dirty_day"))


@dataclass(frozen=True, slots=True)
class Settled:
    """One asset computed again: the local days that were thrown away and the rows that take their place."""

    asset_id: str
    days: frozenset[date]
    account: Account


Calendar = Callable[[Session], CoreHours]


def school_calendar(session: Session) -> CoreHours:
    """Return the core hours of every organization as their calendars have them now."""
    return CalendarCache(session).core_hours


def settle(database: Database, now: datetime, *, batches: int = 1_000_000, calendar: Calendar = school_calendar) -> int:
    """Compute marked days until none is left or `batches` turns are done; return how many marks were settled.

    Reading and computing happen outside the write transaction. A mark renewed meanwhile has another seal and stays
    for the next call.
    """
    settled = 0
    for _ in range(batches):
        done = _turn(database, now, calendar)
        settled += done
        if not done:
            break
    return settled


def _turn(database: Database, now: datetime, calendar: Calendar) -> int:
    with database.reading() as session:
        chosen = _choose(session) if _alone(session) else []
        if not chosen:
            return 0
        gatherer = Gatherer(session, calendar(session), now)
        made = [found for found in _compute(gatherer, _ranges(session, chosen)) if found is not None]
        with database.writing() as writing:
            return _store(writing, made, chosen)


def _alone(session: Session) -> bool:
    """Return whether no other process settles; PostgreSQL's lock ends with the reading transaction."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK))).scalar_one())


def _choose(session: Session) -> list[DirtyDay]:
    """Return the marks of one turn, all of a subject together, so that its facts are read once."""
    counted = session.execute(
        sa.select(_MARKS.c.subject_id, sa.func.count())
        .group_by(_MARKS.c.subject_id)
        .order_by(sa.func.count())
        .limit(50)
    ).all()
    subjects: list[str] = []
    days = 0
    for subject, count in counted:
        if subjects and days + count > BATCH_DAYS:
            break
        subjects.append(subject)
        days += count
    return list(session.exec(select(DirtyDay).where(col(DirtyDay.subject_id).in_(subjects))).all())


def _ranges(session: Session, marks: Sequence[DirtyDay]) -> Mapping[str, list[tuple[int, int]]]:
    """Return what of which asset is to be computed; a device's marks count for the asset it stood for then."""
    marked: dict[str, list[tuple[int, int]]] = {}
    for mark in marks:
        marked.setdefault(mark.subject_id, []).append((mark.from_ms, mark.until_ms))
    assets = session.exec(select(Asset.id).where(col(Asset.id).in_(marked))).all()
    ranges = {asset_id: list(marked[asset_id]) for asset_id in assets}
    for binding in session.exec(select(Binding).where(col(Binding.device_id).in_(marked))):
        until = binding.until_ms or DAY_MS * 100_000
        within = [(max(a, binding.since_ms), min(b, until)) for a, b in marked[binding.device_id]]
        ranges.setdefault(binding.asset_id, []).extend(span for span in within if span[0] < span[1])
    return ranges


def _compute(gatherer: Gatherer, ranges: Mapping[str, list[tuple[int, int]]]) -> list[Settled | None]:
    return [_compute_one(gatherer, asset_id, union(spans)) for asset_id, spans in sorted(ranges.items())]


def _compute_one(gatherer: Gatherer, asset_id: str, spans: list[tuple[int, int]]) -> Settled | None:
    found = gatherer.facts(asset_id, spans)
    return None if found is None else Settled(asset_id, frozenset(found[0]), account(found[1]))


def _store(session: Session, made: Sequence[Settled], marks: Sequence[DirtyDay]) -> int:
    valid = _still_valid(session, marks)
    for one in made:
        for first, last in _runs(one.days):
            for table in (_DAYS, _HOURS):
                gone = (table.c.asset_id == one.asset_id) & table.c.day.between(first, last)
                session.execute(table.delete().where(gone))
    _insert(session, _DAYS, [row for one in made for row in one.account.days.values()])
    _insert(session, _HOURS, [row for one in made for row in one.account.hours.values()])
    if valid:
        matched = (_MARKS.c.subject_id == sa.bindparam("subject")) & (_MARKS.c.utc_day == sa.bindparam("on_day"))
        session.connection().execute(_MARKS.delete().where(matched), valid)
    return len(valid)


def _still_valid(session: Session, marks: Sequence[DirtyDay]) -> list[dict[str, object]]:
    """Lock the marks nobody has renewed; one that ingest is renewing right now is passed over, not waited for."""
    subjects = {mark.subject_id for mark in marks}
    found = (
        sa.select(_MARKS.c.subject_id, _MARKS.c.utc_day, _MARKS.c.seal)
        .where(_MARKS.c.subject_id.in_(subjects))
        .with_for_update(skip_locked=True)
    )
    now = {(subject, day): seal for subject, day, seal in session.execute(found)}
    return [
        {"subject": mark.subject_id, "on_day": mark.utc_day}
        for mark in marks
        if now.get((mark.subject_id, mark.utc_day)) == mark.seal
    ]


def _insert(session: Session, table: sa.Table, rows: list[dict[str, object]]) -> None:
    if rows:
        session.connection().execute(table.insert(), rows)


def _runs(days: frozenset[date]) -> list[tuple[date, date]]:
    """Return the days as runs without gaps, first and last."""
    runs: list[tuple[date, date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][1] == timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
