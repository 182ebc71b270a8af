"""The two clocks of a box: wall time, which may jump, and time since boot, which may not."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telemetry.states import ClockQuality

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PLAUSIBLE_MS = range(1_735_689_600_000, 4_102_444_800_000)
"""2025 to 2100: a wall clock outside has lost its battery."""
_CLOSE_MS = 2_000


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks: milliseconds since 1970 UTC as the box believes, and since the boot named."""

    wall_ms: int
    boottime_ms: int
    boot: str


Clock = Callable[[], Moment]


def box_clock() -> Clock:
    """Return the clock of this computer; time since boot counts suspended time where the system can tell it."""
    boot = _boot_id()
    source = getattr(time, "CLOCK_BOOTTIME", None)

    def now() -> Moment:
        since_boot = time.monotonic_ns() if source is None else time.clock_gettime_ns(source)
        return Moment(time.time_ns() // 1_000_000, since_boot // 1_000_000, boot)

    return now


def _boot_id() -> str:
    if _BOOT_ID.exists():
        return _BOOT_ID.read_text(encoding="ascii").strip()
    # Without a boot id the boot is named by its second, rounded so that a corrected clock keeps the name.
    return f"boot-{round((time.time() - time.monotonic()) / 60)}"


def between(start: Moment, end: Moment) -> int:
    """Return the milliseconds from one moment to a later one, never below 0.

    Within one boot they are measured on the boot-time clock; over a boot only wall time is left to tell.
    """
    if start.boot == end.boot:
        return max(end.boottime_ms - start.boottime_ms, 0)
    return max(end.wall_ms - start.wall_ms, 0)


def boot_of(now: Moment) -> Moment:
    """Return the moment at which the boot of `now` began."""
    return Moment(max(now.wall_ms - now.boottime_ms, 0), 0, now.boot)


def quality(wall_ms: int, offset_ms: int | None) -> ClockQuality:
    """Tell how far a wall time can be trusted, given the measured offset to the server's clock, if any."""
    if offset_ms is not None and abs(offset_ms) > _CLOSE_MS:
        return ClockQuality.CORRECTED
    return ClockQuality.SYNCED if wall_ms in _PLAUSIBLE_MS else ClockQuality.UNTRUSTED
