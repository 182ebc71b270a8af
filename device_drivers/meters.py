"""Counters a driver keeps itself where its device keeps none."""

from telemetry.states import DeviceState

LONGEST_GAP_S = 120.0
"""Between two looks further apart than this nothing is counted: what happened there is not known."""


class HourMeter:
    """Adds up the time between looks that began in use, in hours of a monotonic clock."""

    def __init__(self) -> None:
        self.hours = 0.0
        self._last: tuple[float, bool] | None = None

    def count(self, state: DeviceState, at_s: float) -> float:
        """Note a look and return the hours so far."""
        if self._last is not None:
            since, used = self._last
            if used and 0 <= at_s - since <= LONGEST_GAP_S:
                self.hours += (at_s - since) / 3600
        self._last = (at_s, state is DeviceState.IN_USE)
        return self.hours
