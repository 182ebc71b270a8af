"""A device that lives by a plan: the model behind demonstrations, and a driver that reads it.

What the device does is a pure function of its plan and the time, so history made in bulk and what is read live are the
same story. Build one `Model` where many values of one device are wanted; `transitions` and `values_at` build their own.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from device_drivers.api import Driver as DriverContract
from device_drivers.api import DriverEntry, Identity, Reading, Settings
from device_drivers.errors import CommandRefused, InvalidSettings
from device_drivers.links import Links
from device_drivers.settings import check, text_of
from device_drivers.simulated_manifests import MANIFESTS
from device_drivers.simulated_timeline import timeline
from device_drivers.simulated_values import Past, values
from telemetry.metrics import Value
from telemetry.plan import PlannedDevice, load_plan
from telemetry.states import DeviceState

_MUTE = (DeviceState.OFF, DeviceState.UNKNOWN)


class Model:
    """One device's whole life, worked out once."""

    def __init__(self, device: PlannedDevice) -> None:
        self.device = device
        self._stretches = tuple(timeline(device))
        self._starts = [stretch.start_ms for stretch in self._stretches]
        self._pasts = self._work_out()

    def _work_out(self) -> list[Past]:
        pasts = [Past()]
        for stretch in self._stretches:
            pasts.append(pasts[-1].after(stretch, self.device))
        return pasts

    def state_at(self, ms: int) -> tuple[DeviceState, str]:
        """Tell the state and its cause."""
        stretch = self._stretches[self._index(ms)]
        return stretch.state, stretch.cause

    def values_at(self, ms: int) -> dict[str, Value]:
        """Tell every metric of the device's kind; counters agree with the transitions to the second."""
        index = self._index(ms)
        return values(self.device, self._pasts[index], self._stretches[index], ms)

    def transitions(self, from_ms: int, until_ms: int) -> Iterator[tuple[int, DeviceState, str]]:
        """Yield (ms, state, cause): the state at `from_ms` first, then every change before `until_ms`."""
        if from_ms >= until_ms:
            return
        first = self._index(from_ms)
        last: tuple[DeviceState, str] | None = None
        for stretch in self._stretches[first:]:
            if stretch.start_ms >= until_ms:
                return
            if (stretch.state, stretch.cause) != last:
                last = (stretch.state, stretch.cause)
                yield max(stretch.start_ms, from_ms), *last

    def _index(self, ms: int) -> int:
        return max(bisect_right(self._starts, ms) - 1, 0)


def transitions(device: PlannedDevice, from_ms: int, until_ms: int) -> Iterator[tuple[int, DeviceState, str]]:
    """Yield (ms, state, cause): the state at `from_ms` first, then every change before `until_ms`."""
    return Model(device).transitions(from_ms, until_ms)


def values_at(device: PlannedDevice, ms: int) -> dict[str, Value]:
    """Tell every metric of the device's kind at one moment."""
    return Model(device).values_at(ms)


class Driver:
    """Reads the model at the time of a clock, as a real driver reads a device."""

    def __init__(self, device: PlannedDevice, wall_ms: Callable[[], int]) -> None:
        self._model = Model(device)
        self._wall_ms = wall_ms

    def replan(self, device: PlannedDevice) -> None:
        """Follow a changed plan from now on."""
        self._model = Model(device)

    def read(self) -> Reading:
        """Look at the device once; one that is off or cannot be read answers its state and nothing else."""
        model, now = self._model, self._wall_ms()
        state, cause = model.state_at(now)
        device = model.device
        figures = {} if state in _MUTE else model.values_at(now)
        return Reading(state, figures, cause, Identity(device.make, device.model, device.serial, device.firmware))

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        """Blink, or refuse.

        Raises: CommandRefused.
        """
        if verb != "identify" or args:
            raise CommandRefused(f"unknown order {verb[:40]}")
        state, _ = self._model.state_at(self._wall_ms())
        if state is DeviceState.OFF:
            raise CommandRefused("the device is switched off")
        return "blinked three times"

    def close(self) -> None:
        """Do nothing: there is no link."""


def _open(kind: str, settings: Settings, links: Links) -> DriverContract:
    checked = check(MANIFESTS[kind], settings)
    path, key = text_of(checked, "plan"), text_of(checked, "device")
    try:
        plan = load_plan(Path(path))
    except (OSError, ValueError) as error:
        raise InvalidSettings(f"the plan cannot be read: {error}") from error
    for node in plan.nodes:
        for device in node.devices:
            if device.key == key and device.kind == kind:
                return Driver(device, links.wall_ms)
    raise InvalidSettings(f"the plan has no {kind} called {key}")


PRINTER_3D, RECORDER, SMART_BOARD, PROJECTOR, COMPUTER = (
    DriverEntry(MANIFESTS[kind], partial(_open, kind))
    for kind in ("printer_3d", "recorder", "smart_board", "projector", "computer")
)
