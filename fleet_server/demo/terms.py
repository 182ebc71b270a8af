"""The demo's school year: two terms around today, whatever the date, and the days marked by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from fleet_server.organizations.holidays import public_day

ZONE_NAME = "Asia/Shanghai"
MIDWEEK = 2
_NIGHT_MINUTES = 20 * 60
_REST = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class TermDates:
    """One term: names and both ends, included."""

    name_zh: str
    name_en: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class Marked:
    """One day an organization marks itself: a school day that follows a weekday (0 = Monday)."""

    day: date
    follows_weekday: int
    note: str


def terms_around(first: date, last: date) -> tuple[TermDates, TermDates]:
    """Return the term that holds all of [first, last] and the one after it.

    A first term runs from 1 September, a second from 22 February; where the demo's weeks fall into a vacation, the
    term is stretched over them.
    """
    autumn = first.month >= 8 or first.month == 1
    year = first.year - 1 if first.month == 1 else first.year
    now, after = (_autumn(year), _spring(year)) if autumn else (_spring(year - 1), _autumn(year))
    stretched = TermDates(now.name_zh, now.name_en, min(now.first_day, first), max(now.last_day, last))
    begins = max(after.first_day, stretched.last_day + _REST)
    return stretched, TermDates(after.name_zh, after.name_en, begins, max(after.last_day, begins + _REST * 20))


def shown_days(today: date, minute: int) -> list[date]:
    """Return the days shown as school days whatever the calendar says: today, late in the evening also tomorrow.

    `minute` is the local minute of the day the demo starts at.
    """
    return [today, today + timedelta(days=1)] if minute >= _NIGHT_MINUTES else [today]


def marked_days(shown: Sequence[date], first: date, last: date) -> Iterator[Marked]:
    """Yield the days marked by hand: those shown, and each swapped work day of [first, last] with its timetable."""
    for day in shown:
        weekday = day.weekday() if day.weekday() < 5 else MIDWEEK
        yield Marked(day, weekday, "演示：作息时间已移到启动时刻，本日按上课日处理 / demo: counts as a school day")
    swapped = 0
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if day not in shown and public_day(day, ZONE_NAME).swapped:
            yield Marked(day, swapped % 5, f"补星期{'一二三四五'[swapped % 5]}的课")
            swapped += 1


def local_minute(moment: datetime) -> int:
    """Return the minute of the day of a local time."""
    return moment.hour * 60 + moment.minute


def _autumn(year: int) -> TermDates:
    zh, en = f"{year}—{year + 1}学年第一学期", f"{year}/{year + 1}, first term"
    return TermDates(zh, en, date(year, 9, 1), date(year + 1, 1, 22))


def _spring(year: int) -> TermDates:
    zh, en = f"{year}—{year + 1}学年第二学期", f"{year}/{year + 1}, second term"
    return TermDates(zh, en, date(year + 1, 2, 22), date(year + 1, 7, 3))
