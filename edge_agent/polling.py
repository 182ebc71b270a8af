"""Looking at one device again and again from a thread of its own, and carrying out its orders there."""

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from device_drivers.api import Driver, Reading
from device_drivers.errors import DriverError, LinkLost
from edge_agent.clocks import Clock, Moment
from edge_agent.drafts import plain
from telemetry.metrics import Value
from telemetry.states import UnknownCause

_log = logging.getLogger(__name__)
_PATIENCE = {UnknownCause.LINK_LOST: 2, UnknownCause.BAD_ANSWER: 3}
"""Failures of a kind in a row before the device counts as unknown: one lost packet is no outage."""

Opener = Callable[[], Driver]
Done = Callable[[str, str], None]
"""Told how an order ended: done or failed, and one line."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a device: what was read at a moment, or what was in the way from a moment on."""

    at: Moment
    reading: Reading | None
    cause: UnknownCause | None = None
    detail: str = ""


Post = Callable[[Look], None]


@dataclass(frozen=True, slots=True)
class Order:
    """Something to do with a device, between two looks."""

    verb: str
    args: Mapping[str, Value]
    done: Done


class Looker:
    """Opens a driver when it is needed and looks once when asked; knows how many looks in a row went wrong."""

    def __init__(self, device: str, opener: Opener, clock: Clock) -> None:
        self._device, self._open, self._clock = device, opener, clock
        self._driver: Driver | None = None
        self._failed: UnknownCause | None = None
        self._failures = 0
        self._since: Moment | None = None

    def look(self) -> Look | None:
        """Look once; None for a failure that may pass. Failures count from the first one's start."""
        started = self._clock()
        try:
            reading = self._opened().read()
        except DriverError as error:
            cause = UnknownCause.LINK_LOST if isinstance(error, LinkLost) else UnknownCause.BAD_ANSWER
            return self._failure(cause, str(error), started)
        except Exception as error:
            _log.exception("%s: the driver broke", self._device)
            return self._failure(UnknownCause.BAD_ANSWER, f"the driver broke: {error}", started)
        self._failed, self._failures, self._since = None, 0, None
        return Look(self._clock(), reading)

    def perform(self, order: Order) -> None:
        """Carry out an order and tell how it ended."""
        try:
            order.done("done", plain(self._opened().perform(order.verb, order.args)))
        except DriverError as error:
            order.done("failed", plain(f"{type(error).__name__}: {error}"))
        except Exception as error:
            _log.exception("%s: the driver broke on %s", self._device, plain(order.verb))
            order.done("failed", plain(f"the driver broke: {error}"))

    def close(self) -> None:
        """Let go of the device."""
        driver, self._driver = self._driver, None
        if driver is not None:
            try:
                driver.close()
            except Exception:
                _log.exception("%s: the driver would not close", self._device)

    def _opened(self) -> Driver:
        if self._driver is None:
            self._driver = self._open()
        return self._driver

    def _failure(self, cause: UnknownCause, detail: str, started: Moment) -> Look | None:
        if self._since is None:
            self._since = started
        self._failures = self._failures + 1 if self._failed is cause else 1
        self._failed = cause
        if cause is UnknownCause.LINK_LOST:
            self.close()
        if self._failures < _PATIENCE[cause]:
            return None
        return Look(self._since, None, cause, plain(detail))


class DeviceThread:
    """The thread of one device; what it sees goes to `post`, which hands it to the agent's loop."""

    def __init__(self, device: str, opener: Opener, clock: Clock, period_s: float, post: Post) -> None:
        self._clock, self._period_s, self._post = clock, period_s, post
        self._looker = Looker(device, opener, clock)
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"device {device}", daemon=True)
        self.busy_since: Moment | None = None

    def start(self) -> None:
        """Start looking."""
        self._thread.start()

    def stop(self, seconds: float = 2.0) -> None:
        """Ask the thread to end and wait a little; one that hangs in its driver is left behind."""
        self._orders.put(None)
        self._thread.join(seconds)

    def order(self, order: Order) -> None:
        """Carry out an order as soon as the present look is over."""
        self._orders.put(order)

    def _run(self) -> None:
        while True:
            self._busy(self._look)
            try:
                order = self._orders.get(timeout=self._period_s)
            except queue.Empty:
                continue
            if order is None:
                return self._looker.close()
            self._busy(partial(self._looker.perform, order))

    def _busy(self, work: Callable[[], None]) -> None:
        self.busy_since = self._clock()
        try:
            work()
        finally:
            self.busy_since = None

    def _look(self) -> None:
        look = self._looker.look()
        if look is not None:
            self._post(look)


def stuck(busy_since: Moment | None, now: Moment, patience_ms: int) -> Look | None:
    """Return what is known of a device whose driver has not come back for `patience_ms`: nothing, from then on."""
    if busy_since is None or now.boottime_ms - busy_since.boottime_ms < patience_ms:
        return None
    return Look(busy_since, None, UnknownCause.DRIVER_STUCK, "the driver does not come back")
