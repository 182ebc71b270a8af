"""Journal records: what a box keeps until the server has it, and how a record travels in a metric."""

import hashlib
import json
import math
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any, TypeVar

from telemetry.births import STATE
from telemetry.errors import MalformedPayload
from telemetry.metrics import DataType, Metric, Property, Value
from telemetry.states import REPORTED_STATES, ClockQuality, DeviceState


class RecordKind(StrEnum):
    """What a journal record says."""

    TRANSITION = "transition"
    JOB = "job"
    OUTCOME = "outcome"
    EVENT = "event"
    SAMPLE = "sample"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Record:
    """One journal record as the server receives it; times in milliseconds since 1970 UTC, device wall clock.

    `prev_ms` is the measured length of the state that ended with this transition (monotonic clock), None at a
    device's first. `boottime_ms` is the boot-time clock at `timestamp`. `body` is JSON text for kinds other than
    transition.
    """

    offset: int
    kind: RecordKind
    device: str | None
    timestamp: int
    boot: str
    boottime_ms: int
    state: str | None = None
    prev_ms: int | None = None
    quality: str | None = None
    cause: str | None = None
    body: str | None = None


_Present = TypeVar("_Present")
_PREFIX = "Journal/"
_NAMES = {kind: _PREFIX + kind.value.capitalize() for kind in RecordKind if kind is not RecordKind.TRANSITION}
_KINDS = {name: kind for kind, name in _NAMES.items()}
_QUALITIES = frozenset(ClockQuality)
MAX_OFFSET = (1 << 63) - 1
MAX_BODY_CHARS = 16_000
MAX_CAUSE_CHARS = 200
_MAX_BOOT_CHARS = 64
_MAX_LENGTH_MS = 100 * 366 * 86_400_000


def metric_name(kind: RecordKind) -> str:
    """Return the name of the metric a record of this kind travels in."""
    return STATE if kind is RecordKind.TRANSITION else _NAMES[kind]


def to_metric(record: Record, historical: bool) -> Metric:
    """Return the metric a record travels in; `historical` on every sending but the first."""
    value = record.state if record.kind is RecordKind.TRANSITION else record.body
    return Metric(
        name=metric_name(record.kind),
        value=value,
        datatype=DataType.STRING,
        timestamp=record.timestamp,
        is_historical=historical,
        properties=_properties(record),
    )


def _properties(record: Record) -> dict[str, Property]:
    found = {
        "j": Property(DataType.UINT64, record.offset),
        "boot": Property(DataType.STRING, record.boot),
        "boottime_ms": Property(DataType.INT64, record.boottime_ms),
    }
    if record.prev_ms is not None:
        found["prev_ms"] = Property(DataType.INT64, record.prev_ms)
    if record.quality is not None:
        found["quality"] = Property(DataType.STRING, record.quality)
    if record.cause is not None:
        found["cause"] = Property(DataType.STRING, record.cause)
    return found


def from_metric(metric: Metric, device: str | None) -> Record | None:
    """Return the record a metric carries, None for a metric that is not journaled; `device` comes from the topic.

    Raises: MalformedPayload for a journaled metric with a missing, mistyped or unbounded part.
    """
    kind = RecordKind.TRANSITION if metric.name == STATE else _KINDS.get(metric.name or "")
    if kind is None or "j" not in metric.properties:
        return None
    transition = kind is RecordKind.TRANSITION
    if transition and device is None:
        raise MalformedPayload("a transition outside a device")
    return Record(
        offset=_required(_integer(metric, "j", MAX_OFFSET), "j"),
        kind=kind,
        device=device,
        timestamp=_required(metric.timestamp, "timestamp"),
        boot=_required(_text(metric, "boot", _MAX_BOOT_CHARS), "boot"),
        boottime_ms=_required(_integer(metric, "boottime_ms", _MAX_LENGTH_MS), "boottime_ms"),
        state=_state(metric.value) if transition else None,
        prev_ms=_integer(metric, "prev_ms", _MAX_LENGTH_MS),
        quality=_quality(metric),
        cause=_text(metric, "cause", MAX_CAUSE_CHARS),
        body=None if transition else _body(metric.value),
    )


def read_body(text: str) -> dict[str, Any]:
    """Return the JSON object of a record's body.

    Raises: MalformedPayload for anything else, also for numbers and texts a database cannot hold (NaN, 1e999, NUL,
    lone surrogates) and for more than 16,000 characters.
    """
    if len(text) > MAX_BODY_CHARS:
        raise MalformedPayload(f"a body of {len(text)} characters, more than {MAX_BODY_CHARS}")
    try:
        body = json.loads(text, parse_constant=_finite, parse_float=_finite)
        plain = json.dumps(body, ensure_ascii=False)
        plain.encode()
    except (ValueError, RecursionError) as error:
        raise MalformedPayload(f"a body is not JSON: {error}"[:200]) from None
    if not isinstance(body, dict) or "\\u0000" in plain.replace("\\\\", ""):
        raise MalformedPayload("a body is not an object of plain texts and numbers")
    return body


def digest(record: Record) -> str:
    """Return 16 hexadecimal characters that tell this record from any other at the same offset.

    SHA-256 over the JSON array of the fields in the order of `Record`, ASCII, no spaces.
    """
    fields = json.dumps(astuple(record), separators=(",", ":"))
    return hashlib.sha256(fields.encode()).hexdigest()[:16]


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:20]} is not a finite number")
    return value


def _required(value: _Present | None, what: str) -> _Present:
    if value is None:
        raise MalformedPayload(f"a journaled metric without {what}")
    return value


def _integer(metric: Metric, key: str, most: int) -> int | None:
    entry = metric.properties.get(key)
    if entry is None or entry.value is None:
        return None
    if isinstance(entry.value, bool) or not isinstance(entry.value, int) or not 0 <= entry.value <= most:
        raise MalformedPayload(f"property {key} is not a number in 0..{most}")
    return entry.value


def _text(metric: Metric, key: str, most: int) -> str | None:
    entry = metric.properties.get(key)
    if entry is None or entry.value is None:
        return None
    if not isinstance(entry.value, str) or len(entry.value) > most or "\x00" in entry.value:
        raise MalformedPayload(f"property {key} is not a text of at most {most} characters")
    return entry.value


def _quality(metric: Metric) -> str | None:
    quality = _text(metric, "quality", 20)
    if quality is not None and quality not in _QUALITIES:
        raise MalformedPayload(f"unknown clock quality {quality!r}")
    return quality


def _state(value: Value) -> str:
    try:
        state = DeviceState(value) if isinstance(value, str) else None
    except ValueError:
        state = None
    if state not in REPORTED_STATES:
        raise MalformedPayload(f"no state a box may report: {str(value)[:40]!r}")
    return state.value


def _body(value: Value) -> str:
    if not isinstance(value, str):
        raise MalformedPayload("a body is not a text")
    read_body(value)
    return value
