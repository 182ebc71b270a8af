"""School calendars: what each day is and when the core hours are, inherited from the nearest ancestor that says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from fleet_server.core.errors import NotFound
from fleet_server.organizations.holidays import public_day
from fleet_server.organizations.models import CalendarDay, CalendarVersion, Organization, Period, Term
from fleet_server.organizations.rules import (
    SCHOOL_DAYS,
    DayKind,
    Interval,
    TermSpan,
    clipped,
    day_kind,
    local_days,
    merged,
    period_times,
    term_of,
)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a school; `not_published` marks a year whose holiday notice is not out (未公布)."""

    day: date
    kind: DayKind
    week: int | None
    follows_weekday: int | None
    name: str
    note: str
    not_published: bool

    @property
    def is_school_day(self) -> bool:
        """Whether lessons are held."""
        return self.kind in SCHOOL_DAYS

    @property
    def asks_weekday(self) -> bool:
        """Whether the school has yet to say which weekday's timetable a swapped day follows."""
        return self.kind == DayKind.SWAPPED and self.follows_weekday is None


class CalendarCache:
    """Calendars read once for many questions: all organizations, or the lines of those named.

    It answers from what it read; make a new one in each transaction.
    """

    def __init__(self, session: Session, organization_ids: Sequence[str] | None = None) -> None:
        rows = session.exec(select(Organization.id, Organization.parent_id, Organization.timezone)).all()
        self._parents = {row[0]: row[1] for row in rows}
        self._zones = {row[0]: row[2] for row in rows}
        wanted = None if organization_ids is None else {up for one in organization_ids for up in self.line(one)}
        self._terms: dict[str, list[TermSpan]] = {}
        self._periods: dict[str, list[tuple[time, time]]] = {}
        self._overrides: dict[tuple[str, date], CalendarDay] = {}
        self._read(session, wanted)
        self._days: dict[tuple[str, date], Day] = {}
        self._hours: dict[tuple[str, date], list[Interval]] = {}

    def line(self, organization_id: str) -> list[str]:
        """Return the organization and its ancestors by parent, nearest first.

        Raises: NotFound.
        """
        if organization_id not in self._parents:
            raise NotFound("organization_not_found", id=organization_id)
        line: list[str] = []
        up: str | None = organization_id
        while up is not None and up not in line:
            line.append(up)
            up = self._parents[up]
        return line

    def zone(self, organization_id: str) -> ZoneInfo:
        """Return the organization's time zone."""
        return ZoneInfo(self._zones[organization_id])

    def terms(self, organization_id: str) -> list[TermSpan]:
        """Return the terms of the nearest organization up the line that has any."""
        return next((self._terms[up] for up in self.line(organization_id) if up in self._terms), [])

    def periods(self, organization_id: str) -> list[tuple[time, time]]:
        """Return the periods, local time, of the nearest organization up the line that has any."""
        return next((self._periods[up] for up in self.line(organization_id) if up in self._periods), [])

    def day(self, organization_id: str, day: date) -> Day:
        """Return what one local day is."""
        key = (organization_id, day)
        if key not in self._days:
            self._days[key] = self._judge(organization_id, day)
        return self._days[key]

    def days(self, organization_id: str, first: date, last: date) -> list[Day]:
        """Return the days from `first` to `last`, both included."""
        count = (last - first).days + 1
        return [self.day(organization_id, first + timedelta(days=number)) for number in range(count)]

    def core_hours(self, organization_id: str, start: datetime, end: datetime) -> list[Interval]:
        """Return when lessons are held within [start, end): half-open UTC spans, sorted, disjoint."""
        days = local_days(start, end, self.zone(organization_id))
        spans = [span for day in days for span in self._hours_of(organization_id, day)]
        return clipped(merged(spans), start, end)

    def _hours_of(self, organization_id: str, day: date) -> list[Interval]:
        key = (organization_id, day)
        if key not in self._hours:
            open_day = self.day(organization_id, day).is_school_day
            periods = self.periods(organization_id) if open_day else []
            self._hours[key] = period_times(day, periods, self.zone(organization_id))
        return self._hours[key]

    def _judge(self, organization_id: str, day: date) -> Day:
        line = self.line(organization_id)
        override = next((self._overrides[up, day] for up in line if (up, day) in self._overrides), None)
        term = term_of(day, self.terms(organization_id))
        public = public_day(day, self._zones[organization_id])
        return Day(
            day=day,
            kind=day_kind(day, override.kind if override else None, term, public.off, public.swapped),
            week=term.week(day) if term else None,
            follows_weekday=override.follows_weekday if override else None,
            name=public.name,
            note=override.note if override else "",
            not_published=not public.published,
        )

    def _read(self, session: Session, wanted: set[str] | None) -> None:
        terms, periods, days = select(Term), select(Period), select(CalendarDay)
        if wanted is not None:
            terms = terms.where(col(Term.organization_id).in_(wanted))
            periods = periods.where(col(Period.organization_id).in_(wanted))
            days = days.where(col(CalendarDay.organization_id).in_(wanted))
        for term in session.exec(terms.order_by(col(Term.first_day))):
            span = TermSpan(term.first_day, term.last_day, term.name_zh, term.name_en)
            self._terms.setdefault(term.organization_id, []).append(span)
        for period in session.exec(periods.order_by(col(Period.number))):
            self._periods.setdefault(period.organization_id, []).append((period.starts, period.ends))
        for day in session.exec(days):
            self._overrides[day.organization_id, day.day] = day


def core_hours(session: Session, organization_id: str, start: datetime, end: datetime) -> list[Interval]:
    """Return an organization's core hours within [start, end): half-open UTC spans, sorted, disjoint.

    Raises: NotFound.
    """
    return CalendarCache(session, [organization_id]).core_hours(organization_id, start, end)


def calendar_days(session: Session, organization_id: str, first: date, last: date) -> list[Day]:
    """Return what each day from `first` to `last`, both included, is for an organization.

    Raises: NotFound.
    """
    return CalendarCache(session, [organization_id]).days(organization_id, first, last)


def calendar_version(session: Session, organization_id: str) -> int:
    """Return a number that grows with every change of the calendars an organization lives by.

    Raises: NotFound.
    """
    line = CalendarCache(session, [organization_id]).line(organization_id)
    numbers = session.exec(select(CalendarVersion.number).where(col(CalendarVersion.organization_id).in_(line)))
    return sum(numbers)
