"""One device as the agent knows it: who it is, what it last showed, the state it is in."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from device_drivers.api import Identity
from edge_agent.drafts import plain
from edge_agent.metering import Meter
from telemetry.manifest import Manifest, MetricSpec
from telemetry.metrics import WRITTEN, DataType, Value
from telemetry.states import DeviceState

_log = logging.getLogger(__name__)
_MAX_TEXT = 1_000
_BITS = {DataType.INT32: 31, DataType.INT64: 63, DataType.UINT64: 64, DataType.DATETIME: 63}
_WIDER = {
    DataType.INT8: DataType.INT32,
    DataType.INT16: DataType.INT32,
    DataType.UINT8: DataType.INT32,
    DataType.UINT16: DataType.INT32,
    DataType.UINT32: DataType.INT64,
    DataType.TEXT: DataType.STRING,
    DataType.UUID: DataType.STRING,
}


@dataclass
class Device:
    """A device of this box; `values` are the last ones shown, each with its time in milliseconds UTC.

    `seen` tells whether anything is known yet, `reachable` whether it answered last, `offset` the journal offset of
    the transition into the present state.
    """

    key: str
    driver: str
    manifest: Manifest
    meter: Meter
    identity: Identity = field(default_factory=Identity)
    offset: int | None = None
    seen: bool = False
    reachable: bool = False
    values: dict[str, tuple[Value, int]] = field(default_factory=dict)

    @property
    def state(self) -> DeviceState:
        """The state it is in as far as anybody knows."""
        return self.meter.state or DeviceState.UNKNOWN

    def take(self, shown: Mapping[str, Value], at_ms: int) -> list[MetricSpec]:
        """Keep what a reading shows and return the metrics that are new or have changed.

        What the manifest does not declare is passed over; what does not fit its datatype counts as null.
        """
        changed = []
        for spec in self.manifest.metrics:
            if spec.name in shown:
                value = fit(shown[spec.name], spec.datatype)
                if spec.name not in self.values or self.values[spec.name][0] != value:
                    changed.append(spec)
                self.values[spec.name] = (value, at_ms)
        return changed


def wire_type(datatype: DataType) -> DataType:
    """Return the datatype a driver's datatype travels as: one of those this project writes."""
    return datatype if datatype in WRITTEN else _WIDER.get(datatype, DataType.STRING)


def fit(value: Value, datatype: DataType) -> Value:
    """Return a driver's value as its datatype can hold it, None where it cannot."""
    travels = wire_type(datatype)
    if travels in _BITS:
        return _integer(value, travels)
    if travels in (DataType.FLOAT, DataType.DOUBLE):
        return _number(value)
    if travels is DataType.BOOLEAN:
        return bool(value) if isinstance(value, bool | int) else None
    return plain(value, _MAX_TEXT) if isinstance(value, str) else None


def _integer(value: Value, datatype: DataType) -> int | None:
    if isinstance(value, float) and math.isfinite(value):
        value = round(value)
    if not isinstance(value, int):
        return None
    low = 0 if datatype in (DataType.UINT64, DataType.DATETIME) else -(1 << _BITS[datatype])
    return int(value) if low <= value < 1 << _BITS[datatype] else None


def _number(value: Value) -> float | None:
    if isinstance(value, int | float) and abs(value) < 1e300 and math.isfinite(value):
        return float(value)
    return None


def identity_of(kept: Mapping[str, str]) -> Identity:
    """Return the identity written down earlier."""
    return Identity(**{key: kept.get(key, "") for key in ("make", "model", "serial", "firmware")})


def identity_fields(identity: Identity) -> dict[str, str]:
    """Return an identity as texts that can travel."""
    named = {"make": identity.make, "model": identity.model, "serial": identity.serial, "firmware": identity.firmware}
    return {key: plain(text, 80) for key, text in named.items()}
