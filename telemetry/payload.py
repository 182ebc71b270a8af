"""Sparkplug B payloads as bytes: writing them strictly, reading them liberally and within bounds."""

import math
from typing import Any

from google.protobuf.message import DecodeError

from telemetry.errors import MalformedPayload
from telemetry.metrics import WRITTEN, DataType, Metric, Payload, Property, Value
from telemetry.schema import build_payload_class

MAX_BYTES = 1 << 20
MAX_METRICS = 5_000
MAX_PROPERTIES = 64
MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: later times are no times."""

_Payload = build_payload_class()
_SIGNED = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
_UNSIGNED = {
    DataType.UINT8: 8,
    DataType.UINT16: 16,
    DataType.UINT32: 32,
    DataType.UINT64: 64,
    DataType.DATETIME: 64,
}
_TEXTS = frozenset({DataType.STRING, DataType.TEXT, DataType.UUID})
_FLOATS = frozenset({DataType.FLOAT, DataType.DOUBLE})
_FIELD = {
    DataType.INT32: "int_value",
    DataType.INT64: "long_value",
    DataType.UINT64: "long_value",
    DataType.DATETIME: "long_value",
    DataType.FLOAT: "float_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
}


def encode(payload: Payload) -> bytes:
    """Return the payload as bytes; every metric and property carries its datatype.

    Raises: ValueError for a datatype outside `WRITTEN` or a value that does not fit its datatype.
    """
    message = _Payload()
    if payload.timestamp is not None:
        message.timestamp = payload.timestamp
    for metric in payload.metrics:
        _write_metric(message.metrics.add(), metric)
    if payload.seq is not None:
        message.seq = payload.seq
    return bytes(message.SerializeToString())


def decode(data: bytes) -> Payload:
    """Return the payload in the bytes.

    Integers are read from either integer field and masked to the width of their datatype, since existing encoders
    disagree (Tahu and pysparkplug, on UInt32 and negative Int8). Without a datatype the raw unsigned number is kept:
    see `with_type`. Data sets, templates and nested property sets are read as None. Datatypes nobody knows become
    UNKNOWN.

    Raises: MalformedPayload for anything else, also for more than 1 MiB, 5,000 metrics, 64 properties a metric, a
    time after the year 9999 or a sequence number above 255.
    """
    if len(data) > MAX_BYTES:
        raise MalformedPayload(f"{len(data)} bytes, more than {MAX_BYTES}")
    message = _Payload()
    try:
        message.ParseFromString(data)
        return _read_payload(message)
    except DecodeError:
        raise MalformedPayload("not a Sparkplug payload") from None


def with_type(metric: Metric, datatype: DataType) -> Metric:
    """Return a metric that came without a datatype as its birth declared it.

    Raises: MalformedPayload for a value the datatype cannot hold.
    """
    value = _typed(datatype, metric.value, metric.name or f"alias {metric.alias}")
    return Metric(metric.name, value, datatype, metric.timestamp, metric.alias, metric.is_historical, metric.properties)


def _write_metric(message: Any, metric: Metric) -> None:
    if metric.name is not None:
        message.name = metric.name
    if metric.alias is not None:
        message.alias = metric.alias
    if metric.timestamp is not None:
        message.timestamp = metric.timestamp
    label = metric.name or f"alias {metric.alias}"
    datatype = _writable(metric.datatype, label)
    message.datatype = int(datatype)
    if metric.is_historical:
        message.is_historical = True
    _write_value(message, datatype, metric.value, label)
    for key, entry in metric.properties.items():
        _write_property(message.properties, key, entry)


def _write_property(message: Any, key: str, entry: Property) -> None:
    message.keys.append(key)
    written = message.values.add()
    written.type = int(_writable(entry.datatype, key))
    _write_value(written, entry.datatype, entry.value, key)


def _writable(datatype: DataType | None, label: str) -> DataType:
    if datatype not in WRITTEN:
        raise ValueError(f"{label}: datatype {datatype!r} is not one this project writes")
    return datatype


def _write_value(message: Any, datatype: DataType, value: Value, label: str) -> None:
    if value is None:
        message.is_null = True
        return
    setattr(message, _FIELD[datatype], _raw(datatype, value, label))


def _raw(datatype: DataType, value: Value, label: str) -> Value:
    if datatype in _SIGNED or datatype in _UNSIGNED:
        return _raw_integer(datatype, value, label)
    if datatype in _FLOATS and isinstance(value, int | float):
        return float(value)
    if datatype is DataType.BOOLEAN and isinstance(value, bool):
        return value
    if datatype is DataType.STRING and isinstance(value, str):
        return value
    raise ValueError(f"{label}: {type(value).__name__} does not fit {datatype.name}")


def _raw_integer(datatype: DataType, value: Value, label: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{label}: {type(value).__name__} does not fit {datatype.name}")
    bits = _SIGNED.get(datatype) or _UNSIGNED[datatype]
    low = -(1 << (bits - 1)) if datatype in _SIGNED else 0
    high = (1 << (bits - 1 if datatype in _SIGNED else bits)) - 1
    if not low <= value <= high:
        raise ValueError(f"{label}: {value} is outside {datatype.name}")
    return value & ((1 << bits) - 1)


def _read_payload(message: Any) -> Payload:
    if len(message.metrics) > MAX_METRICS:
        raise MalformedPayload(f"{len(message.metrics)} metrics, more than {MAX_METRICS}")
    seq = message.seq if message.HasField("seq") else None
    if seq is not None and seq > 255:
        raise MalformedPayload(f"sequence number {seq} is above 255")
    return Payload(tuple(_read_metric(metric) for metric in message.metrics), _time(message), seq)


def _time(message: Any) -> int | None:
    if not message.HasField("timestamp"):
        return None
    if message.timestamp > MAX_MS:
        raise MalformedPayload(f"time {message.timestamp} is after the year 9999")
    return int(message.timestamp)


def _read_metric(message: Any) -> Metric:
    name = _utf8(message.name) if message.HasField("name") else None
    alias = message.alias if message.HasField("alias") else None
    datatype = _datatype(message.datatype) if message.HasField("datatype") else None
    value = _read_value(message, datatype, name or f"alias {alias}")
    properties = _read_properties(message.properties) if message.HasField("properties") else {}
    return Metric(name, value, datatype, _time(message), alias, message.is_historical, properties)


def _read_properties(message: Any) -> dict[str, Property]:
    if len(message.keys) > MAX_PROPERTIES or len(message.keys) != len(message.values):
        raise MalformedPayload(f"{len(message.keys)} property names for {len(message.values)} values")
    found = {}
    for key, entry in zip(message.keys, message.values, strict=True):
        datatype = _datatype(entry.type)
        found[_utf8(key)] = Property(datatype, _read_value(entry, datatype, _utf8(key)))
    return found


def _utf8(text: object) -> str:
    # protobuf hands out the bytes of a text that is not UTF-8
    if not isinstance(text, str):
        raise MalformedPayload("a text is not UTF-8")
    return text


def _datatype(number: int) -> DataType:
    try:
        return DataType(number)
    except ValueError:
        return DataType.UNKNOWN


def _read_value(message: Any, datatype: DataType | None, label: str) -> Value:
    field = message.WhichOneof("value")
    if message.is_null or field is None:
        return None
    value: Value = getattr(message, field)
    if field == "string_value":
        value = _utf8(value)
    return value if datatype is None else _typed(datatype, value, label)


def _typed(datatype: DataType, value: Value, label: str) -> Value:
    if value is None or datatype is DataType.UNKNOWN:
        return value
    if datatype in _SIGNED or datatype in _UNSIGNED:
        return _integer(datatype, value, label)
    if datatype in _FLOATS and isinstance(value, int | float):
        return float(value)
    if datatype is DataType.BOOLEAN and isinstance(value, bool | int):
        return bool(value)
    if datatype in _TEXTS and isinstance(value, str):
        return value
    if datatype in (DataType.BYTES, DataType.FILE) and isinstance(value, bytes):
        return value
    if datatype in (DataType.DATASET, DataType.TEMPLATE):
        return None
    raise MalformedPayload(f"{label[:80]}: a {type(value).__name__} is no {datatype.name}")


def _integer(datatype: DataType, value: Value, label: str) -> int:
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedPayload(f"{label[:80]}: a {type(value).__name__} is no {datatype.name}")
    signed = datatype in _SIGNED
    bits = _SIGNED[datatype] if signed else _UNSIGNED[datatype]
    masked = value & ((1 << bits) - 1)
    return masked - (1 << bits) if signed and masked >> (bits - 1) else masked
