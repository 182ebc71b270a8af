"""One day of a device, drawn and summed: measured spans under overlays, as pieces of a strip."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fleet_server.core.clock import to_ms
from fleet_server.usage.rules import Span

STATES = ("in_use", "setup", "standby", "maintenance", "fault", "off", "in_transit", "unknown")
OVERLAYS = {"maintenance": "maintenance", "transfer": "in_transit"}
USUAL_HOURS = (6, 20)
HOUR_MS = 3_600_000
_QUIET = frozenset({"off", "unknown"})


@dataclass(frozen=True, slots=True)
class Day:
    """One local day as [start, end); `until` is where its record ends so far."""

    start: datetime
    end: datetime
    until: datetime

    @property
    def date(self) -> date:
        """The day in the calendar."""
        return self.start.date()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the strip from `a` to `b`, percent of its width, in one state; `worded` when its word fits."""

    a: float
    b: float
    state: str
    start_ms: int
    end_ms: int
    cause: str
    worded: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """How long a device was in one state, how many times, and the causes given."""

    state: str
    seconds: int
    share: float
    times: int
    causes: tuple[str, ...]


def local_day(day: date | None, zone: str, now: datetime) -> Day:
    """Return a day of the zone, today for none."""
    there = now.astimezone(ZoneInfo(zone))
    chosen = day or there.date()
    start = datetime(chosen.year, chosen.month, chosen.day, tzinfo=ZoneInfo(zone))
    following = chosen + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))
    return Day(start, end, max(start, min(end, there)))


def overlaid(spans: Iterable[Span], claims: Sequence[tuple[int, int, str, str]]) -> list[Span]:
    """Lay maintenance and transport claims (start, end, kind, title) over all but measured use."""
    found: list[Span] = []
    for span in spans:
        found += [span] if span.state == "in_use" else _under(span, claims)
    return _joined(found)


def _under(span: Span, claims: Sequence[tuple[int, int, str, str]]) -> list[Span]:
    parts, reached = [], span.start_ms
    for start, end, kind, title in sorted(claims):
        begins, ends = max(start, reached), min(end, span.end_ms)
        if kind not in OVERLAYS or begins >= ends:
            continue
        if begins > reached:
            parts.append(replace(span, start_ms=reached, end_ms=begins))
        parts.append(Span(begins, ends, OVERLAYS[kind], title))
        reached = ends
    if reached < span.end_ms:
        parts.append(replace(span, start_ms=reached))
    return parts


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Join neighbors of one state and cause, so that a strip has no seams."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if last and last.end_ms == span.start_ms and (last.state, last.cause) == (span.state, span.cause):
            found[-1] = replace(last, end_ms=span.end_ms)
        else:
            found.append(span)
    return found


def sums(spans: Sequence[Span]) -> list[Sum]:
    """Return the eight states with their lengths, which sum to the spans' whole length to the second."""
    whole = sum(span.end_ms - span.start_ms for span in spans)
    rounded = _whole_seconds([sum(s.end_ms - s.start_ms for s in spans if s.state == state) for state in STATES])
    found = []
    for state, seconds in zip(STATES, rounded, strict=True):
        of_state = [span for span in spans if span.state == state]
        causes = tuple(dict.fromkeys(span.cause for span in of_state if span.cause))
        found.append(Sum(state, seconds, seconds * 1000 / whole if whole else 0.0, len(of_state), causes))
    return found


def _whole_seconds(lengths_ms: Sequence[int]) -> list[int]:
    """Round lengths to seconds so that they sum to the rounded whole (largest remainder)."""
    seconds = [length // 1000 for length in lengths_ms]
    missing = round(sum(lengths_ms) / 1000) - sum(seconds)
    by_remainder = sorted(range(len(seconds)), key=lambda place: -(lengths_ms[place] % 1000))
    for place in by_remainder[:missing]:
        seconds[place] += 1
    return seconds


def window(day: Day, spans: Iterable[Span]) -> tuple[int, int]:
    """Return what of the day to draw: 6:00 to 20:00, or all of it when something happened outside."""
    first = to_ms(day.start + timedelta(hours=USUAL_HOURS[0]))
    last = to_ms(day.start + timedelta(hours=USUAL_HOURS[1]))
    outside = any(span.state not in _QUIET and (span.start_ms < first or span.end_ms > last) for span in spans)
    return (to_ms(day.start), to_ms(day.end)) if outside else (first, last)


def pieces(spans: Iterable[Span], shown: tuple[int, int], letters: dict[str, int]) -> list[Piece]:
    """Return the parts of the strip; `letters` is the width of each state's word in half letters."""
    first, last = shown
    found = []
    for span in spans:
        a, b = percent_of(span.start_ms, shown), percent_of(span.end_ms, shown)
        if first < span.end_ms and span.start_ms < last:
            worded = (b - a) * 7.4 > letters.get(span.state, 0) * 7 + 18
            found.append(Piece(a, b, span.state, span.start_ms, span.end_ms, span.cause, worded))
    return found


def percent_of(moment_ms: int, shown: tuple[int, int]) -> float:
    """Return where a time lies in the window, percent, held to its ends."""
    first, last = shown
    return min(100.0, max(0.0, (moment_ms - first) * 100 / (last - first)))


def hour_marks(shown: tuple[int, int], zone: str) -> list[tuple[float, str]]:
    """Return where each second (of a whole day: fourth) hour stands, and its text."""
    first, last = shown
    step = (2 if last - first <= 14 * HOUR_MS else 4) * HOUR_MS
    marks = []
    for at in range(first, last + 1, step):
        hour = datetime.fromtimestamp(at / 1000, ZoneInfo(zone)).hour
        marks.append((percent_of(at, shown), f"{24 if at == last and hour == 0 else hour}:00"))
    return marks
