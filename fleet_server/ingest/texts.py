"""Values from the wire made fit for any database: bounded, finite, without control characters."""

import math
from collections.abc import Mapping

from telemetry.metrics import Metric, Value

MAX_TEXT = 300
MAX_METRICS = 500
_LARGEST = 1 << 63


def plain(value: Value) -> Value:
    """Return a value a JSON column can hold; what it cannot hold becomes None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return plain_text(value)
    if isinstance(value, int):
        return value if -_LARGEST <= value < _LARGEST else None
    return None


def plain_text(text: str, most: int = MAX_TEXT) -> str:
    """Return the printable part of a text, cut to `most` characters."""
    kept = text[: 2 * most]
    if not kept.isprintable():
        kept = "".join(letter for letter in kept if letter.isprintable())
    return kept[:most]


def text_of(metrics: Mapping[str, Metric], name: str, most: int) -> str:
    """Return a text metric, empty where it is missing or no text."""
    metric = metrics.get(name)
    return plain_text(metric.value, most).strip() if metric is not None and isinstance(metric.value, str) else ""


def count_of(metrics: Mapping[str, Metric], name: str) -> int | None:
    """Return an integer metric that may be negative, None where it is missing or out of bounds."""
    metric = metrics.get(name)
    value = None if metric is None else metric.value
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST <= value < _LARGEST:
        return None
    return value
