"""How a simulated print warms and cools: first-order curves towards what heater and room allow."""

import math
from dataclasses import dataclass

AMBIENT = 23.0
"""Room temperature, degrees Celsius."""

HAND_WARM = 40.0
"""A bed at or below this lets go of its print and is safe to touch."""

PURGE_S = 45.0
"""Seconds from warm to the first line of the part."""


@dataclass(frozen=True, slots=True)
class Heater:
    """A heater that would end `rise` above the room at full power; time constants in seconds."""

    rise: float
    warming_s: float
    cooling_s: float

    def seconds_to(self, target: float) -> float:
        """Tell how long full power takes from room temperature to `target`."""
        wanted = min(max(target - AMBIENT, 0.0), self.rise * 0.98)
        return self.warming_s * math.log(self.rise / (self.rise - wanted))

    def seconds_down(self, start: float, end: float) -> float:
        """Tell how long the switched-off heater takes from `start` to `end`."""
        if start <= end:
            return 0.0
        return self.cooling_s * math.log((start - AMBIENT) / (end - AMBIENT))

    def after(self, start: float, target: float, seconds: float) -> float:
        """Tell the temperature `seconds` after `start` when the controller wants `target` (0 = switched off)."""
        if target > start:
            top = AMBIENT + self.rise
            return min(target, top - (top - start) * math.exp(-seconds / self.warming_s))
        floor = max(target, AMBIENT)
        return max(floor, AMBIENT + (start - AMBIENT) * math.exp(-seconds / self.cooling_s))


NOZZLE = Heater(rise=380.0, warming_s=150.0, cooling_s=200.0)
BED = Heater(rise=130.0, warming_s=400.0, cooling_s=700.0)

METERS_PER_GRAM = 0.335
"""PLA of 1.75 mm: 1.24 g/cm3 over 2.405 mm2."""


@dataclass(frozen=True, slots=True)
class PrintWork:
    """What a print asks of the machine; degrees Celsius and grams."""

    grams: float = 30.0
    nozzle: float = 215.0
    bed: float = 60.0

    def setup_s(self) -> float:
        """Tell how long warm-up and purge take from a cold start."""
        return max(NOZZLE.seconds_to(self.nozzle), BED.seconds_to(self.bed)) + PURGE_S

    def clear_s(self) -> float:
        """Tell how long the bed takes until the part may be taken off."""
        return BED.seconds_down(self.bed, HAND_WARM)


def read_work(text: str) -> PrintWork:
    """Read `grams=42 nozzle=215 bed=60`; anything missing or odd keeps its default."""
    figures: dict[str, float] = {}
    for word in text.split():
        name, _, figure = word.partition("=")
        if name in _LIMITS and figure.replace(".", "", 1).isdecimal():
            low, high = _LIMITS[name]
            figures[name] = min(max(float(figure), low), high)
    return PrintWork(**figures)


_LIMITS = {"grams": (0.0, 5000.0), "nozzle": (AMBIENT, 380.0), "bed": (AMBIENT, 140.0)}
