"""Who works where: accounts with a role in the viewer's part of the tree, seen by administrators."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from fleet_server.core.errors import NotFound
from fleet_server.core.scope import Role, Viewer, visible
from fleet_server.people.models import Person, RoleGrant


def people_seen(viewer: Viewer) -> SelectOfScalar[Person]:
    """Return the query of people who hold, or once held, a role where the viewer is administrator."""
    below = visible(col(RoleGrant.organization_id), viewer, Role.ADMINISTRATOR)
    return select(Person).where(col(Person.id).in_(sa.select(col(RoleGrant.person_id)).where(below)))


def person_seen(session: Session, viewer: Viewer, person_id: str) -> Person:
    """Return one of them; raises NotFound `person_not_found`."""
    found = session.exec(people_seen(viewer).where(Person.id == person_id)).first()
    if found is None:
        raise NotFound("person_not_found")
    return found


def grants_seen(session: Session, viewer: Viewer, person_ids: Iterable[str]) -> dict[str, list[RoleGrant]]:
    """Return the roles these people hold now, as far as the viewer administers the place."""
    wanted = select(RoleGrant).where(
        col(RoleGrant.person_id).in_(list(person_ids)),
        col(RoleGrant.until).is_(None),
        visible(col(RoleGrant.organization_id), viewer, Role.ADMINISTRATOR),
    )
    held: dict[str, list[RoleGrant]] = {}
    for row in session.exec(wanted.order_by(col(RoleGrant.since), col(RoleGrant.id))):
        held.setdefault(row.person_id, []).append(row)
    return held


def grant_seen(session: Session, viewer: Viewer, person_id: str, grant_id: str) -> RoleGrant:
    """Return one role a person holds now; raises NotFound `grant_not_found`."""
    held = grants_seen(session, viewer, [person_id]).get(person_id, [])
    found = next((row for row in held if row.id == grant_id), None)
    if found is None:
        raise NotFound("grant_not_found")
    return found
