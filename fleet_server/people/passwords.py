"""Passwords: argon2id hashes, and how long to wait after wrong ones."""

import threading
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MIN_LENGTH, MAX_LENGTH = 10, 128
FREE_TRIES = 3
_LONGEST_DELAY_S = 900
_hasher = PasswordHasher(memory_cost=19456, time_cost=2, parallelism=1)  # OWASP's floor: 19 MiB, two passes
_at_once = threading.BoundedSemaphore(4)  # a flood of sign-ins must not fill memory
_NOBODY = _hasher.hash("no account has this password")


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    with _at_once:
        return _hasher.hash(password)


def is_right(password: str, password_hash: str | None) -> bool:
    """Return whether the password matches; an absent hash costs the same time and never matches."""
    with _at_once:
        try:
            return _hasher.verify(password_hash or _NOBODY, password) and bool(password_hash)
        except (Argon2Error, InvalidHashError, UnicodeEncodeError):
            return False


def delay_after(failures: int) -> timedelta:
    """Return how long the next try must wait: nothing for the first three, then 2, 4, 8 … s, at most 15 min."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return timedelta(seconds=min(_LONGEST_DELAY_S, 2 ** min(20, failures - FREE_TRIES + 1)))
