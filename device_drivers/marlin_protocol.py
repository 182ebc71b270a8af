"""Lines of Marlin firmware and its relatives: temperatures, progress from the card, faults, who it is.

Sources: marlinfw.org G-code pages for M27, M78, M105, M115; frames of Marlin 2, Klipper's pty and Repetier as observed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from device_drivers.identifiers import one_line

_HEATER = re.compile(r"\b(T0?|B):\s*(-?\d{1,4}(?:\.\d{1,4})?)(?:\s*/\s*(-?\d{1,4}(?:\.\d{1,4})?))?")
_PROGRESS = re.compile(r"SD printing byte (\d{1,12})/(\d{1,12})")
_FILAMENT = re.compile(r"Filament used: (\d{1,9}(?:\.\d{1,4})?)m\b")
_FIELD = re.compile(r" (?=[A-Z_]+:)")
_HALTED = re.compile(r"halted|kill\(\)|stopped|shutdown|emergency", re.IGNORECASE)
_TRANSPORT = re.compile(r"checksum|line number|expected line|resend", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heat:
    """One heater: where it is and where it should be, degrees Celsius."""

    actual: float
    target: float


def heaters(line: str, before: Mapping[str, Heat]) -> dict[str, Heat]:
    """Read nozzle (`T`) and bed (`B`), whatever their order and spacing; T0 is the nozzle too.

    While it waits for a heater a printer says the temperature alone: the target then stays what it was before.
    """
    if not line.startswith(("ok", "T", "B", " T", " B")):
        return {}
    found: dict[str, Heat] = {}
    for name, actual, target in _HEATER.findall(line):
        kept = before[name[0]].target if name[0] in before else 0.0
        found[name[0]] = Heat(float(actual), float(target) if target else kept)
    return found


def progress(line: str) -> tuple[int, int] | None:
    """Read how far the job from the card is, in bytes."""
    found = _PROGRESS.search(line)
    return (int(found[1]), int(found[2])) if found else None


def filament_m(line: str) -> float | None:
    """Read the filament a printer with a print counter has used in its life, in meters."""
    found = _FILAMENT.search(line)
    return float(found[1]) if found else None


def fields(line: str) -> dict[str, str]:
    """Read `NAME:value` pairs of an M115 answer; values hold spaces and addresses."""
    pairs = (part.partition(":") for part in _FIELD.split(line.removeprefix("ok ")))
    return {name: one_line(value, 100) for name, colon, value in pairs if colon}


def fault(line: str) -> str:
    """Return the firmware's words for what broke; empty for everything else, a garbled line among it."""
    for start in ("Error:", "!!", "fatal:"):
        if line.startswith(start):
            words = one_line(line.removeprefix(start))
            return "" if _TRANSPORT.search(words) else words
    return ""


def halts(words: str) -> bool:
    """Tell whether the firmware stays down until it is reset."""
    return _HALTED.search(words) is not None


def is_ok(line: str) -> bool:
    """Tell whether a line ends an answer."""
    return line == "ok" or line.startswith("ok ")


def shows_life(line: str) -> bool:
    """Tell whether a printer that has not answered yet says that it works: heating or busy."""
    return line.startswith(("echo:busy", "busy:", "T:", "B:", " T:"))
