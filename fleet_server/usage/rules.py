"""Time arithmetic of measured use: transitions to segments, hours, sessions and gapless timelines. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from telemetry.states import ClockQuality, DeviceState, UnknownCause

HOUR_MS = 3_600_000
TOLERANCE_MS = 2_000
"""How far wall clock and measured length may differ before the clock is held to have been moved."""
DRIFT = 500
"""A crystal's drift allowed on top: one part in this many of the measured length."""
EARLIEST_MS = 1_577_836_800_000
"""2020-01-01: a corrected time before it is a clock that never was set."""
FUTURE_MS = 300_000
"""A corrected time further ahead of the server than this is not believed."""

SYNCED, CORRECTED, UNTRUSTED = ClockQuality.SYNCED.value, ClockQuality.CORRECTED.value, ClockQuality.UNTRUSTED.value
UNKNOWN = DeviceState.UNKNOWN.value
_WORSE = {SYNCED: 0, CORRECTED: 1, UNTRUSTED: 2}


@dataclass(frozen=True, slots=True)
class Span:
    """One state over [start_ms, end_ms), milliseconds UTC; `cause` says why nothing is known, where that is so."""

    start_ms: int
    end_ms: int
    state: str
    cause: str = ""
    quality: str = SYNCED


@dataclass(frozen=True, slots=True)
class Open:
    """The state a device's chain ends with; segments before `start_ms` are final."""

    start_ms: int
    state: str
    cause: str = ""
    quality: str = SYNCED


@dataclass(frozen=True, slots=True)
class Transition:
    """A device entering `state` at the corrected time `start_ms`; `prev_ms` is the measured length of the last one."""

    start_ms: int
    state: str
    prev_ms: int | None = None
    cause: str = ""
    quality: str = SYNCED


@dataclass(frozen=True, slots=True)
class Anchor:
    """A boot of a box and where its boot-time clock stands: corrected UTC = `base_ms` + boot-time."""

    boot: str
    base_ms: int


def correct(
    device_ms: int,
    boottime_ms: int,
    boot: str,
    quality: str | None,
    offset_ms: int,
    anchor: Anchor | None,
    received_ms: int,
) -> tuple[int, str]:
    """Return the corrected UTC time of a record and how far to trust it.

    `offset_ms` is server time minus the box's wall clock now. In the boot the anchor knows, the boot-time clock
    decides, since the wall clock may have been set in between; in another boot the wall clock plus offset does,
    unless the box itself did not trust it. A time before 2020 or 5 min ahead of `received_ms` is untrusted.
    """
    if anchor is not None and anchor.boot == boot:
        wall = anchor.base_ms + boottime_ms
        if abs(wall - device_ms) <= TOLERANCE_MS:
            wall = device_ms
        found = SYNCED if wall == device_ms else CORRECTED
    elif abs(offset_ms) <= TOLERANCE_MS:
        wall, found = device_ms, quality or SYNCED
    else:
        wall, found = device_ms + offset_ms, UNTRUSTED if quality == UNTRUSTED else CORRECTED
    if not EARLIEST_MS <= wall <= received_ms + FUTURE_MS:
        return wall, UNTRUSTED
    return wall, found


def follow(
    state: Open | None, step: Transition, known_until_ms: int, lost: str | None
) -> tuple[list[Span], Open | None]:
    """Return the segments a transition closes, and the state it opens.

    The segments cover [old start, new start) without gap or overlap. `known_until_ms` is when the device was last
    heard: it bounds the old state where the chain is broken (`prev_ms` None). `lost` names why records between the
    two are missing, None if none are. A first transition whose clock is not believed opens nothing.
    """
    if state is None:
        return [], None if step.quality == UNTRUSTED else _opened(step, step.start_ms)
    if step.quality == UNTRUSTED:
        step = _placed(state, step, known_until_ms)
    start = max(step.start_ms, state.start_ms)
    return _closed(state, step, start, known_until_ms, lost), _opened(step, start)


def _opened(step: Transition, start_ms: int) -> Open:
    return Open(start_ms, step.state, step.cause, step.quality)


