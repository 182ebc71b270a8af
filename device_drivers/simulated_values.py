"""What a simulated device measures: figures that follow from its past and its present state."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from device_drivers import measures
from device_drivers.simulated_manifests import SPOOL
from device_drivers.simulated_physics import AMBIENT, BED, METERS_PER_GRAM, NOZZLE, PrintWork, read_work
from device_drivers.simulated_timeline import Stretch, steady
from telemetry.metrics import Value
from telemetry.plan import Activity, PlannedDevice
from telemetry.states import DeviceState

HOUR_MS = 3_600_000
_SPOOL_GRAMS = 1_000.0
_DISK_GB = 2_000.0
_RECORDED_GB_PER_HOUR = 1.8


@dataclass(frozen=True, slots=True)
class Past:
    """What a device has behind it at the start of a stretch; times in milliseconds, temperatures in degrees Celsius."""

    in_use_ms: int = 0
    on_ms: int = 0
    finished: int = 0
    failed: int = 0
    grams: float = 0.0
    nozzle: float = AMBIENT
    bed: float = AMBIENT
    activity: int | None = None
    activity_ms: int = 0

    def after(self, stretch: Stretch, device: PlannedDevice, until_ms: int | None = None) -> "Past":
        """Add one stretch, or its part up to `until_ms`."""
        end = stretch.end_ms if until_ms is None else until_ms
        past = self._timed(stretch, end - stretch.start_ms)
        if device.kind == "printer_3d":
            past = past._printed(self, stretch, device, end)
        return past._ended(stretch, device, end)

    def _timed(self, stretch: Stretch, length: int) -> "Past":
        used = length if stretch.state is DeviceState.IN_USE else 0
        powered = 0 if stretch.state is DeviceState.OFF else length
        same = stretch.activity is not None and stretch.activity == self.activity
        return replace(
            self,
            in_use_ms=self.in_use_ms + used,
            on_ms=self.on_ms + powered if stretch.start_ms else 0,
            activity=stretch.activity,
            activity_ms=(self.activity_ms if same else 0) + used,
        )

    def _printed(self, before: "Past", stretch: Stretch, device: PlannedDevice, end: int) -> "Past":
        work = targets(stretch, device)
        seconds = (end - stretch.start_ms) / 1000
        return replace(
            self,
            nozzle=NOZZLE.after(before.nozzle, work.nozzle, seconds),
            bed=BED.after(before.bed, work.bed, seconds),
            grams=self.grams + _grams(stretch, device, self.in_use_ms - before.in_use_ms),
        )

    def _ended(self, stretch: Stretch, device: PlannedDevice, end: int) -> "Past":
        if stretch.activity is None or stretch.state is not DeviceState.IN_USE:
            return self
        activity = device.activities[stretch.activity]
        if end < activity.end_ms:
            return self
        if activity.outcome == "done":
            return replace(self, finished=self.finished + 1)
        return replace(self, failed=self.failed + 1)


_COLD = PrintWork(grams=0.0, nozzle=0.0, bed=0.0)


def targets(stretch: Stretch, device: PlannedDevice) -> PrintWork:
    """Tell what a printer's controller wants in a stretch: warmth until the part is done, then nothing."""
    if stretch.activity is None or stretch.state not in (DeviceState.SETUP, DeviceState.IN_USE):
        return _COLD
    activity = device.activities[stretch.activity]
    return read_work(activity.work) if stretch.start_ms < activity.end_ms else _COLD


def _grams(stretch: Stretch, device: PlannedDevice, used_ms: int) -> float:
    if stretch.activity is None or not used_ms:
        return 0.0
    activity = device.activities[stretch.activity]
    return read_work(activity.work).grams * used_ms / _printing_ms(activity)


