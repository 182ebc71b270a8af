"""Which serial numbers identify a device, and which are what a factory forgot to fill in."""

_STOCK = frozenset(
    {
        "0",
        "00000000",
        "0123456789",
        "123456789",
        "1234567890",
        "cede2a2f-41a2-4748-9b12-c55c62f367ff",
        "default string",
        "invalid",
        "n/a",
        "na",
        "none",
        "not applicable",
        "not specified",
        "o.e.m.",
        "system serial number",
        "to be filled by o.e.m.",
        "unknown",
        "serial number",
        "xxxxxxxx",
    }
)
"""Values many boards share; the UUID is the one Marlin's example configuration ships with."""


def one_line(text: str, limit: int = 200) -> str:
    """Make device text fit for a page: no control characters, single spaces, at most `limit` characters."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[: limit * 4]).split())[:limit]


def serial_or_nothing(text: str) -> str:
    """Return a serial that can tell one device from another, or an empty string."""
    serial = one_line(text, 64)
    bare = serial.lower()
    if bare in _STOCK or len(set(bare) - set(" -_.:")) < 2:
        return ""
    return serial
