"""Named, typed values as they cross the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

Value = bool | int | float | str | bytes | None


class DataType(IntEnum):
    """Sparkplug B 3.0 data types, section 6.4.16; `WRITTEN` lists the ones this project puts on the wire."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19


WRITTEN = frozenset(
    {
        DataType.BOOLEAN,
        DataType.INT32,
        DataType.INT64,
        DataType.UINT64,
        DataType.FLOAT,
        DataType.DOUBLE,
        DataType.STRING,
        DataType.DATETIME,
    }
)


@dataclass(frozen=True, slots=True)
class Property:
    """One entry of a metric's property set."""

    datatype: DataType
    value: Value


@dataclass(frozen=True, slots=True)
class Metric:
    """One named value of a payload; `timestamp` is in milliseconds since 1970 UTC."""

    name: str | None
    value: Value
    datatype: DataType | None = None
    timestamp: int | None = None
    alias: int | None = None
    is_historical: bool = False
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Payload:
    """One Sparkplug payload; `timestamp` is in milliseconds since 1970 UTC, `seq` in 0..255."""

    metrics: tuple[Metric, ...] = ()
    timestamp: int | None = None
    seq: int | None = None
