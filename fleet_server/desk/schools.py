"""Schools as small multiples: every device as a square, each hour's share of known time in use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.core.clock import to_ms
from fleet_server.desk.rules import FleetRow, state_counts
from fleet_server.nodes.models import Device
from fleet_server.usage.models import DeviceHour
from telemetry.states import DeviceState

FIRST_HOUR, LAST_HOUR = 7, 18
HOUR_MS = 3_600_000
ORDER = tuple(str(state) for state in DeviceState)
_SILENT = frozenset({"stale", "offline"})
_H: Any = DeviceHour
_D: Any = Device
Hours = dict[int, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour: the share of known time in use (nothing for an hour to come), whether nothing is known of it."""

    share: float | None
    unknown: bool


@dataclass(frozen=True, slots=True)
class School:
    """One school with its devices in the order of the states; `now_at` is how far the day's scale has run, 0 to 1."""

    id: str
    name_zh: str
    name_en: str
    states: tuple[str, ...]
    by_state: tuple[tuple[str, int], ...]
    faults: int
    silent: int
    bars: tuple[Bar, ...]
    now_at: float | None


def schools(session: Session, rows: Sequence[FleetRow], now: datetime) -> list[School]:
    """Return every school with a device, the largest first."""
    by_school: dict[str, list[FleetRow]] = defaultdict(list)
    for row in rows:
        if row.device_id:
            by_school[row.organization_id].append(row)
    starts = {school: day_start(found[0].zone, now) for school, found in by_school.items()}
    hours = _hours(session, starts, now)
    made = [_school(found, hours.get(key, {}), starts[key], now) for key, found in by_school.items()]
    return sorted(made, key=lambda school: (-len(school.states), school.name_en))


def day_start(zone: str, now: datetime) -> datetime:
    """Return the first hour of the scale, today in the zone."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=FIRST_HOUR, minute=0, second=0, microsecond=0)


def _hours(session: Session, starts: Mapping[str, datetime], now: datetime) -> dict[str, Hours]:
    if not starts:
        return {}
    first = to_ms(min(starts.values())) // HOUR_MS * HOUR_MS
    found = session.execute(
        sa.select(_D.organization_id, _H.hour_ms, _H.state, sa.func.sum(_H.ms))
        .join(_D, _D.id == _H.device_id)
        .where(_H.hour_ms >= first, _H.hour_ms < to_ms(now), _D.organization_id.in_(list(starts)))
        .group_by(_D.organization_id, _H.hour_ms, _H.state)
    )
    hours: dict[str, Hours] = defaultdict(lambda: defaultdict(dict))
    for school, hour, state, length in found:
        hours[school][hour][state] = int(length)
    return hours


def _school(rows: list[FleetRow], closed: Hours, start: datetime, now: datetime) -> School:
    first = rows[0]
    by_state = state_counts(rows, ORDER)
    scale = (now - start).total_seconds() / 3600 / (LAST_HOUR - FIRST_HOUR)
    return School(
        id=first.organization_id,
        name_zh=first.organization_zh,
        name_en=first.organization_en,
        states=tuple(state for state, count in by_state for _ in range(count)),
        by_state=tuple(by_state),
        faults=sum(row.state == "fault" for row in rows),
        silent=sum(row.liveness in _SILENT and row.state == "unknown" for row in rows),
        bars=tuple(_bars(rows, closed, start, now)),
        now_at=scale if 0 <= scale <= 1 else None,
    )


def _bars(rows: Sequence[FleetRow], closed: Hours, start: datetime, now: datetime) -> Iterable[Bar]:
    for number in range(LAST_HOUR - FIRST_HOUR):
        begins = start + timedelta(hours=number)
        if begins >= now:
            yield Bar(None, False)
            continue
        known = dict(closed.get(to_ms(begins), {}))
        for row in rows:
            known[row.measured] = known.get(row.measured, 0) + open_ms(row, to_ms(begins))
        known.pop("unknown", None)
        total = sum(known.values())
        yield Bar(known.get("in_use", 0) / total if total else 0.0, not total)


def open_ms(row: FleetRow, hour_ms: int) -> int:
    """Return how much of the hour the device's open state fills, as far as it is known."""
    if not row.since_ms:
        return 0
    return max(0, min(row.known_until_ms, hour_ms + HOUR_MS) - max(row.since_ms, hour_ms))
