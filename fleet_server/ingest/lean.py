"""The short way for the message that comes most: live telemetry of a born device, all of it by alias.

Reading such a message into the general form costs ten times what receiving it does. Here the values are taken straight
from protobuf's message by what the birth declared; anything out of the ordinary goes the general way instead.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from fleet_server.ingest.births import is_shown
from fleet_server.ingest.texts import plain_text
from telemetry.births import TELEMETRY_PREFIX, USAGE_PREFIX
from telemetry.metrics import DataType, Value
from telemetry.payload import MAX_BYTES, MAX_METRICS, MAX_MS
from telemetry.schema import build_payload_class

_Payload = build_payload_class()
_SPECIAL = (b"boottime_ms", b"State")
"""What journal records and states always contain as text."""


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _same(value: bool) -> bool:
    return value


_READ: dict[DataType, tuple[str, Callable[[Any], Value]]] = {
    DataType.DOUBLE: ("double_value", _finite),
    DataType.FLOAT: ("float_value", _finite),
    DataType.INT64: ("long_value", _signed),
    DataType.BOOLEAN: ("boolean_value", _same),
    DataType.STRING: ("string_value", plain_text),
}


@dataclass(frozen=True, slots=True)
class Column:
    """How one alias is read: its name, protobuf's field, what makes it fit for the database."""

    name: str
    field: str
    convert: Callable[[Any], Value]
    datatype: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The values of one plain message."""

    seq: int
    timestamp: int
    values: dict[str, Value]


def column(name: str | None, datatype: DataType | None) -> Column | None:
    """Return how a metric of this name and type is read the short way, None if it is not."""
    if name is None or datatype not in _READ or len(name) > 120:
        return None
    if not is_shown(name) or not name.startswith((TELEMETRY_PREFIX, USAGE_PREFIX)):
        return None
    field, convert = _READ[datatype]
    return Column(name, field, convert, int(datatype))


def read(data: bytes, columns: dict[int, Column]) -> Reading | None:
    """Return the values of a plain message, None for one that must go the general way."""
    if len(data) > MAX_BYTES or not columns or any(word in data for word in _SPECIAL):
        return None
    try:
        message = _Payload.FromString(data)
        metrics = message.metrics
        if not 0 < len(metrics) <= MAX_METRICS or not 0 < message.timestamp <= MAX_MS or message.seq > 255:
            return None
        values = _values(metrics, columns)
    except (DecodeError, UnicodeDecodeError, UnicodeEncodeError):
        return None
    if values is None or not message.HasField("seq"):
        return None
    return Reading(message.seq, message.timestamp, values)


def _values(metrics: Any, columns: dict[int, Column]) -> dict[str, Value] | None:
    values: dict[str, Value] = {}
    for metric in metrics:
        known = columns.get(metric.alias)
        if known is None or metric.is_historical or metric.datatype not in (0, known.datatype):
            return None
        value = getattr(metric, known.field)
        if not value and metric.WhichOneof("value") != known.field:
            return None
        values[known.name] = known.convert(value)
    return values
