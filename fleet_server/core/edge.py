"""The outermost layer: headers every answer carries, addresses no database can hold, errors nobody caught, measures."""

import logging
import time
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fleet_server.core.problems import problem

log = logging.getLogger(__name__)

Observer = Callable[[str, str, int, float], object]
"""Takes method, route template, status and seconds of each request."""

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Edge:
    """Wrap the application; an answer that has begun when an error strikes is cut, never completed."""

    def __init__(self, app: ASGIApp, secure: bool, observe: Observer) -> None:
        self._app = app
        self._observe = observe
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        started = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(scope, message)
            await send(message)

        try:
            await self._answer(scope, receive, sending)
        except Exception:
            log.exception("%s %s failed", scope["method"], _template(scope))
            if status:
                raise
            await problem(Request(scope), 500, "internal_error")(scope, receive, sending)
        finally:
            self._observe(scope["method"], _template(scope), status or 500, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _has_controls(scope):
            return await problem(Request(scope), 422, "value_refused")(scope, receive, send)
        return await self._app(scope, receive, send)

    def _complete(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if not scope["path"].startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")


def _has_controls(scope: Scope) -> bool:
    raw = unquote_to_bytes(scope.get("raw_path") or scope["path"]) + unquote_to_bytes(
        scope.get("query_string", b"").replace(b"+", b" ")
    )
    return any(byte < 0x20 or byte == 0x7F for byte in raw)


def _template(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "unmatched"))
