"""A driver that plays a script: readings, errors, or a hang until it is let go."""

import threading
from collections.abc import Callable, Iterable, Mapping

from device_drivers.api import Reading
from device_drivers.errors import CommandRefused
from telemetry.metrics import Value

Step = Reading | Exception | Callable[[], Reading]


class ScriptedDriver:
    """Plays one step a look; the last one again and again."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = list(steps)
        self.looks = 0
        self.closed = 0

    def read(self) -> Reading:
        step = self._steps[min(self.looks, len(self._steps) - 1)]
        self.looks += 1
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, Reading) else step()

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        if verb == "explode":
            raise RuntimeError("boom")
        if verb != "identify":
            raise CommandRefused("never")
        return "blinked"

    def close(self) -> None:
        self.closed += 1


class Hang:
    """A step that does not come back until it is released."""

    def __init__(self, reading: Reading) -> None:
        self._reading, self._released, self.entered = reading, threading.Event(), threading.Event()

    def __call__(self) -> Reading:
        self.entered.set()
        self._released.wait(60)
        return self._reading

    def release(self) -> None:
        self._released.set()
