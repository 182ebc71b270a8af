"""Two schools with printers and a room, served by the whole application, and people signed in to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, time

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database
from fleet_server.core.scope import Role
from fleet_server.core.settings import Settings
from fleet_server.inventory.models import Room
from fleet_server.organizations.models import Period, Term, TravelTime
from fleet_server.people.models import Person, RoleGrant
from fleet_server.people.service import start_session
from tests.conftest import StillClock
from tests.fleet_server.utilization.world import BEGINNING, HOUR, World

PEOPLE = (
    ("teacher", Role.REQUESTER, "north"),
    ("neighbor", Role.REQUESTER, "river"),
    ("coordinator", Role.COORDINATOR, "north"),
    ("auditor", Role.AUDITOR, "bureau"),
)
SignedIn = Callable[..., TestClient]


def seed(database: Database, now_ms: int) -> None:
    """Write the schools, their equipment and people."""
    with database.writing() as session:
        world = World(session)
        world.organization("bureau", kind="bureau")
        for school in ("north", "river"):
            world.organization(school, above=("bureau",))
        session.add(TravelTime(from_id="north", to_id="river", minutes=20))
        session.add(Term(id="t", organization_id="bureau", name_zh="秋", name_en="Autumn",
                         first_day=date(2026, 9, 1), last_day=date(2027, 1, 20)))  # fmt: skip
        session.add(Period(id="p1", organization_id="bureau", number=1, starts=time(8), ends=time(17)))
        session.add(Room(id="hall", organization_id="north", name_zh="报告厅", name_en="Hall", bookable=True))
        for asset, school in (("YX-11AAX", "north"), ("YX-22BB9", "north"), ("YX-33CCC", "river")):
            world.asset(asset, school)
            world.device(f"dev{asset}", asset, now_ms)
        world.segments("devYX-11AAX", (now_ms - 2 * HOUR, now_ms - HOUR, "standby"))
        world.open_state("devYX-11AAX", now_ms - HOUR, "in_use")
        for name, role, place in PEOPLE:
            session.add(
                Person(id=name, username=name, name_zh=f"{name}老师", name_en=name.title(), created_at=BEGINNING)
            )
            session.flush()
            granted = RoleGrant(id=f"g{name}", person_id=name, organization_id=place, role=role.value, since=BEGINNING)
            session.add(granted)


@pytest.fixture
def served(sqlite_database: Database, clock: StillClock) -> FastAPI:
    """Serve the two schools; it is ten in the morning in Shanghai."""
    seed(sqlite_database, to_ms(clock()))
    return create_app(sqlite_database, Settings(), clock)


@pytest.fixture
def as_person(served: FastAPI, clock: StillClock) -> Iterator[SignedIn]:
    """Give a browser signed in as one of the people, in a language."""
    with ExitStack() as stack:

        def browser(person: str, locale: str = "en") -> TestClient:
            with served.state.database.writing() as session:
                secret = start_session(session, person, clock())
            client = stack.enter_context(TestClient(served, follow_redirects=False))
            client.cookies.update({"session": secret, "locale": locale})
            client.headers["accept"] = "text/html"
            return client

        yield browser
