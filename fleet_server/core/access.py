"""Who is asking and what they may: dependencies of routes and pages, and the rights on a place.

Who a credential belongs to is asked of `app.state.identify`, which `people` provides.
"""

from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import Depends, Request
from sqlmodel import Session

from fleet_server.core.errors import FleetError, Forbidden, NotFound, Unauthenticated
from fleet_server.core.scope import Role, Viewer, visible

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


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


async def identity_of(request: Request) -> Identity:
    """Return who asks, looked up once a request.

    Raises: Unauthenticated for a wrong token; Forbidden for a write by cookie that is not from our own page.
    """
    known = getattr(request.state, "identity", None)
    if known is None:
        known = await request.app.state.identify(request)
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
    identity = await identity_of(request)
    if identity.viewer is None:
        raise Unauthenticated()
    return identity.viewer


async def page_viewer(request: Request) -> Viewer:
    """Return who looks at a page.

    Raises: SignInNeeded when nobody is signed in; CsrfRefused.
    """
    identity = await identity_of(request)
    if identity.viewer is None:
        raise SignInNeeded(sign_in_location(request))
    return identity.viewer


async def maybe_viewer(request: Request) -> Viewer | None:
    """Return who looks at a page that needs nobody."""
    return (await identity_of(request)).viewer


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


def _reaches(session: Session, viewer: Viewer, organization_id: str, *roles: Role) -> bool:
    column = sa.column("id", sa.String)
    found = sa.select(column).select_from(sa.table("organization", column))
    return session.execute(found.where(column == organization_id, visible(column, viewer, *roles))).first() is not None


CurrentViewer = Annotated[Viewer, Depends(current_viewer)]
PageViewer = Annotated[Viewer, Depends(page_viewer)]
MaybeViewer = Annotated[Viewer | None, Depends(maybe_viewer)]
