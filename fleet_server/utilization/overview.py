"""What the utilization page shows: the finding, indicators with their trend, bars and table, one row's evidence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from sqlmodel import Session, col, select

from fleet_server.core.scope import Viewer
from fleet_server.organizations.models import Organization
from fleet_server.utilization.asking import Answered
from fleet_server.utilization.figures import GroupBy, Report, Row, made_of, names_of, sums_by, sums_by_day
from fleet_server.utilization.marks import pending
from fleet_server.utilization.rules import Method, Sums, change, cv_weighted, rates, total
from fleet_server.utilization.trends import Comparison, by_key, by_week, compare, line, whole_weeks

TARGETS = {"utilization": 0.40, "booking_yield": 0.70, "sharing_rate": 0.15, "cv": 0.50}
"""What the indicators are held against; the limit of the coefficient of variation is the one for primary schools."""

Names = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure with its weekly line (an SVG path), its change since the first weeks, its target and coverage."""

    key: str
    value: float | None
    change: float | None
    path: str
    target: float
    target_height: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A row drawn: shares of the axis in percent, and its change since the first weeks."""

    row: Row
    solid: float
    dark: float
    tick: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What the headline says: the change over so many weeks and who and what explains it."""

    weeks: int
    change: float | None
    schools: list[tuple[str, str]]
    types: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything above the evidence."""

    report: Report
    finding: Finding | None
    indicators: list[Indicator]
    bars: list[Bar]
    axis: list[tuple[float, int]]
    insufficient: list[Row]
    first_week: date | None
    last_week: date | None


def overview(session: Session, viewer: Viewer, asked: Answered, group_by: GroupBy, floor: float) -> Overview:
    """Return what the page shows of a scope."""
    scope = asked.scope
    schools = sums_by_day(session, viewer, scope, GroupBy.ORGANIZATION)
    types = sums_by_day(session, viewer, scope, GroupBy.ASSET_TYPE)
    daily = {GroupBy.ORGANIZATION: schools, GroupBy.ASSET_TYPE: types}.get(group_by)
    counted = sums_by(session, viewer, scope, group_by) if daily is None else by_key(daily)
    made = made_of(session, counted, group_by, Method.DEVICE, floor, pending(session))
    weeks = by_week(schools)
    compared = compare(weeks)
    bars, axis = _bars(made, None if daily is None else compare(by_week(daily)), floor)
    return Overview(
        report=made,
        finding=_finding(session, compared, compare(by_week(types)), floor),
        indicators=_indicators(session, made.total.sums, weeks, compared, floor),
        bars=bars,
        axis=axis,
        insufficient=[row for row in made.rows if not row.rates.sufficient and row.sums.available],
        first_week=min(weeks, default=None),
        last_week=max(weeks, default=None),
    )


def _finding(session: Session, compared: Comparison | None, types: Comparison | None, floor: float) -> Finding | None:
    if compared is None:
        return None
    schools, kinds = compared.leaders(3), types.leaders(2) if types else []
    school_names = names_of(session, GroupBy.ORGANIZATION, schools)
    type_names = names_of(session, GroupBy.ASSET_TYPE, kinds)
    return Finding(
        compared.weeks,
        change(total(compared.before.values()), total(compared.after.values()), floor),
        [school_names[key] for key in schools],
        [type_names[key] for key in kinds],
    )


def _indicators(
    session: Session,
    whole: Sums,
    weeks: Mapping[date, Mapping[str, Sums]],
    compared: Comparison | None,
    floor: float,
) -> list[Indicator]:
    coverage = rates(whole, floor).coverage
    made = []
    for key in ("utilization", "booking_yield", "sharing_rate"):
        figure = _rate(key, floor)
        points = [figure(sums) for _, sums in whole_weeks(weeks)]
        moved = None
        if compared:
            moved = _less(figure(total(compared.after.values())), figure(total(compared.before.values())))
        made.append(_indicator(key, figure(whole), moved, points, coverage))
    pupils = _pupils(session, weeks)
    variation = [_variation(parts, pupils) for parts in weeks.values()]
    moved = _less(_variation(compared.after, pupils), _variation(compared.before, pupils)) if compared else None
    everything = by_key({(week, key): sums for week, parts in weeks.items() for key, sums in parts.items()})
    made.append(_indicator("cv", _variation(everything, pupils), moved, variation, coverage))
    return made


def _rate(key: str, floor: float) -> Callable[[Sums], float | None]:
    def figure(sums: Sums) -> float | None:
        value = getattr(rates(sums, floor), key)
        return float(value) if value is not None else None

    return figure


def _indicator(
    key: str, value: float | None, moved: float | None, points: Sequence[float | None], coverage: float | None
) -> Indicator:
    path, height = line(points, TARGETS[key])
    return Indicator(key, value, moved, path, TARGETS[key], height, coverage)


def _variation(parts: Mapping[str, Sums], pupils: Mapping[str, int]) -> float | None:
    return cv_weighted((sums.used, pupils[key]) for key, sums in parts.items() if key in pupils)


def _pupils(session: Session, weeks: Mapping[date, Mapping[str, Sums]]) -> dict[str, int]:
    keys = {key for parts in weeks.values() for key in parts}
    found = select(Organization.id, Organization.pupils).where(col(Organization.id).in_(keys))
    return {key: pupils for key, pupils in session.exec(found) if pupils}


def _less(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before


def _bars(made: Report, compared: Comparison | None, floor: float) -> tuple[list[Bar], list[tuple[float, int]]]:
    reach = max((_share(row.sums.used + row.sums.unknown, row.sums) for row in made.rows), default=0.0)
    top = min(1.0, max(0.25, ceil(reach * 4 - 1e-9) / 4))
    bars = []
    for row in made.rows:
        before = compared.before.get(row.key) if compared else None
        after = compared.after.get(row.key) if compared else None
        tick = None
        if before and row.rates.sufficient and rates(before, floor).sufficient:
            tick = min(100.0, 100 * _share(before.used, before) / top)
        bars.append(
            Bar(
                row,
                100 * _share(row.sums.used, row.sums) / top,
                100 * _share(row.sums.unknown, row.sums) / top,
                tick,
                change(before, after, floor) if before and after and row.rates.sufficient else None,
            )
        )
    return bars, [(mark / top, mark) for mark in range(0, round(100 * top) + 1, 25)]


def _share(part: int, sums: Sums) -> float:
    return part / sums.available if sums.available else 0.0
