"""How much and how often: a bound on request bodies, and a bucket of writes for each token."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fleet_server.core.errors import TooLarge, TooMany
from fleet_server.core.problems import problem_of

MAX_BODY = 2 * 1024 * 1024
_MOST_BUCKETS = 20_000
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class Bucket:
    """What is left of a caller's burst, and when that was counted."""

    left: float
    at: float


class Buckets:
    """A token bucket for each caller; the least recently seen callers are forgotten."""

    def __init__(self, per_minute: int, burst: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._rate = per_minute / 60
        self._burst = burst
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, caller: str) -> float:
        """Take one; return 0, or the seconds to wait when none is left."""
        now = self._monotonic()
        bucket = self._buckets.pop(caller, None) or Bucket(self._burst, now)
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        self._buckets[caller] = bucket
        if len(self._buckets) > _MOST_BUCKETS:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return (1 - bucket.left) / self._rate
        bucket.left -= 1
        return 0.0


class Limits:
    """Refuse bodies over 2 MiB (413) and writes beyond the caller's bucket (429) before anything is read."""

    def __init__(self, app: ASGIApp, per_minute: int, burst: int) -> None:
        self._app = app
        self._buckets = Buckets(per_minute, burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _WRITES:
            return await self._app(scope, receive, send)
        request = Request(scope)
        wait = self._buckets.take(_caller(request))
        if wait:
            refused = problem_of(request, TooMany(retry_after_s=int(wait) + 1))
            return await refused(scope, receive, send)
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            refused = problem_of(request, TooLarge(limit_kib=MAX_BODY // 1024))
            return await refused(scope, receive, send)
        return await self._app(scope, _bounded(receive), send)


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MAX_BODY:
            raise HTTPException(413)
        return message

    return bounded


def _caller(request: Request) -> str:
    credential = request.headers.get("authorization") or request.cookies.get("session")
    credential = credential or request.cookies.get("__Host-session")
    if credential:
        return hashlib.sha256(credential.encode("utf-8", "replace")).hexdigest()
    return request.client.host if request.client else ""
