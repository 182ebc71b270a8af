"""The main navigation of each role."""

from dataclasses import dataclass

from fleet_server.core.scope import Role, Viewer

ALL = frozenset(Role)
STAFF = frozenset({Role.TECHNICIAN, Role.COORDINATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: where it leads, its English word, who sees it, which addresses count as inside it."""

    path: str
    title: str
    roles: frozenset[Role]
    inside: tuple[str, ...] = ()


ENTRIES = (
    Entry("/fleet", "Fleet", ALL, ("/fleet", "/devices", "/assets", "/nodes")),
    Entry("/availability", "Availability", ALL),
    Entry("/bookings", "Bookings", ALL, ("/bookings", "/joint-lessons")),
    Entry("/utilization", "Utilization", STAFF | {Role.AUDITOR}),
)
HOMES = (
    (Role.TECHNICIAN, "To fix"),
    (Role.ADMINISTRATOR, "To fix"),
    (Role.COORDINATOR, "Today"),
    (Role.AUDITOR, "Utilization"),
)
ROLE_WORDS = {
    Role.REQUESTER: "Teacher",
    Role.COORDINATOR: "Coordinator",
    Role.TECHNICIAN: "Technician",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
}


def leading_role(viewer: Viewer) -> Role:
    """Return the role whose home page a person with several gets."""
    for role, _title in HOMES:
        if viewer.has(role):
            return role
    return Role.REQUESTER


def entries(viewer: Viewer) -> list[Entry]:
    """Return what the viewer's navigation holds, the home page first; an auditor's is utilization."""
    role = leading_role(viewer)
    inside = [entry for entry in ENTRIES if viewer.has(*entry.roles)]
    if role == Role.AUDITOR:
        return inside[::-1]
    return [Entry("/", dict(HOMES).get(role, "Home"), ALL), *inside]


def is_current(entry: Entry, path: str) -> bool:
    """Return whether an address lies inside an entry."""
    if entry.path == "/":
        return path == "/"
    return any(path == start or path.startswith(start + "/") for start in entry.inside or (entry.path,))
