"""The demo's bells: lesson periods with unequal breaks, turned so that a lesson is on whenever the demo starts."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
STEP = 5
TOWN = ((480, 520), (530, 570), (600, 640), (655, 695), (840, 880), (890, 930), (945, 985))
VILLAGE = ((490, 530), (545, 585), (610, 650), (660, 700), (850, 890), (905, 945), (955, 995))
"""Minutes of the day; the long morning break and the two bells differ, as between a town and its villages."""
_LATEST_END = DAY_MINUTES - STEP
_AHEAD = 5
_BLOCK_GAP = 5 * 60


@dataclass(frozen=True, slots=True)
class Bell:
    """One school's periods in minutes of the local day, in order of the clock."""

    periods: tuple[tuple[int, int], ...]

    def times(self) -> list[tuple[time, time]]:
        """Return the periods as local times."""
        return [(_clock(start), _clock(end)) for start, end in self.periods]

    def spans(self, day: date, zone: ZoneInfo) -> list[tuple[int, int]]:
        """Return the periods of one day in milliseconds UTC."""
        midnight = _midnight_ms(day, zone)
        return [(midnight + start * 60_000, midnight + end * 60_000) for start, end in self.periods]

    def blocks(self) -> list[tuple[int, int]]:
        """Return the stretches of the day with lessons, in minutes; a turned day may have an early and a late one."""
        found: list[tuple[int, int]] = []
        for start, end in self.periods:
            if found and start - found[-1][1] < _BLOCK_GAP:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found


def shift_for(moment: datetime) -> int:
    """Return by how many minutes to turn the bells so that the town's second lesson ends within ten minutes.

    `moment` is local. No period spans two dates: just after midnight the lesson begins within ten minutes instead, just
    before it the lesson ends at 23:55.
    """
    minute = moment.hour * 60 + moment.minute
    soon = -(-(minute + _AHEAD) // STEP) * STEP
    length = TOWN[1][1] - TOWN[1][0]
    ends = soon if soon >= length else soon + length
    return (min(ends, _LATEST_END) - TOWN[1][1]) % DAY_MINUTES


def turned(periods: tuple[tuple[int, int], ...], shift: int) -> Bell:
    """Return a bell turned round the clock; a period that midnight would cut in two is left out."""
    moved = [((start + shift) % DAY_MINUTES, (start + shift) % DAY_MINUTES + end - start) for start, end in periods]
    return Bell(tuple(sorted(span for span in moved if span[1] < DAY_MINUTES)))


def local_ms(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return milliseconds UTC of a minute of a local day."""
    return _midnight_ms(day, zone) + minute * 60_000


def local_day(ms: int, zone: ZoneInfo) -> date:
    """Return the local date of milliseconds UTC."""
    return datetime.fromtimestamp(ms / 1000, zone).date()


def days_between(first: date, last: date) -> list[date]:
    """Return the days from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _midnight_ms(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp() * 1000)


def _clock(minute: int) -> time:
    return time(minute // 60, minute % 60)
