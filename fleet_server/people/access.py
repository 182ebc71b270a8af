"""Who is asking: bearer token or browser session, and the check that a form is ours."""

import hmac
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request

from fleet_server.core.access import (
    SAFE_METHODS,
    CurrentViewer,
    Identity,
    MaybeViewer,
    PageViewer,
    RoleMissing,
    SignInNeeded,
    csrf_of,
    identity_of,
    require,
    require_at,
    sign_in_location,
)
from fleet_server.core.errors import Forbidden, Unauthenticated
from fleet_server.core.requests import database_of, now_of, settings_of, waiting
from fleet_server.core.scope import Viewer
from fleet_server.core.settings import Settings
from fleet_server.people.service import SEEN_STEP, SignedIn, touch_session, viewer_of_session, viewer_of_token

__all__ = [
    "CurrentViewer",
    "Identity",
    "MaybeViewer",
    "PageViewer",
    "RoleMissing",
    "SignInNeeded",
    "check_origin",
    "cookie_name",
    "csrf_of",
    "identify",
    "identity_of",
    "require",
    "require_at",
    "sign_in_location",
]

CSRF_FIELD, CSRF_HEADER = "_csrf", "x-csrf-token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class CsrfRefused(Forbidden):
    """A write with a cookie came without this session's token, or from another origin."""

    code = "csrf_refused"


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; `__Host-` needs https, which the demo on loopback lacks."""
    return "__Host-session" if settings.secure_cookies else "session"


async def identify(request: Request) -> Identity:
    """Return who the request's credential belongs to; a token is believed before a cookie.

    Raises: Unauthenticated for a wrong token; CsrfRefused for a write by cookie that is not from our own page.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return Identity(await waiting(_by_token, request, authorization))
    secret = request.cookies.get(cookie_name(settings_of(request)))
    if not secret:
        return Identity(None)
    signed_in = await waiting(_by_cookie, request, secret)
    if signed_in is None:
        return Identity(None)
    if request.method not in SAFE_METHODS:
        await _check_csrf(request, signed_in.csrf)
    return Identity(signed_in.viewer, signed_in.csrf)


def check_origin(request: Request) -> None:
    """Refuse a write that a browser says comes from another site.

    Raises: CsrfRefused.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        ours = {request.headers.get("host", ""), urlsplit(settings_of(request).public_url).netloc}
        if origin.partition("://")[2] not in ours - {""}:
            raise CsrfRefused()
    elif request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise CsrfRefused()


def _by_token(request: Request, authorization: str) -> Viewer:
    scheme, _, secret = authorization.partition(" ")
    with database_of(request).reading() as session:
        viewer = viewer_of_token(session, secret.strip(), now_of(request)) if scheme.lower() == "bearer" else None
    if viewer is None:
        raise Unauthenticated("token_invalid")
    return viewer


def _by_cookie(request: Request, secret: str) -> SignedIn | None:
    now = now_of(request)
    with database_of(request).reading() as session:
        signed_in = viewer_of_session(session, secret, now)
    if signed_in is not None and signed_in.seen_at + SEEN_STEP <= now:
        _touch(request, secret, now)
    return signed_in


def _touch(request: Request, secret: str, now: datetime) -> None:
    with database_of(request).writing() as session:
        touch_session(session, secret, now)


async def _check_csrf(request: Request, expected: str) -> None:
    check_origin(request)
    sent: object = request.headers.get(CSRF_HEADER)
    if sent is None and request.headers.get("content-type", "").startswith(_FORMS):
        sent = (await request.form()).get(CSRF_FIELD)
    if not isinstance(sent, str) or not _same(sent, expected):
        raise CsrfRefused()


def _same(sent: str, expected: str) -> bool:
    return hmac.compare_digest(sent.encode("utf-8", "surrogatepass"), expected.encode())
