"""Rates of use: what was counted and the ratios made of it, all ratios of sums (domain page, "Utilization")."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import add, attrgetter

COVERAGE_FLOOR = 0.8
"""Below this share of known time a rate prints "insufficient data"."""


class Method(StrEnum):
    """How use was found out; methods are never mixed in one rate."""

    DEVICE = "D"
    TIMETABLE = "T"
    SURVEY = "S"


@dataclass(frozen=True, slots=True)
class Sums:
    """What is counted over a set of asset-days, in milliseconds within core hours; `due` and `no_shows` are bookings.

    `used_booked`, `used_lesson` and `borrowed` are parts of `used`; `booked` and `lesson` lie within available time.
    """

    core: int = 0
    maintenance: int = 0
    in_transit: int = 0
    unknown: int = 0
    used: int = 0
    setup: int = 0
    booked: int = 0
    used_booked: int = 0
    lesson: int = 0
    used_lesson: int = 0
    borrowed: int = 0
    contradiction: int = 0
    due: int = 0
    no_shows: int = 0

    @property
    def available(self) -> int:
        """Core time without maintenance and transport."""
        return self.core - self.maintenance - self.in_transit

    @property
    def known(self) -> int:
        """Available time with trustworthy data."""
        return self.available - self.unknown

    def __add__(self, other: "Sums") -> "Sums":
        """Add two sets of asset-days."""
        return Sums(*map(add, _values(self), _values(other)))


_values = attrgetter(*(field.name for field in fields(Sums)))


def total(parts: Iterable[Sums]) -> Sums:
    """Add up; aggregates are ratios of these sums, never means of ratios."""
    result = Sums()
    for part in parts:
        result += part
    return result


@dataclass(frozen=True, slots=True)
class Rates:
    """The ratios of one set of asset-days; None where the denominator is zero or data is insufficient.

    `lower_bound` counts every unknown second as unused; `with_setup` counts warm-up and clear-down as use.
    """

    coverage: float | None
    sufficient: bool
    utilization: float | None
    lower_bound: float | None
    with_setup: float | None
    booked_frequency: float | None
    booking_yield: float | None
    walk_up_share: float | None
    no_show_rate: float | None
    sharing_rate: float | None


def rates(sums: Sums, floor: float = COVERAGE_FLOOR) -> Rates:
    """Return the ratios of sums; those made of measured use are None under the coverage `floor` (0 to 1)."""
    coverage = ratio(sums.known, sums.available)
    enough = coverage is not None and coverage >= floor
    walk_up = sums.used - sums.used_booked - sums.used_lesson
    return Rates(
        coverage=coverage,
        sufficient=enough,
        utilization=ratio(sums.used, sums.known) if enough else None,
        lower_bound=ratio(sums.used, sums.available),
        with_setup=ratio(sums.used + sums.setup, sums.known) if enough else None,
        booked_frequency=ratio(sums.booked, sums.available),
        booking_yield=ratio(sums.used_booked, sums.booked) if enough else None,
        walk_up_share=ratio(walk_up, sums.used) if enough else None,
        no_show_rate=ratio(sums.no_shows, sums.due),
        sharing_rate=ratio(sums.borrowed, sums.used) if enough else None,
    )


def by_timetable(sums: Sums) -> Sums:
    """Return the sums as a timetable sees them: every lesson counts as use, nothing is unknown, nothing is borrowed."""
    return Sums(
        core=sums.core,
        maintenance=sums.maintenance,
        in_transit=sums.in_transit,
        used=sums.lesson,
        lesson=sums.lesson,
        used_lesson=sums.lesson,
    )


def ratio(part: int, whole: int) -> float | None:
    """Return part ÷ whole, None of nothing."""
    return part / whole if whole > 0 else None


def cv_weighted(parts: Iterable[tuple[float, int]]) -> float | None:
    """Return the pupil-weighted coefficient of variation (差异系数) of resource per pupil; None for fewer than two.

    `parts` are (resource, pupils) of schools; √(Σ w (x − x̄)²) ÷ x̄ with x = r ÷ p, w = p ÷ N (domain page, "Equity").
    """
    known = [(resource, pupils) for resource, pupils in parts if pupils > 0]
    pupils = sum(count for _, count in known)
    mean = sum(resource for resource, _ in known) / pupils if pupils else 0.0
    if len(known) < 2 or mean <= 0:
        return None
    variance = sum(count / pupils * (resource / count - mean) ** 2 for resource, count in known)
    return math.sqrt(variance) / mean


def change(before: Sums, after: Sums, floor: float = COVERAGE_FLOOR) -> float | None:
    """Return by how much utilization changed, None where either side has insufficient data."""
    old, new = rates(before, floor).utilization, rates(after, floor).utilization
    return None if old is None or new is None else new - old


def contributions(before: Mapping[str, Sums], after: Mapping[str, Sums]) -> dict[str, float]:
    """Return what each part adds to the change of the whole's utilization; the parts sum to that change.

    A part's own change counts by its mean share of known time, a shift of known time by how far the part's rate lies
    from the mean (Marshall-Edgeworth decomposition).
    """
    old, new = total(before.values()), total(after.values())
    if not old.known or not new.known:
        return {}
    mean = (old.used / old.known + new.used / new.known) / 2
    nothing = Sums()
    return {
        key: (_excess(after.get(key, nothing), mean) / new.known)
        - (_excess(before.get(key, nothing), mean) / old.known)
        for key in {*before, *after}
    }


def _excess(part: Sums, mean: float) -> float:
    return part.used - mean * part.known
