"""Time and ids: the only module that asks the machine for either."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """Return a fresh opaque id such as `bkg_1f7k…` with 80 random bits."""
    return f"{prefix}_" + "".join(secrets.choice(_LETTERS) for _ in range(16))


def to_ms(moment: datetime) -> int:
    """Return milliseconds since 1970 UTC of an aware time."""
    return round(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC time of milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
