"""Who may act on an organization's things: the one question services of inventory and above ask."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.core.scope import SYSTEM, Role, Viewer, visible
from fleet_server.organizations.models import Organization
from fleet_server.people.access import require_at

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
    """Let the server itself pass, and who holds one of the roles at or above the organization.

    Raises: NotFound outside the viewer's part of the tree; Forbidden `role_missing` inside it.
    """
    if viewer != SYSTEM:
        require_at(session, viewer, organization_id, *roles)
