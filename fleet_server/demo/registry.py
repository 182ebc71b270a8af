"""Writes a demo district into an empty database: the tree, calendars, people; `stock` adds the things."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from fleet_server.changes.service import record
from fleet_server.core.scope import SYSTEM, Role
from fleet_server.demo import places
from fleet_server.demo.access import DemoUser, new_password
from fleet_server.demo.bells import Bell
from fleet_server.demo.district import District, short_ident
from fleet_server.demo.history import bells_of
from fleet_server.demo.rows import Row, insert
from fleet_server.demo.stock import write_boxes, write_inventory, write_this_computer
from fleet_server.demo.terms import Marked, TermDates
from fleet_server.demo.travel import minutes_between
from fleet_server.organizations import service as organizations
from fleet_server.organizations.models import CalendarDay, Period, Term, TravelTime
from fleet_server.people.models import Person, RoleGrant
from fleet_server.people.passwords import hash_password
from fleet_server.people.service import grant, issue_token

ROLES_AT = {
    "administrator": ("county", Role.ADMINISTRATOR),
    "technician": ("bureau", Role.TECHNICIAN),
    "coordinator": ("consortium", Role.COORDINATOR),
    "auditor": ("bureau", Role.AUDITOR),
}


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
    write_inventory(session, district, opened)
    write_boxes(session, district, opened)
    write_this_computer(session, district, (tree.office, tree.office_site), agent_node, now)
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
    # Without a term of its own the office would have the schools' lesson hours, and stand idle in all of them.
    day_before = min(term.first_day for term in year.terms) - timedelta(days=1)
    office: Row = {"id": district.ident("trm", "office"), "organization_id": tree.office, "name_zh": "不排课"}
    office |= {"name_en": "No lessons", "first_day": day_before, "last_day": day_before}
    insert(session, Term, [*terms, office])
    write_marked(session, district, year.marked)
    bells = bells_of(district, year.shift)
    town = next(bells[school.id] for school in district.schools if not school.village_bell)
    insert(session, Period, list(_periods(district, tree.bureau, town)))
    for school in district.schools:
        if school.village_bell:
            insert(session, Period, list(_periods(district, school.id, bells[school.id])))


def write_marked(session: Session, district: District, marked: Iterable[Marked]) -> None:
    """Mark days at the bureau, for every school below it; its office has no lessons on them either."""
    tree = tree_of(district)
    for day in marked:
        session.merge(
            CalendarDay(
                organization_id=tree.bureau,
                day=day.day,
                kind="school_day",
                follows_weekday=day.follows_weekday,
                note=day.note,
            )
        )
        session.merge(CalendarDay(organization_id=tree.office, day=day.day, kind="closure"))
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
