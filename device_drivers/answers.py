"""Reading what a device answered without trusting it: missing, mistyped, endless or odd values become None."""

from device_drivers.identifiers import one_line


def part(body: object, *path: str) -> object:
    """Follow keys into nested JSON objects; None where any of them is missing."""
    for key in path:
        if not isinstance(body, dict):
            return None
        body = body.get(key)
    return body


def number(body: object, *path: str, low: float = -1e12, high: float = 1e12) -> float | None:
    """Return a finite number within bounds, or None."""
    found = part(body, *path)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return None
    try:
        figure = float(found)
    except OverflowError:
        return None
    return figure if low <= figure <= high else None


def text(body: object, *path: str, limit: int = 200) -> str:
    """Return a text as one short line; empty where there is none."""
    found = part(body, *path)
    return one_line(found, limit) if isinstance(found, str) else ""


def flag(body: object, *path: str) -> bool:
    """Tell whether a JSON true is there."""
    return part(body, *path) is True
