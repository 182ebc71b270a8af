"""The one choke point of sight: who is looking, and the clause that keeps rows of others out."""

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import ColumnElement, SQLColumnExpression


class Role(StrEnum):
    """What a person may do on a subtree of organizations."""

    REQUESTER = "requester"
    COORDINATOR = "coordinator"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person or token with its roles; `grants` pairs each with the organization it starts at."""

    person_id: str
    name_zh: str
    name_en: str
    locale: str
    grants: tuple[tuple[Role, str], ...]

    def has(self, *roles: Role) -> bool:
        """Return whether the viewer holds one of the roles anywhere."""
        return any(role in roles for role, _ in self.grants)

    def roots(self, *roles: Role) -> tuple[str, ...]:
        """Return the organizations at which one of the roles (any role if none is named) starts."""
        return tuple({place for role, place in self.grants if not roles or role in roles})


SYSTEM = Viewer("system", "系统", "System", "zh-CN", ())
"""The server itself, for jobs; sees nothing by scope and names itself in change records."""

REACH = sa.table("reach", sa.column("ancestor_id"), sa.column("descendant_id"), sa.column("since"), sa.column("until"))


def visible(organization_column: SQLColumnExpression[str], viewer: Viewer, *roles: Role) -> ColumnElement[bool]:
    """Return the clause that keeps rows whose organization lies below a place where the viewer holds a role."""
    roots = viewer.roots(*roles)
    if not roots:
        return sa.false()
    below = sa.select(REACH.c.descendant_id).where(REACH.c.ancestor_id.in_(roots), REACH.c.until.is_(None))
    return organization_column.in_(below)
