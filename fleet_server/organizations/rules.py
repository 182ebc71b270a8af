"""Pure rules of school calendars: what a day is, which week of term, when its periods are in UTC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Interval = tuple[datetime, datetime]


class DayKind(StrEnum):
    """What a day is for a school."""

    SCHOOL_DAY = "school_day"
    SWAPPED = "swapped_school_day"
    HOLIDAY = "holiday"
    WEEKEND = "weekend"
    CLOSURE = "closure"
    VACATION = "vacation"


SCHOOL_DAYS = frozenset({DayKind.SCHOOL_DAY, DayKind.SWAPPED})


class Override(StrEnum):
    """What an organization may say of one day against the rule."""

    CLOSURE = "closure"
    SCHOOL_DAY = "school_day"


@dataclass(frozen=True, slots=True)
class TermSpan:
    """A term from its first to its last day, both included."""

    first_day: date
    last_day: date
    name_zh: str = ""
    name_en: str = ""

    def week(self, day: date) -> int:
        """Return the week of term; week 1 is the Monday-to-Sunday week that holds the first day."""
        monday = self.first_day - timedelta(days=self.first_day.weekday())
        return (day - monday).days // 7 + 1


def term_of(day: date, terms: Iterable[TermSpan]) -> TermSpan | None:
    """Return the term a day lies in."""
    return next((term for term in terms if term.first_day <= day <= term.last_day), None)


def day_kind(day: date, override: str | None, term: TermSpan | None, off: bool, swapped: bool) -> DayKind:
    """Return what a day is: first the organization's own word, then term, public holidays and swaps, weekday."""
    if override is not None:
        return DayKind.CLOSURE if override == Override.CLOSURE else DayKind.SCHOOL_DAY
    if term is None:
        return DayKind.VACATION
    if off:
        return DayKind.HOLIDAY
    if swapped:
        return DayKind.SWAPPED
    return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.SCHOOL_DAY


def period_times(day: date, periods: Sequence[tuple[time, time]], zone: ZoneInfo) -> list[Interval]:
    """Return the periods of a local day in UTC, sorted and disjoint; one that a clock change swallows is left out."""
    spans = [(_utc(day, starts, zone), _utc(day, ends, zone)) for starts, ends in periods]
    return merged(spans)


def merged(spans: Iterable[Interval]) -> list[Interval]:
    """Return the union of half-open spans, sorted and disjoint; empty and inverted ones vanish."""
    union: list[Interval] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((start, end))
    return union


def clipped(spans: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """Return the spans cut to [start, end)."""
    cut = ((max(first, start), min(last, end)) for first, last in spans)
    return [(first, last) for first, last in cut if first < last]


def local_days(start: datetime, end: datetime, zone: ZoneInfo) -> list[date]:
    """Return the local days that [start, end) touches."""
    if start >= end:
        return []
    first = start.astimezone(zone).date()
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _utc(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
