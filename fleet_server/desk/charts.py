"""Series of a device's metrics as lines of an SVG, with the holes left open."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.usage.models import Sample

STEPS = 150
WIDTH, HEIGHT, MARGIN = 300.0, 34.0, 3.0
HOLE_STEPS = 4
"""So many steps without a sample are a hole, not a line."""
_S: Any = Sample
Value = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Chart:
    """One metric: its latest value and, for a number with samples, its line, its holes and its range."""

    name: str
    title_zh: str
    title_en: str
    unit: str
    value: Value
    at_ms: int
    line: str
    holes: tuple[tuple[float, float], ...]
    low: float | None
    high: float | None


def charts(session: Session, device_id: str, manifest: Mapping[str, Any], metrics: Mapping[str, Any],
           start_ms: int, end_ms: int) -> list[Chart]:  # fmt: skip
    """Return a chart for each metric the device says it has, in the order of its manifest."""
    known = titles(manifest)
    names = [name for name in known if name in metrics] + sorted(name for name in metrics if name not in known)
    series = _series(session, device_id, names, start_ms, end_ms)
    return [_chart(name, known.get(name), metrics[name], series.get(name, {})) for name in names]


@dataclass(frozen=True, slots=True)
class Title:
    """What a device's manifest calls a metric."""

    zh: str
    en: str
    unit: str


def titles(manifest: Mapping[str, Any]) -> dict[str, Title]:
    """Return the metrics of a stored manifest by name, in its order."""
    return {
        item["name"]: Title(item["titles"]["zh"], item["titles"]["en"], item["unit"])
        for item in manifest.get("metrics", ())
    }


def _series(
    session: Session, device_id: str, names: Sequence[str], start_ms: int, end_ms: int
) -> dict[str, dict[int, float]]:
    """Return for each name the mean of each step that has samples."""
    step = max(1, (end_ms - start_ms) // STEPS)
    rows = session.execute(
        sa.select(_S.at_ms, _S.readings).where(_S.device_id == device_id, _S.at_ms >= start_ms, _S.at_ms < end_ms)
    )
    sums: dict[str, dict[int, tuple[float, int]]] = {name: {} for name in names}
    for at_ms, readings in rows:
        place = (at_ms - start_ms) // step
        for name, value in readings.items():
            if name in sums and isinstance(value, int | float) and not isinstance(value, bool):
                total, count = sums[name].get(place, (0.0, 0))
                sums[name][place] = (total + value, count + 1)
    return {name: {place: total / count for place, (total, count) in kept.items()} for name, kept in sums.items()}


def _chart(name: str, spec: Title | None, latest: Any, points: Mapping[int, float]) -> Chart:
    value, at_ms = (latest[0], latest[1]) if isinstance(latest, list) and len(latest) == 2 else (latest, 0)
    plain = name.rsplit("/", 1)[-1]
    return Chart(
        name=name,
        title_zh=spec.zh if spec else plain,
        title_en=spec.en if spec else plain,
        unit=spec.unit if spec else "",
        value=value if isinstance(value, bool | int | float | str) else None,
        at_ms=at_ms if isinstance(at_ms, int) else 0,
        line=line_of(points),
        holes=holes_of(points),
        low=min(points.values(), default=None),
        high=max(points.values(), default=None),
    )


def line_of(points: Mapping[int, float]) -> str:
    """Return the path of a series, scaled to its own range; a hole lifts the pen."""
    if len(points) < 2:
        return ""
    low, high = min(points.values()), max(points.values())
    parts: list[str] = []
    before: int | None = None
    for place in sorted(points):
        letter = "L" if before is not None and place - before <= HOLE_STEPS else "M"
        part = (points[place] - low) / (high - low) if high > low else 0.5
        y = HEIGHT - MARGIN - part * (HEIGHT - 2 * MARGIN)
        parts.append(f"{letter}{_x(place):.1f} {y:.1f}")
        before = place
    return "".join(parts)


def holes_of(points: Mapping[int, float]) -> tuple[tuple[float, float], ...]:
    """Return where nothing is known between two samples, as (x, width)."""
    places = sorted(points)
    pairs = itertools.pairwise(places)
    return tuple((_x(one), _x(other) - _x(one)) for one, other in pairs if other - one > HOLE_STEPS)


def _x(place: int) -> float:
    return place * WIDTH / (STEPS - 1)
