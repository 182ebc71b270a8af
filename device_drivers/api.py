"""The contract between the agent and a driver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from device_drivers.links import Links
from telemetry.manifest import Manifest
from telemetry.metrics import Value
from telemetry.states import DeviceState


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device is; empty strings where it does not say."""

    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a device.

    `state` is what the device does now, UNKNOWN where it cannot be told; `cause` says why for fault and unknown, in
    the maker's words where there are any. `values` maps metric names of the manifest to values; a counter
    falls only together with a change of the metric `Usage/Epoch`, which a driver with such counters declares and reads.
    """

    state: DeviceState
    values: Mapping[str, Value] = field(default_factory=dict)
    cause: str = ""
    identity: Identity | None = None


class Driver(Protocol):
    """One device's driver; synchronous, called from one thread."""

    def read(self) -> Reading:
        """Look at the device once, bounded in time and size.

        Raises: DriverError.
        """

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        """Carry out an order and return one line saying what was done.

        Raises: DriverError.
        """

    def close(self) -> None:
        """Let go of the link."""


Monotonic = Callable[[], float]
"""Seconds on a clock that never jumps, handed to drivers that measure lengths."""


Settings = Mapping[str, Value]
"""What a technician set for one device, by the names of the manifest's settings."""


@dataclass(frozen=True, slots=True)
class DriverEntry:
    """What the catalogue holds of a driver: its offer, and how to open it on checked settings."""

    manifest: Manifest
    open: Callable[[Settings, Links], Driver]
