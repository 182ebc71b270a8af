"""The account of one asset: its state segments, overlays, core hours and bookings folded into days and hours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from fleet_server.utilization.intervals import Track, at, length, sweep
from fleet_server.utilization.rules import COVERAGE_FLOOR, Sums
from telemetry.states import OVERLAYS, DeviceState

IN_USE = DeviceState.IN_USE.value
UNKNOWN = DeviceState.UNKNOWN.value
STATES = tuple(state.value for state in DeviceState)
_ALL = {state: f"all_{state}" for state in STATES}
_CORE = {state: f"core_{state}" for state in STATES}
_LAID_OVER = frozenset(state.value for state in OVERLAYS)


class Window(NamedTuple):
    """A local day of the organization that held the asset."""

    day: date
    holder_id: str


class Promise(NamedTuple):
    """Why a stretch was spoken for: `booking` or `lesson`, and the organization it was for ("" = the holder)."""

    kind: str
    user_id: str


class Due(NamedTuple):
    """A booking that came due: its time, for whom, and whether nobody came."""

    start: int
    end: int
    user_id: str
    no_show: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What an asset's account is made of; times in milliseconds UTC, `core` labels are local hours 0 to 23."""

    asset_id: str
    owner_id: str
    windows: Track[Window]
    states: Track[str]
    overlays: Track[str]
    core: Track[int]
    promises: Track[Promise]
    dues: Sequence[Due] = ()


@dataclass(slots=True)
class Account:
    """Rows of days and hours, ready for the tables."""

    days: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)
    hours: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)


class Piece(NamedTuple):
    """An elementary stretch of the account: nothing changes within it. `hour` is None outside core hours."""

    start: int
    end: int
    window: Window
    state: str
    overlay: str | None
    hour: int | None
    promise: Promise | None
    user_id: str


def pieces(facts: Facts) -> Iterator[Piece]:
    """Yield an asset's account piece by piece; time without a state is unknown, measured use wins over an overlay."""
    for start, end, labels in sweep(facts.windows, facts.states, facts.overlays, facts.core, facts.promises):
        window, measured, overlay, hour, promise = labels
        if window is not None:
            user = (promise.user_id if promise else "") or window.holder_id
            yield Piece(start, end, window, effective(measured, overlay), overlay, hour, promise, user)


def account(facts: Facts) -> Account:
    """Fold an asset's facts into rows."""
    result = Account()
    for piece in pieces(facts):
        spent = piece.end - piece.start
        day = _day(result, facts, piece.window, piece.user_id)
        day[_ALL[piece.state]] += spent
        if piece.overlay and piece.state == IN_USE:
            day["contradiction_ms"] += spent
        if piece.hour is not None:
            hour = _hour(result, facts, piece.window, piece.user_id, piece.hour)
            _count_core(day, hour, piece.state, piece.promise, spent)
    for due in facts.dues:
        _count_due(result, facts, due)
    return result


def effective(measured: str | None, overlay: str | None) -> str:
    """Return the state that counts: measured use wins over an overlay, an overlay over anything else."""
    if overlay is not None and measured != IN_USE:
        return overlay
    return measured or UNKNOWN


def _count_core(day: dict[str, Any], hour: dict[str, Any], state: str, promise: Promise | None, spent: int) -> None:
    day[_CORE[state]] += spent
    hour["core_ms"] += spent
    if state in _LAID_OVER:
        return
    hour["available_ms"] += spent
    if state != UNKNOWN:
        hour["known_ms"] += spent
    if state == IN_USE:
        hour["used_ms"] += spent
    if promise is not None:
        name = "booked" if promise.kind == "booking" else "lesson"
        for row in (day, hour):
            row[f"{name}_ms"] += spent
            if state == IN_USE:
                row[f"used_{name}_ms"] += spent


def _count_due(result: Account, facts: Facts, due: Due) -> None:
    window = at(facts.windows, due.start)
    known = [piece for piece in facts.states if piece[2] != UNKNOWN]
    if window is None or length(known, due.start, due.end) < COVERAGE_FLOOR * (due.end - due.start):
        return
    row = _day(result, facts, window, due.user_id or window.holder_id)
    row["due"] += 1
    row["no_shows"] += due.no_show


def _day(result: Account, facts: Facts, window: Window, user: str) -> dict[str, Any]:
    key = (window.day, window.holder_id, user)
    row = result.days.get(key)
    if row is None:
        row = result.days[key] = {**_identity(facts, window, user), **_EMPTY_DAY}
    return row


def _hour(result: Account, facts: Facts, window: Window, user: str, hour: int) -> dict[str, Any]:
    key = (window.day, window.holder_id, user, hour)
    row = result.hours.get(key)
    if row is None:
        row = result.hours[key] = {**_identity(facts, window, user), "hour": hour, **_EMPTY_HOUR}
    return row


def sums_of(day: Mapping[str, Any]) -> Sums:
    """Return what a day row counts, as the tables would sum it."""
    return Sums(
        core=sum(day[name] for name in _CORE.values()),
        maintenance=day["core_maintenance"],
        in_transit=day["core_in_transit"],
        unknown=day["core_unknown"],
        used=day["core_in_use"],
        setup=day["core_setup"],
        booked=day["booked_ms"],
        used_booked=day["used_booked_ms"],
        lesson=day["lesson_ms"],
        used_lesson=day["used_lesson_ms"],
        borrowed=day["core_in_use"] if day["user_id"] != day["owner_id"] else 0,
        contradiction=day["contradiction_ms"],
        due=day["due"],
        no_shows=day["no_shows"],
    )


def _identity(facts: Facts, window: Window, user: str) -> dict[str, Any]:
    return {
        "asset_id": facts.asset_id,
        "day": window.day,
        "holder_id": window.holder_id,
        "user_id": user,
        "owner_id": facts.owner_id,
    }


_PROMISED = ("booked_ms", "used_booked_ms", "lesson_ms", "used_lesson_ms")
_EMPTY_DAY = dict.fromkeys((*_ALL.values(), *_CORE.values(), *_PROMISED, "contradiction_ms", "due", "no_shows"), 0)
_EMPTY_HOUR = dict.fromkeys(("core_ms", "available_ms", "known_ms", "used_ms", *_PROMISED), 0)
