"""Writes a demo district into an empty database: the tree, calendars, people, inventory and boxes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.changes.service import record
from fleet_server.core.scope import SYSTEM, Role
from fleet_server.demo import places
from fleet_server.demo.access import DemoUser, new_password
from fleet_server.demo.bells import Bell
from fleet_server.demo.catalog import TYPES
from fleet_server.demo.district import ZONE, District, Item, short_ident
from fleet_server.demo.history import bells_of
from fleet_server.demo.terms import Marked, TermDates
from fleet_server.demo.travel import minutes_between
from fleet_server.inventory import codes
from fleet_server.inventory.models import Asset, AssetType, Holding, Room
from fleet_server.nodes.models import Binding, Device, Node
from fleet_server.organizations import service as organizations
from fleet_server.organizations.models import CalendarDay, Period, Term, TravelTime
from fleet_server.people.models import Person, RoleGrant
from fleet_server.people.passwords import hash_password
from fleet_server.people.service import grant, issue_token

Row = dict[str, Any]
ROLES_AT = {
    "administrator": ("county", Role.ADMINISTRATOR),
    "technician": ("bureau", Role.TECHNICIAN),
    "coordinator": ("consortium", Role.COORDINATOR),
    "auditor": ("bureau", Role.AUDITOR),
}
HOST_TYPE = "computer"
HOST_DEVICE = "host"


@dataclass(frozen=True, slots=True)
class Tree:
    """The ids of the organizations above and beside the schools."""

    county: str
    bureau: str
    consortium: str
    office: str
    office_site: str


@dataclass(frozen=True, slots=True)
class Year:
    """Calendar facts: terms, days marked by hand, by how many minutes the bells are turned."""

    terms: Sequence[TermDates]
    marked: Sequence[Marked]
    shift: int


def tree_of(district: District) -> Tree:
    """Return the ids above the schools."""
    county, bureau, consortium, office = (
        district.ident("org", name) for name in ("county", "bureau", "union", "office")
    )
    return Tree(county, bureau, consortium, office, "s-" + short_ident(district.seed, 5, "site", "office"))


def write_district(
    session: Session, district: District, year: Year, agent_node: str, opened: datetime, now: datetime
) -> list[DemoUser]:
    """Write everything that does not change from day to day; `opened` is when the organizations began.

    Returns the demo's users with their passwords and tokens.
    """
    tree = tree_of(district)
    _organizations(session, district, tree, opened)
    _calendar(session, district, tree, year)
    _people(session, district, opened)
    _inventory(session, district, opened)
    _boxes(session, district, tree, agent_node)
    _this_computer(session, district, tree, agent_node, opened)
    users = [_user(session, district, tree, person.id, person.role, now) for person in district.staff if person.role]
    after = {"district": district.key, "schools": len(district.schools), "assets": len(district.items)}
    record(session, SYSTEM, "demo.prepare", "district", district.key, after=after, now=now)
    return users


def _organizations(session: Session, district: District, tree: Tree, opened: datetime) -> None:
    above: tuple[tuple[str, tuple[str, str], str, str | None, dict[str, Any]], ...] = (
        ("county", places.COUNTY, tree.county, None, {}),
        ("bureau", places.BUREAU, tree.bureau, tree.county, {}),
        ("consortium", places.CONSORTIUM, tree.consortium, tree.bureau, {}),
        ("campus", places.OFFICE, tree.office, tree.bureau, {"site_id": tree.office_site}),
    )
    for kind, (name_zh, name_en), own_id, parent_id, more in above:
        _create(session, kind, name_zh, name_en, own_id, parent_id, opened, more)
    for school in district.schools:
        more = {"site_id": school.site_id, "pupils": school.pupils, "pupils_on": date(2026, 9, 1)}
        more |= {"remoteness": school.remoteness, "stage": school.stage}
        _create(session, "school", school.name_zh, school.name_en, school.id, tree.bureau, opened, more)
        organizations.join(session, SYSTEM, tree.consortium, school.id, opened)
    for lead, other in district.pairs:
        organizations.add_pair(session, SYSTEM, lead.id, other.id, date(2025, 9, 1), opened)
    ways = [
        {"from_id": one.id, "to_id": other.id, "minutes": minutes_between(one, other)}
        for one in district.schools
        for other in district.schools
        if one.id != other.id
    ]
    insert(session, TravelTime, ways)


def _create(
    session: Session,
    kind: str,
    name_zh: str,
    name_en: str,
    own_id: str,
    parent_id: str | None,
    opened: datetime,
    more: dict[str, Any],
) -> None:
    organizations.create(
        session,
        SYSTEM,
        kind=kind,
        name_zh=name_zh,
        name_en=name_en,
        organization_id=own_id,
        parent_id=parent_id,
        now=opened,
        **more,
    )


def _calendar(session: Session, district: District, tree: Tree, year: Year) -> None:
    terms = [
        {
            "id": district.ident("trm", term.first_day),
            "organization_id": tree.bureau,
            "name_zh": term.name_zh,
            "name_en": term.name_en,
            "first_day": term.first_day,
            "last_day": term.last_day,
        }
        for term in year.terms
    ]
    insert(session, Term, terms)
    write_marked(session, district, year.marked)
    bells = bells_of(district, year.shift)
    town = next(bells[school.id] for school in district.schools if not school.village_bell)
    insert(session, Period, list(_periods(district, tree.bureau, town)))
    for school in district.schools:
        if school.village_bell:
            insert(session, Period, list(_periods(district, school.id, bells[school.id])))


def write_marked(session: Session, district: District, marked: Iterable[Marked]) -> None:
    """Mark days at the bureau, for every school below it."""
    bureau = tree_of(district).bureau
    for day in marked:
        row = CalendarDay(
            organization_id=bureau,
            day=day.day,
            kind="school_day",
            follows_weekday=day.follows_weekday,
            note=day.note,
        )
        session.merge(row)
    session.flush()


def _periods(district: District, organization_id: str, bell: Bell) -> Iterator[Row]:
    for number, (starts, ends) in enumerate(bell.times(), start=1):
        yield {
            "id": district.ident("prd", organization_id, number),
            "organization_id": organization_id,
            "number": number,
            "starts": starts,
            "ends": ends,
        }


def _people(session: Session, district: District, opened: datetime) -> None:
    people = [
        {
            "id": person.id,
            "username": person.username,
            "name_zh": person.name_zh,
            "name_en": person.name_en,
            "password_hash": "",
            "locale": "zh-CN",
            "created_at": opened,
        }
        for person in district.staff
    ]
    insert(session, Person, people)
    grants = [
        {
            "id": district.ident("grt", person.id),
            "person_id": person.id,
            "organization_id": person.school_id,
            "role": Role.REQUESTER.value,
            "since": opened,
        }
        for person in district.staff
        if not person.role
    ]
    insert(session, RoleGrant, grants)


def _user(session: Session, district: District, tree: Tree, person_id: str, role: str, now: datetime) -> DemoUser:
    person = session.get_one(Person, person_id)
    password = new_password()
    person.password_hash = hash_password(password)
    session.add(person)
    where, held = ROLES_AT.get(role, ("", Role.REQUESTER))
    place = getattr(tree, where) if where else district.schools[0].id
    grant(session, person.id, place, held, now)
    return DemoUser(role, person.username, password, issue_token(session, person.id, "demo", now))


def _inventory(session: Session, district: District, opened: datetime) -> None:
    types = [
        {
            "id": district.ident("aty", model.key),
            "kind": model.kind,
            "make": model.make,
            "model": model.model,
            "name_zh": model.names[0],
            "name_en": model.names[1],
            "capabilities": model.capabilities,
            "setup_minutes": model.prepare[0],
            "clear_minutes": model.prepare[1],
        }
        for model in TYPES.values()
    ]
    insert(session, AssetType, types)
    rooms = [
        {
            "id": room.id,
            "organization_id": room.school_id,
            "name_zh": room.name_zh,
            "name_en": room.name_en,
            "capacity": room.capacity,
            "bookable": room.bookable,
            "opens": time(0, 0) if room.bookable else None,
            "closes": time(23, 59) if room.bookable else None,
        }
        for room in district.rooms
    ]
    insert(session, Room, rooms)
    insert(session, Asset, [_asset(district, item, opened) for item in district.items])
    insert(session, Holding, [row for item in district.items for row in _holdings(district, item)])


def _asset(district: District, item: Item, opened: datetime) -> Row:
    return {
        "id": item.id,
        "asset_code": codes.with_check("YX", district.ident("code", item.id)[5:12]),
        "serial": item.serial,
        "asset_type_id": district.ident("aty", item.type_key),
        "owner_id": item.owner_id,
        "holder_id": item.now.school_id,
        "room_id": item.now.room_id,
        "status": "in_service",
        "roams": item.kind == "printer_3d",
        "bookable": item.kind != "smart_board",
        "purchased_on": item.purchased_on,
        "purchase_value": Decimal(item.value),
        "created_at": opened,
        "version": len(item.stints),
    }


def _holdings(district: District, item: Item) -> Iterator[Row]:
    starts = [_start_of(stint.since) for stint in item.stints]
    for number, stint in enumerate(item.stints):
        yield {
            "id": district.ident("hld", item.id, number),
            "asset_id": item.id,
            "holder_id": stint.school_id,
            "room_id": stint.room_id,
            "since": starts[number],
            "until": starts[number + 1] if number + 1 < len(starts) else None,
        }


def _boxes(session: Session, district: District, tree: Tree, agent_node: str) -> None:
    boxes = [
        {"id": box.node_id, "site_id": box.site_id, "organization_id": box.school_id, "name": box.name}
        for box in district.boxes
    ]
    boxes.append(
        {"id": agent_node, "site_id": tree.office_site, "organization_id": tree.office, "name": places.OFFICE[0]}
    )
    insert(session, Node, boxes)


def _this_computer(session: Session, district: District, tree: Tree, agent_node: str, opened: datetime) -> None:
    """Register the computer the demo runs on; it may have no serial of its own, so its device is bound by hand."""
    room, kind, asset, device = (district.ident(prefix, "host") for prefix in ("rom", "aty", "ast", "dev"))
    session.add(Room(id=room, organization_id=tree.office, name_zh="机房", name_en="Server room"))
    zh, en = "运行演示的计算机", "The computer running this demo"
    session.add(AssetType(id=kind, kind=HOST_TYPE, make="", model="", name_zh=zh, name_en=en))
    session.flush()
    session.add(
        Asset(
            id=asset,
            asset_code=codes.with_check("YX", district.ident("code", "host")[5:12]),
            asset_type_id=kind,
            owner_id=tree.office,
            holder_id=tree.office,
            room_id=room,
            bookable=False,
            created_at=opened,
        )
    )
    session.add(Device(id=device, node_id=agent_node, device_key=HOST_DEVICE, kind=HOST_TYPE))
    session.flush()
    session.add(
        Holding(id=district.ident("hld", "host"), asset_id=asset, holder_id=tree.office, room_id=room, since=opened)
    )
    session.add(Binding(id=district.ident("bind", "host"), device_id=device, asset_id=asset, since_ms=0))
    session.flush()


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def insert(session: Session, table: type[Any], rows: list[Row], chunk: int = 2_000) -> None:
    """Insert many rows at once; columns left out get their defaults."""
    for at in range(0, len(rows), chunk):
        session.connection().execute(sa.insert(table), rows[at : at + chunk])