def _printing_ms(activity: Activity) -> int:
    """Tell how long the part itself takes, warm-up left out."""
    length = activity.end_ms - activity.start_ms
    return max(length - min(int(read_work(activity.work).setup_s() * 1000), length // 3), 1)


def values(device: PlannedDevice, before: Past, stretch: Stretch, ms: int) -> dict[str, Value]:
    """Tell every metric of the device's kind at `ms`, within `stretch`, `before` being the past at its start."""
    past = before.after(stretch, device, max(ms, stretch.start_ms))
    base = _base_hours(device)
    figures: dict[str, Value] = {
        measures.HOURS.name: base * 0.4 + past.in_use_ms / HOUR_MS,
        measures.HOURS_ON.name: base + past.on_ms / HOUR_MS,
    }
    return figures | _BY_KIND[device.kind](device, past, stretch, ms)


def _base_hours(device: PlannedDevice) -> float:
    """Tell how many hours the device had run before its plan: it was not bought yesterday."""
    return float(200 + steady(device.serial) % 2_400)


def _printer(device: PlannedDevice, past: Past, stretch: Stretch, ms: int) -> dict[str, Value]:
    work = targets(stretch, device)
    jobs = int(_base_hours(device) / 4)
    return {
        measures.NOZZLE.name: _jitter(past.nozzle, 0.4, ms, device),
        measures.NOZZLE_TARGET.name: work.nozzle,
        measures.BED.name: _jitter(past.bed, 0.2, ms, device),
        measures.BED_TARGET.name: work.bed,
        measures.PROGRESS.name: _progress(device, past, stretch),
        SPOOL.name: round(_SPOOL_GRAMS - past.grams % _SPOOL_GRAMS, 1),
        measures.JOBS_FINISHED.name: jobs + past.finished,
        measures.JOBS_FAILED.name: jobs // 12 + past.failed,
        measures.FILAMENT.name: round(jobs * 9.5 + past.grams * METERS_PER_GRAM, 3),
    }


def _progress(device: PlannedDevice, past: Past, stretch: Stretch) -> float:
    if stretch.activity is None or stretch.state is DeviceState.OFF:
        return 0.0
    return round(min(100.0 * past.activity_ms / _printing_ms(device.activities[stretch.activity]), 100.0), 1)


def _recorder(device: PlannedDevice, past: Past, stretch: Stretch, _ms: int) -> dict[str, Value]:
    recording = stretch.state is DeviceState.IN_USE
    free = _disk_free(device, past)
    return {
        measures.RECORDING.name: recording,
        measures.RECORDED_SECONDS.name: past.activity_ms // 1000 if recording else 0,
        measures.SIGNAL.name: "no signal" not in stretch.cause,
        measures.DISK_FREE.name: round(free, 2),
        measures.DISK.name: round(100 * (1 - free / _DISK_GB), 1),
        measures.RECORDINGS.name: int(_base_hours(device)) + past.finished,
    }


def _disk_free(device: PlannedDevice, past: Past) -> float:
    """Tell the free space in GB; old recordings are carried off whenever the disk is four fifths full."""
    start = 0.2 + (steady(device.serial + "/disk") % 30) / 100
    written = past.in_use_ms / HOUR_MS * _RECORDED_GB_PER_HOUR
    room = _DISK_GB * (0.8 - start)
    return _DISK_GB * (1 - start) - written % room


def _picture(device: PlannedDevice, past: Past, stretch: Stretch, ms: int) -> dict[str, Value]:
    lit = stretch.state is DeviceState.IN_USE
    return {
        measures.SIGNAL.name: lit,
        measures.TEMPERATURE.name: _jitter(_chassis(past, stretch, ms), 0.3, ms, device),
    }


def _chassis(past: Past, stretch: Stretch, ms: int) -> float:
    """Tell the temperature inside a lit device, 15 minutes to be warm; one at rest stays a little over the room."""
    idle, warm = AMBIENT + 6.0, AMBIENT + 27.0
    if stretch.state is DeviceState.IN_USE:
        return warm - (warm - idle) * math.exp(-past.activity_ms / 900_000)
    if stretch.activity is None:
        return idle
    return idle + (warm - idle) * math.exp(-(ms - stretch.start_ms) / 900_000)


def _projector(device: PlannedDevice, past: Past, stretch: Stretch, ms: int) -> dict[str, Value]:
    lamp = int(_base_hours(device) * 0.4 + past.in_use_ms / HOUR_MS)
    return _picture(device, past, stretch, ms) | {measures.LAMP_HOURS.name: lamp}


def _computer(device: PlannedDevice, past: Past, stretch: Stretch, ms: int) -> dict[str, Value]:
    busy = stretch.state is DeviceState.IN_USE
    return {
        measures.CPU.name: max(_jitter(46.0 if busy else 6.0, 30.0 if busy else 4.0, ms, device), 0.5),
        measures.MEMORY.name: _jitter(58.0 if busy else 31.0, 6.0, ms, device),
        measures.DISK.name: round(40 + steady(device.serial) % 45 + past.in_use_ms / HOUR_MS * 0.002, 1),
    }


def _jitter(middle: float, size: float, ms: int, device: PlannedDevice) -> float:
    """Let a figure waver around `middle` by less than `size`, the same way on every run."""
    phase = steady(device.serial) % 6_283 / 1_000
    waver = math.sin(ms / 47_000 + phase) * 0.6 + math.sin(ms / 13_700 + phase * 3) * 0.4
    return round(middle + size * waver, 2)


_BY_KIND: dict[str, Callable[[PlannedDevice, Past, Stretch, int], dict[str, Value]]] = {
    "printer_3d": _printer,
    "recorder": _recorder,
    "smart_board": _picture,
    "projector": _projector,
    "computer": _computer,
}