def _placed(state: Open, step: Transition, known_until_ms: int) -> Transition:
    """Put a transition whose clock is not believed where the measured length says, if the last one was believed."""
    if state.quality == UNTRUSTED or step.prev_ms is None:
        return replace(step, start_ms=max(state.start_ms, known_until_ms), prev_ms=None)
    return replace(step, start_ms=state.start_ms + step.prev_ms, quality=CORRECTED)


def _closed(state: Open, step: Transition, end: int, known_until_ms: int, lost: str | None) -> list[Span]:
    if step.prev_ms is None:
        heard = min(max(known_until_ms, state.start_ms), end)
        cause = lost or UnknownCause.BOX_OFFLINE.value
        return _spans(_shown(state, state.start_ms, heard), Span(heard, end, UNKNOWN, cause, step.quality))
    excess = end - state.start_ms - step.prev_ms
    fits = abs(excess) <= TOLERANCE_MS + step.prev_ms // DRIFT
    if lost is not None and not fits:
        return _spans(Span(state.start_ms, end, UNKNOWN, lost, step.quality))
    if fits and state.quality != UNTRUSTED:
        quality = max(state.quality, step.quality, key=_WORSE.__getitem__)
        return _spans(Span(state.start_ms, end, state.state, state.cause, quality))
    hole_end = max(state.start_ms, end - step.prev_ms)
    return _spans(
        Span(state.start_ms, hole_end, UNKNOWN, UnknownCause.CLOCK_UNTRUSTED.value, CORRECTED),
        Span(hole_end, end, state.state, state.cause, CORRECTED),
    )


def _shown(state: Open, start_ms: int, end_ms: int) -> Span:
    """Return an open state as far as it may be counted: nothing is known of one whose start is not."""
    if state.quality == UNTRUSTED:
        return Span(start_ms, end_ms, UNKNOWN, UnknownCause.CLOCK_UNTRUSTED.value, UNTRUSTED)
    return Span(start_ms, end_ms, state.state, state.cause, state.quality)


def _spans(*spans: Span) -> list[Span]:
    return [span for span in spans if span.end_ms > span.start_ms]


def by_hour(spans: Iterable[Span]) -> dict[tuple[int, str], int]:
    """Return milliseconds by (start of the UTC hour, state)."""
    found: dict[tuple[int, str], int] = {}
    for span in spans:
        for hour, length in _hours(span.start_ms, span.end_ms):
            key = (hour, span.state)
            found[key] = found.get(key, 0) + length
    return found


def _hours(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    while start_ms < end_ms:
        hour = start_ms - start_ms % HOUR_MS
        stop = min(hour + HOUR_MS, end_ms)
        yield hour, stop - start_ms
        start_ms = stop


def clip(spans: Iterable[Span], from_ms: int, until_ms: int) -> list[Span]:
    """Return the parts of the spans inside [from_ms, until_ms)."""
    return _spans(
        *(replace(span, start_ms=max(span.start_ms, from_ms), end_ms=min(span.end_ms, until_ms)) for span in spans)
    )


def cover(spans: Iterable[Span], from_ms: int, until_ms: int, before: str, after: str) -> list[Span]:
    """Return spans that cover [from_ms, until_ms) once; holes are unknown.

    `before` is the cause ahead of the first span, `after` the cause of every later hole. The spans must be in order
    and must not overlap.
    """
    found: list[Span] = []
    reached, cause = from_ms, before
    for span in clip(spans, from_ms, until_ms):
        if span.start_ms > reached:
            found.append(Span(reached, span.start_ms, UNKNOWN, cause))
        found.append(span)
        reached, cause = span.end_ms, after
    return [*found, *_spans(Span(reached, until_ms, UNKNOWN, cause))]


def sum_states(spans: Iterable[Span]) -> dict[str, int]:
    """Return milliseconds by state."""
    found: dict[str, int] = {}
    for span in spans:
        found[span.state] = found.get(span.state, 0) + span.end_ms - span.start_ms
    return found


def add_states(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Return the sums of two tallies by state."""
    return {state: one.get(state, 0) + other.get(state, 0) for state in {**one, **other}}
