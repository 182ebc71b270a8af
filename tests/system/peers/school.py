"""A school to measure in, put into a database: calendar, an administrator with a token, assets by serial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

from fleet_server.core.clock import new_id
from fleet_server.core.db import Database
from fleet_server.core.scope import SYSTEM, Role
from fleet_server.inventory import service as inventory
from fleet_server.inventory.models import AssetType
from fleet_server.organizations import service as organizations
from fleet_server.organizations.calendar_editing import OwnCalendar, OwnDay, OwnTerm, set_calendar
from fleet_server.people import service as people

SCHOOL, SITE = "org_school", "s-test1"
"""The school and the group its boxes speak in."""
OPENED = datetime(2024, 1, 1, tzinfo=UTC)
"""When the school and its assets came into being: before anything a test measures."""
ALL_DAY = ((time(0), time(23, 59, 59, 999999)),)
Periods = Sequence[tuple[time, time]]


@dataclass(frozen=True, slots=True)
class School:
    """What a test needs to ask about it: a token, and the code of each asset by its serial."""

    token: str
    codes: Mapping[str, str]


def open_school(
    database: Database, assets: Mapping[str, str], day: date, periods: Periods = ALL_DAY, now: datetime | None = None
) -> School:
    """Build the school: `assets` maps serials to kinds, `day` and its neighbors are school days with these periods."""
    with database.writing() as session:
        for place, kind, parent, site in (("org_bureau", "bureau", None, None), (SCHOOL, "school", "org_bureau", SITE)):
            organizations.create(
                session,
                SYSTEM,
                kind=kind,
                name_zh="实验小学",
                name_en="Test School",
                parent_id=parent,
                organization_id=place,
                site_id=site,
                now=OPENED,
            )
        set_calendar(session, SYSTEM, SCHOOL, _calendar(day, periods), OPENED)
        codes = {serial: _asset(session, kind, serial) for serial, kind in assets.items()}
        person = people.create_person(session, "keeper", "保管员", "Keeper", "correct horse battery", OPENED)
        people.grant(session, person.id, "org_bureau", Role.ADMINISTRATOR, OPENED)
        token = people.issue_token(session, person.id, "test", now or datetime.now(UTC))
    return School(token, codes)


def _calendar(day: date, periods: Periods) -> OwnCalendar:
    month = timedelta(days=30)
    term = OwnTerm("学期", "Term", day - month, day + month)
    days = tuple(OwnDay(day + timedelta(days=number), "school_day") for number in (-1, 0, 1))
    return OwnCalendar((term,), tuple(periods), days)


def _asset(session: Session, kind: str, serial: str) -> str:
    made = AssetType(id=new_id("typ"), kind=kind, make="Acme", model=serial, name_zh="设备", name_en="Device")
    inventory.register_type(session, SYSTEM, made, OPENED)
    new = inventory.NewAsset(asset_type_id=made.id, owner_id=SCHOOL, serial=serial)
    return inventory.register_asset(session, SYSTEM, new, OPENED).asset_code
