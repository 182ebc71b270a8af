"""Which state a simulated device is in at every millisecond of its plan."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from device_drivers.simulated_physics import read_work
from telemetry.plan import Activity, PlannedDevice
from telemetry.states import DeviceState, UnknownCause

FOREVER_MS = 1 << 52

_WORDS: dict[str, tuple[str, ...]] = {
    "printer_3d": (
        "Thermal Runaway, system stopped! Heater_ID: bed",
        "MINTEMP triggered, system stopped! Heater_ID: 0",
        "Homing Failed: printer halted. kill() called!",
    ),
    "recorder": ("Storage write error: no space left on device", "HDMI input 1: no signal while recording"),
    "smart_board": ("OPS module not responding", "Touch frame: self-test failed at column 14"),
    "projector": ("ERST 020000: lamp failure", "ERST 002000: over temperature", "ERST 000020: filter blocked"),
    "computer": (
        "S.M.A.R.T. status: FAILING_NOW Reallocated_Sector_Ct",
        "EXT4-fs error: remounting filesystem read-only",
    ),
}
"""What makers print when such a device breaks."""

_WARM_UP_MS = {"projector": 40_000, "smart_board": 15_000}
_COOL_DOWN_MS = {"projector": 90_000}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state for [start_ms, end_ms); `activity` is the index of the activity it belongs to."""

    start_ms: int
    end_ms: int
    state: DeviceState
    cause: str = ""
    activity: int | None = None


_RANK = {DeviceState.SETUP: 1, DeviceState.IN_USE: 2, DeviceState.FAULT: 3, DeviceState.OFF: 4, DeviceState.UNKNOWN: 5}
"""What wins where stretches overlap: a device that cannot be read tells nothing; then no power, a fault, use."""


def timeline(device: PlannedDevice) -> Iterator[Stretch]:
    """Cover all time from 0 to FOREVER_MS once, in order; what no activity covers is standby."""
    layers = sorted((*_dark(device), *_blind(device), *_activities(device)), key=lambda layer: layer.start_ms)
    edges = sorted({0, FOREVER_MS, *(edge for layer in layers for edge in (layer.start_ms, layer.end_ms))})
    live: list[Stretch] = []
    upcoming = 0
    for start, end in pairwise(edges):
        while upcoming < len(layers) and layers[upcoming].start_ms <= start:
            live.append(layers[upcoming])
            upcoming += 1
        live = [layer for layer in live if layer.end_ms > start]
        yield _top(live, start, end)


def _top(live: list[Stretch], start: int, end: int) -> Stretch:
    if not live:
        return Stretch(start, end, DeviceState.STANDBY)
    best = max(live, key=lambda layer: (_RANK[layer.state], layer.start_ms))
    return Stretch(start, end, best.state, best.cause, best.activity)


def _dark(device: PlannedDevice) -> Iterator[Stretch]:
    """Yield the stretches without power; a device without `on` always has power."""
    if not device.on:
        return
    since = 0
    for on_ms, off_ms in sorted(device.on):
        if on_ms > since:
            yield Stretch(since, on_ms, DeviceState.OFF)
        since = max(since, off_ms)
    if since < FOREVER_MS:
        yield Stretch(since, FOREVER_MS, DeviceState.OFF)


def _blind(device: PlannedDevice) -> Iterator[Stretch]:
    """Yield the stretches in which the box cannot read the device."""
    for start, end in device.blind:
        if start < end:
            yield Stretch(start, end, DeviceState.UNKNOWN, UnknownCause.LINK_LOST.value)


def _activities(device: PlannedDevice) -> Iterator[Stretch]:
    for index, activity in enumerate(device.activities):
        if activity.start_ms < activity.end_ms:
            yield from _phases(device, index, activity)


def _phases(device: PlannedDevice, index: int, activity: Activity) -> Iterator[Stretch]:
    """Yield warm-up, use and clear-down of one activity, or its fault instead of the clear-down."""
    warm_ms, clear_ms = _setup_ms(device.kind, activity)
    begin = activity.start_ms + min(warm_ms, (activity.end_ms - activity.start_ms) // 3)
    if begin > activity.start_ms:
        yield Stretch(activity.start_ms, begin, DeviceState.SETUP, activity=index)
    yield Stretch(begin, activity.end_ms, DeviceState.IN_USE, activity=index)
    if activity.outcome == "fault" and activity.fault_ms > 0:
        end = activity.end_ms + activity.fault_ms
        yield Stretch(activity.end_ms, end, DeviceState.FAULT, fault_words(device, activity), index)
    elif clear_ms:
        yield Stretch(activity.end_ms, activity.end_ms + clear_ms, DeviceState.SETUP, activity=index)


def _setup_ms(kind: str, activity: Activity) -> tuple[int, int]:
    if kind != "printer_3d":
        return _WARM_UP_MS.get(kind, 0), _COOL_DOWN_MS.get(kind, 0)
    work = read_work(activity.work)
    return int(work.setup_s() * 1000), int(work.clear_s() * 1000)


def fault_words(device: PlannedDevice, activity: Activity) -> str:
    """Choose the maker's words for the fault that ends an activity; the same one every time."""
    words = _WORDS.get(device.kind, ("Internal error",))
    return words[steady(f"{device.serial}/{activity.start_ms}") % len(words)]


def steady(text: str) -> int:
    """Turn a text into a number that is the same on every run."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
