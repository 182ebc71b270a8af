"""Changing an organization's own terms, periods and days; what that touches is told to whoever counts by it."""

import itertools
from dataclasses import asdict, dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.changes.service import record
from fleet_server.core.clock import new_id
from fleet_server.core.errors import Invalid, Stale
from fleet_server.core.outbox import publish
from fleet_server.core.scope import Viewer
from fleet_server.organizations.models import CalendarDay, CalendarVersion, Period, Term
from fleet_server.organizations.service import get

CHANGED = "calendar_changed"
"""Topic of the outbox; the body names the organization and the first and last day touched, null for all."""


class CalendarUnfit(Invalid):
    """Terms or periods overlap or end before they start, or a day is named twice."""

    code = "calendar_unfit"


@dataclass(frozen=True, slots=True)
class OwnTerm:
    """A term as an organization enters it, both days included."""

    name_zh: str
    name_en: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day as an organization enters it against the rule."""

    day: date
    kind: str
    follows_weekday: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OwnCalendar:
    """What an organization says itself; empty terms or periods are inherited."""

    terms: tuple[OwnTerm, ...] = ()
    periods: tuple[tuple[time, time], ...] = ()
    days: tuple[OwnDay, ...] = ()


def own_calendar(session: Session, organization_id: str) -> OwnCalendar:
    """Return what an organization says itself, in order of time."""
    terms = select(Term).where(Term.organization_id == organization_id).order_by(col(Term.first_day))
    periods = select(Period).where(Period.organization_id == organization_id).order_by(col(Period.number))
    days = select(CalendarDay).where(CalendarDay.organization_id == organization_id).order_by(col(CalendarDay.day))
    return OwnCalendar(
        tuple(OwnTerm(one.name_zh, one.name_en, one.first_day, one.last_day) for one in session.exec(terms)),
        tuple((one.starts, one.ends) for one in session.exec(periods)),
        tuple(OwnDay(one.day, one.kind, one.follows_weekday, one.note) for one in session.exec(days)),
    )


def own_version(session: Session, organization_id: str) -> int:
    """Return how often the organization's own calendar changed."""
    row = session.get(CalendarVersion, organization_id)
    return row.number if row else 0


def set_calendar(
    session: Session,
    actor: Viewer,
    organization_id: str,
    wanted: OwnCalendar,
    now: datetime,
    *,
    expected_version: int | None = None,
    reason: str = "",
) -> int:
    """Replace what an organization says itself; return the new version, or the old one if nothing changes.

    Raises: OrganizationNotFound; CalendarUnfit; Stale when the version is not the expected one.
    """
    get(session, organization_id)
    _check(wanted)
    version = own_version(session, organization_id)
    if expected_version is not None and expected_version != version:
        raise Stale()
    before = own_calendar(session, organization_id)
    if before == wanted:
        return version
    _replace(session, organization_id, wanted)
    session.merge(CalendarVersion(organization_id=organization_id, number=version + 1, changed_at=now))
    first, last = touched(before, wanted)
    body = {"organization_id": organization_id, "first_day": _iso(first), "last_day": _iso(last)}
    publish(session, CHANGED, body, now)
    record(
        session,
        actor,
        "calendar.set",
        "organization",
        organization_id,
        before=asdict(before),
        after=asdict(wanted),
        reason=reason,
        now=now,
    )
    return version + 1


def set_day(session: Session, actor: Viewer, organization_id: str, day: OwnDay, now: datetime) -> int:
    """Add or replace one day and keep the rest; return the new version."""
    own = own_calendar(session, organization_id)
    days = sorted((*(one for one in own.days if one.day != day.day), day), key=lambda one: one.day)
    return set_calendar(session, actor, organization_id, OwnCalendar(own.terms, own.periods, tuple(days)), now)


def touched(before: OwnCalendar, after: OwnCalendar) -> tuple[date | None, date | None]:
    """Return the first and last day whose hours may differ; nothing twice when any day may."""
    if before.periods != after.periods or (not (before.terms and after.terms) and before.terms != after.terms):
        return None, None
    days = [one.day for one in set(before.days) ^ set(after.days)]
    for term in set(before.terms) ^ set(after.terms):
        days += [term.first_day, term.last_day]
    return min(days), max(days)


def _check(wanted: OwnCalendar) -> None:
    for field, spans in (
        ("terms", [(one.first_day.isoformat(), one.last_day.isoformat()) for one in wanted.terms]),
        ("periods", [(starts.isoformat(), ends.isoformat()) for starts, ends in wanted.periods]),
    ):
        ordered = sorted(spans)
        strict = field == "periods"
        wrong = any(end < start or (strict and end == start) for start, end in ordered)
        for (_, end), (start, _) in itertools.pairwise(ordered):
            wrong = wrong or start < end or (not strict and start == end)
        if wrong:
            raise CalendarUnfit(field=field)
    if len({one.day for one in wanted.days}) < len(wanted.days):
        raise CalendarUnfit(field="days")


def _replace(session: Session, organization_id: str, wanted: OwnCalendar) -> None:
    for table in (Term, Period, CalendarDay):
        session.execute(sa.delete(table).where(col(table.organization_id) == organization_id))
    session.expire_all()
    for term in wanted.terms:
        session.add(Term(id=new_id("trm"), organization_id=organization_id, **asdict(term)))
    for number, (starts, ends) in enumerate(sorted(wanted.periods), 1):
        session.add(Period(id=new_id("per"), organization_id=organization_id, number=number, starts=starts, ends=ends))
    for day in wanted.days:
        session.add(CalendarDay(organization_id=organization_id, **asdict(day)))
    session.flush()


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
