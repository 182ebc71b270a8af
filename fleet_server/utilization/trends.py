"""Trends: days folded into weeks, the first weeks of a period against the last, what explains the change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fleet_server.utilization.rules import Sums, contributions, total

Daily = Mapping[tuple[date, str], Sums]
COMPARED_WEEKS = 4
"""The first and the last four weeks of a period are compared, fewer where it is shorter than eight."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same keys in the first and in the last `weeks` weeks of a period."""

    weeks: int
    before: dict[str, Sums]
    after: dict[str, Sums]

    def leaders(self, count: int) -> list[str]:
        """Return the keys that add most to the change of the whole, in its direction, the greatest first."""
        parts = contributions(self.before, self.after)
        sign = 1 if sum(parts.values()) >= 0 else -1
        moved = [key for key, part in parts.items() if part * sign > 0]
        return sorted(moved, key=lambda key: (-parts[key] * sign, key))[:count]


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def by_key(daily: Daily) -> dict[str, Sums]:
    """Return what was counted by key over all days."""
    keys: dict[str, Sums] = {}
    for (_, key), sums in daily.items():
        keys[key] = keys.get(key, Sums()) + sums
    return keys


def by_week(daily: Daily) -> dict[date, dict[str, Sums]]:
    """Return what was counted by week and key; weeks without core time are left out."""
    weeks: dict[date, dict[str, Sums]] = {}
    for (day, key), sums in daily.items():
        if sums.core:
            week = weeks.setdefault(week_of(day), {})
            week[key] = week.get(key, Sums()) + sums
    return dict(sorted(weeks.items()))


def compare(weeks: Mapping[date, Mapping[str, Sums]]) -> Comparison | None:
    """Return the first weeks against the last; None for less than two weeks of data."""
    count = min(COMPARED_WEEKS, len(weeks) // 2)
    if count == 0:
        return None
    ordered = list(weeks.values())
    return Comparison(count, _joined(ordered[:count]), _joined(ordered[-count:]))


def whole_weeks(weeks: Mapping[date, Mapping[str, Sums]]) -> list[tuple[date, Sums]]:
    """Return the total of each week."""
    return [(week, total(parts.values())) for week, parts in weeks.items()]


def _joined(weeks: Sequence[Mapping[str, Sums]]) -> dict[str, Sums]:
    joined: dict[str, Sums] = {}
    for parts in weeks:
        for key, sums in parts.items():
            joined[key] = joined.get(key, Sums()) + sums
    return joined


def line(values: Iterable[float | None], target: float | None) -> tuple[str, float | None]:
    """Return an SVG path through the values in a box of 120 × 34, and the height of the target line.

    A missing value breaks the line; the scale takes in every value and the target.
    """
    points = list(values)
    known = [value for value in [*points, target] if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    reach = (high - low) or 1.0
    step = 120 / max(1, len(points) - 1)
    drawn, pen = [], "M"
    for number, value in enumerate(points):
        if value is None:
            pen = "M"
        else:
            drawn.append(f"{pen}{number * step:.1f} {_height(value, low, reach):.1f}")
            pen = "L"
    return "".join(drawn), None if target is None else _height(target, low, reach)


def _height(value: float, low: float, reach: float) -> float:
    return 31 - 27 * (value - low) / reach
