"""Local days of organizations in UTC milliseconds."""

import functools
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fleet_server.core.clock import from_ms, to_ms

HOUR_MS = 3_600_000


@functools.lru_cache(maxsize=20_000)
def midnight(day: date, zone: str) -> int:
    """Return when a local day begins."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))


def local_day(moment_ms: int, zone: str) -> date:
    """Return the local day of a moment."""
    return from_ms(moment_ms).astimezone(ZoneInfo(zone)).date()


def local_hour(moment_ms: int, zone: str) -> int:
    """Return the local hour of a moment, 0 to 23."""
    return from_ms(moment_ms).astimezone(ZoneInfo(zone)).hour


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield the days from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def days_touched(ranges: Iterable[tuple[int, int]], zone: str) -> set[date]:
    """Return the local days that ranges of milliseconds touch."""
    return {
        day
        for start, end in ranges
        if start < end
        for day in days_between(local_day(start, zone), local_day(end - 1, zone))
    }


def by_hour(start: int, end: int, zone: str) -> Iterator[tuple[int, int, int]]:
    """Cut [start, end) at full UTC hours and yield the pieces with the local hour they begin in."""
    while start < end:
        until = min(end, start - start % HOUR_MS + HOUR_MS)
        yield start, until, local_hour(start, zone)
        start = until
