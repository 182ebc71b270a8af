"""Which drivers exist: ours by an explicit list, others' by entry points; a module is imported when it is asked for."""

from importlib import import_module
from importlib.metadata import entry_points

from device_drivers.api import DriverEntry

ENTRY_POINT_GROUP = "classroom_fleet.drivers"

_BUILT_IN: dict[str, str] = {
    "host": "device_drivers.host:ENTRY",
    "recorder_process": "device_drivers.recorder_process:ENTRY",
    "printer_octoprint": "device_drivers.printer_octoprint:ENTRY",
    "printer_marlin": "device_drivers.printer_marlin:ENTRY",
    "projector_pjlink": "device_drivers.projector_pjlink:ENTRY",
    "simulated_printer_3d": "device_drivers.simulated:PRINTER_3D",
    "simulated_recorder": "device_drivers.simulated:RECORDER",
    "simulated_smart_board": "device_drivers.simulated:SMART_BOARD",
    "simulated_projector": "device_drivers.simulated:PROJECTOR",
    "simulated_computer": "device_drivers.simulated:COMPUTER",
}

KEYS: tuple[str, ...] = tuple(_BUILT_IN)
"""The drivers that come with the product."""


class UnknownDriver(LookupError):
    """No driver goes by this key."""


def load(key: str) -> DriverEntry:
    """Import one driver and return its entry; ours win over others' of the same key.

    Raises: UnknownDriver.
    """
    if key in _BUILT_IN:
        module, _, name = _BUILT_IN[key].partition(":")
        return _checked(key, getattr(import_module(module), name))
    for point in entry_points(group=ENTRY_POINT_GROUP, name=key):
        return _checked(key, point.load())
    raise UnknownDriver(key)


def installed() -> tuple[str, ...]:
    """List every key that can be loaded, ours first, without importing any driver."""
    others = sorted({point.name for point in entry_points(group=ENTRY_POINT_GROUP)} - set(KEYS))
    return (*KEYS, *others)


def _checked(key: str, entry: object) -> DriverEntry:
    if not isinstance(entry, DriverEntry) or entry.manifest.key != key:
        raise UnknownDriver(key)
    return entry
