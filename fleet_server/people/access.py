"""Who is asking: bearer token or browser session, the check that a form is ours, and the rights on a place."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, cast
from urllib.parse import quote, urlsplit

import sqlalchemy as sa
from fastapi import Depends, Request
from sqlmodel import Session

from fleet_server.core.errors import FleetError, Forbidden, NotFound, Unauthenticated
from fleet_server.core.requests import database_of, now_of, settings_of, waiting
from fleet_server.core.scope import Role, Viewer, visible
from fleet_server.core.settings import Settings
from fleet_server.people.service import SEEN_STEP, SignedIn, touch_session, viewer_of_session, viewer_of_token

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_FIELD, CSRF_HEADER = "_csrf", "x-csrf-token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class CsrfRefused(Forbidden):
    """A write with a cookie came without this session's token, or from another origin."""

    code = "csrf_refused"


class RoleMissing(Forbidden):
    """The viewer lacks the role this needs; `roles` in params names which would do."""

    code = "role_missing"


class SignInNeeded(FleetError):
    """A page needs a signed-in person; the edge redirects to `location`."""

    code = "sign_in_needed"

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks; `csrf` is the session's form token, empty with a bearer token or for nobody."""

    viewer: Viewer | None
    csrf: str = ""


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; `__Host-` needs https, which the demo on loopback lacks."""
    return "__Host-session" if settings.secure_cookies else "session"


async def identify(request: Request) -> Identity:
    """Return who asks, looked up once a request.

    Raises: Unauthenticated for a wrong token; CsrfRefused for a write by cookie that is not from our own page.
    """
    known = getattr(request.state, "identity", None)
    if known is None:
        known = await _look_up(request)
        request.state.identity = known
    return cast(Identity, known)


def csrf_of(request: Request) -> str:
    """Return the form token of the session this page is shown to, empty when nobody is signed in."""
    identity = getattr(request.state, "identity", None)
    return identity.csrf if isinstance(identity, Identity) else ""


async def current_viewer(request: Request) -> Viewer:
    """Return who calls the API.

    Raises: Unauthenticated; CsrfRefused.
    """
    identity = await identify(request)
    if identity.viewer is None:
        raise Unauthenticated()
    return identity.viewer


async def page_viewer(request: Request) -> Viewer:
    """Return who looks at a page.

    Raises: SignInNeeded when nobody is signed in; CsrfRefused.
    """
    identity = await identify(request)
    if identity.viewer is None:
        raise SignInNeeded(sign_in_location(request))
    return identity.viewer


async def maybe_viewer(request: Request) -> Viewer | None:
    """Return who looks at a page that needs nobody."""
    return (await identify(request)).viewer


def sign_in_location(request: Request) -> str:
    """Return the sign-in page's address that leads back here."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in?next=" + quote(back if request.method in SAFE_METHODS else "/", safe="")


def require(viewer: Viewer, *roles: Role) -> None:
    """Let pass who holds one of the roles anywhere.

    Raises: RoleMissing.
    """
    if not viewer.has(*roles):
        raise RoleMissing(roles=", ".join(roles))


def require_at(session: Session, viewer: Viewer, organization_id: str, *roles: Role) -> None:
    """Let pass who holds one of the roles on the organization or above it.

    Raises: NotFound outside the viewer's part of the tree; RoleMissing inside it.
    """
    if not _reaches(session, viewer, organization_id):
        raise NotFound("organization_not_found", id=organization_id)
    if not _reaches(session, viewer, organization_id, *roles):
        raise RoleMissing(roles=", ".join(roles))


def check_origin(request: Request) -> None:
    """Refuse a write that a browser says comes from another site.

    Raises: CsrfRefused.
    """
    origin = request.headers.get("origin")
    if origin is not None:
        ours = {request.headers.get("host", ""), urlsplit(settings_of(request).public_url).netloc}
        if urlsplit(origin).netloc not in ours - {""}:
            raise CsrfRefused()
    elif request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise CsrfRefused()


def _reaches(session: Session, viewer: Viewer, organization_id: str, *roles: Role) -> bool:
    column = sa.column("id", sa.String)
    found = sa.select(column).select_from(sa.table("organization", column))
    return session.execute(found.where(column == organization_id, visible(column, viewer, *roles))).first() is not None


async def _look_up(request: Request) -> Identity:
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


CurrentViewer = Annotated[Viewer, Depends(current_viewer)]
PageViewer = Annotated[Viewer, Depends(page_viewer)]
MaybeViewer = Annotated[Viewer | None, Depends(maybe_viewer)]
