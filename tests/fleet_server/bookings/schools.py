"""A small consortium to book in: two partner schools, a campus, a stranger, printers and rooms."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session

from fleet_server.bookings import service
from fleet_server.bookings.models import Booking
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.scope import SYSTEM, Role, Viewer
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.inventory.service import NewAsset, register_asset
from fleet_server.nodes.models import Binding, Device, Node
from fleet_server.organizations.models import Organization, Reach, TravelTime
from fleet_server.people.models import Person, RoleGrant
from fleet_server.usage.models import Segment

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
"""Thursday, ten in the morning in Shanghai."""
TREE = {
    "org_bureau": (None, "bureau"),
    "org_a": ("org_bureau", "school"),
    "org_a2": ("org_a", "campus"),
    "org_b": ("org_bureau", "school"),
    "org_far": (None, "school"),
}


def at(hours: float) -> datetime:
    """Return a time that many hours after NOW."""
    return NOW + timedelta(hours=hours)


@dataclass
class Consortium:
    """What the tests book and who books it."""

    printers: list[Asset] = field(default_factory=list)
    people: dict[str, Viewer] = field(default_factory=dict)

    @property
    def printer(self) -> Asset:
        return self.printers[0]


def found(session: Session) -> Consortium:
    """Write the consortium: printers 0 and 1 roam and stand at school A, printer 2 at B, printer 3 at the stranger."""
    for key, (parent, kind) in TREE.items():
        session.add(
            Organization(id=key, parent_id=parent, kind=kind, name_zh=key, name_en=key, site_id=key, created_at=NOW)
        )
        session.flush()
        above: str | None = key
        while above:
            session.add(Reach(ancestor_id=above, descendant_id=key, since=NOW))
            above = TREE[above][0]
    session.add(TravelTime(from_id="org_a", to_id="org_b", minutes=30))
    session.add(TravelTime(from_id="org_b", to_id="org_a", minutes=40))
    session.add(
        AssetType(
            id="typ_printer",
            kind="printer_3d",
            make="Make",
            model="One",
            name_zh="打印机",
            name_en="Printer",
            setup_minutes=10,
            clear_minutes=5,
        )
    )
    for key, place in {"rom_a": "org_a", "rom_b": "org_b", "rom_b2": "org_b"}.items():
        session.add(
            Room(
                id=key,
                organization_id=place,
                name_zh=key,
                name_en=key,
                capacity=40,
                bookable=True,
                opens=time(7, 30),
                closes=time(21, 0),
            )
        )
    session.flush()
    made = Consortium()
    for place in ("org_a", "org_a", "org_b", "org_far"):
        new = NewAsset(asset_type_id="typ_printer", owner_id=place, roams=True)
        made.printers.append(register_asset(session, SYSTEM, new, NOW))
    staff = {
        "teacher_a": (Role.REQUESTER, "org_a"),
        "teacher_b": (Role.REQUESTER, "org_b"),
        "coordinator_a": (Role.COORDINATOR, "org_a"),
        "coordinator_b": (Role.COORDINATOR, "org_b"),
        "coordinator": (Role.COORDINATOR, "org_bureau"),
        "auditor": (Role.AUDITOR, "org_bureau"),
        "stranger": (Role.COORDINATOR, "org_far"),
    }
    for name, (role, place) in staff.items():
        made.people[name] = person(session, name, role, place)
    return made


def person(session: Session, name: str, role: Role, place: str) -> Viewer:
    """Add a person with one role."""
    key = f"per_{name}"
    session.add(Person(id=key, username=name, name_zh=name, name_en=name, created_at=NOW))
    session.flush()
    session.add(RoleGrant(id=f"rol_{name}", person_id=key, organization_id=place, role=role.value, since=NOW))
    session.flush()
    return Viewer(key, name, name, "en", ((role, place),))


def book(
    session: Session,
    viewer: Viewer,
    asset: Asset,
    start: float,
    end: float,
    place: str = "org_a",
    now: datetime = NOW,
) -> Booking:
    """Book an asset for hours after NOW."""
    request = BookingRequest(
        starts_at=at(start), ends_at=at(end), organization_id=place, asset_code=asset.asset_code, purpose="lesson"
    )
    return service.book(session, viewer, request, now)


def meter(session: Session, asset: Asset, *spans: tuple[float, float, str], known_until: float | None = None) -> str:
    """Bind a device to an asset with state segments given in hours after NOW; the last one is the open state."""
    device_id = f"dev_{asset.id[4:12]}"
    session.add(Node(id=f"node_{device_id}", site_id="org_a", organization_id="org_a", online=True))
    session.flush()
    *closed, last = [(round(at(a).timestamp() * 1000), round(at(b).timestamp() * 1000), state) for a, b, state in spans]
    session.add(
        Device(
            id=device_id,
            node_id=f"node_{device_id}",
            device_key="printer",
            state=last[2],
            state_since_ms=last[0],
            known_until_ms=last[1] if known_until is None else round(at(known_until).timestamp() * 1000),
        )
    )
    session.flush()
    for start, end, state in closed:
        session.add(Segment(device_id=device_id, start_ms=start, end_ms=end, state=state))
    session.add(Binding(id=f"bnd_{device_id}"[:32], device_id=device_id, asset_id=asset.id, since_ms=0))
    session.flush()
    return device_id
