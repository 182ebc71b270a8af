"""Who may act on an organization's things: the one question services of inventory and above ask."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.core.errors import Forbidden, NotFound
from fleet_server.core.scope import SYSTEM, Role, Viewer, visible
from fleet_server.organizations.models import Organization

KEEPERS = (Role.COORDINATOR, Role.TECHNICIAN, Role.ADMINISTRATOR)
"""Roles that register and change assets and rooms."""


def may(session: Session, viewer: Viewer, organization_id: str, *roles: Role) -> bool:
    """Return whether the viewer holds one of the roles (any if none is named) at or above an organization."""
    if viewer == SYSTEM:
        return True
    within = visible(col(Organization.id), viewer, *roles)
    found = session.exec(select(sa.literal(1)).where(col(Organization.id) == organization_id, within)).first()
    return found is not None


def require(session: Session, viewer: Viewer, organization_id: str, *roles: Role) -> None:
    """Let the viewer pass when one of the roles is held at or above the organization.

    Raises: NotFound `organization_not_found` outside the viewer's part of the tree, Forbidden `right_missing` within.
    """
    if not may(session, viewer, organization_id):
        raise NotFound("organization_not_found", organization_id=organization_id)
    if not may(session, viewer, organization_id, *roles):
        raise Forbidden("right_missing", organization_id=organization_id)
