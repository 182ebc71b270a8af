"""An application under test: a small tree, people of each role with tokens, and a client for each."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import FastAPI
from fastapi.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.clock import Clock
from fleet_server.core.db import Database
from fleet_server.core.scope import SYSTEM, Role
from fleet_server.core.settings import Settings
from fleet_server.organizations import service as organizations
from fleet_server.people import service as people

BUREAU, NORTH, SOUTH = "org_bureau", "org_north", "org_south"
PASSWORD = "correct horse battery"


@dataclass
class Rig:
    """The application, its database, and a token for each person by name."""

    app: FastAPI
    database: Database
    tokens: dict[str, str]
    persons: dict[str, str]

    def client(self, name: str | None, language: str = "en") -> TestClient:
        """Return a client that sends the person's token, or none."""
        headers = {"accept-language": language}
        if name is not None:
            headers["authorization"] = f"Bearer {self.tokens[name]}"
        return TestClient(self.app, headers=headers, raise_server_exceptions=False)


def rig(database: Database, clock: Clock, settings: Settings | None = None) -> Rig:
    """Build a bureau with two schools; `admin` rules all, `north` coordinates one school, `teacher` books there."""
    now = clock()
    with database.writing() as session:
        for place, kind, parent in ((BUREAU, "bureau", None), (NORTH, "school", BUREAU), (SOUTH, "school", BUREAU)):
            organizations.create(
                session,
                SYSTEM,
                kind=kind,
                name_zh=place,
                name_en=place,
                parent_id=parent,
                organization_id=place,
                site_id=place,
                now=now,
            )
        app = create_app(database, settings or Settings(writes_per_minute=6000, write_burst=6000), clock)
        made = Rig(app, database, {}, {})
        _person(session, made, "admin", BUREAU, Role.ADMINISTRATOR, now)
        _person(session, made, "north", NORTH, Role.COORDINATOR, now)
        _person(session, made, "teacher", NORTH, Role.REQUESTER, now)
        _person(session, made, "south", SOUTH, Role.ADMINISTRATOR, now)
    return made


def _person(session: object, made: Rig, name: str, place: str, role: Role, now: datetime) -> None:
    from sqlmodel import Session

    assert isinstance(session, Session)
    person = people.create_person(session, name, name, name, PASSWORD, now)
    people.grant(session, person.id, place, role, now)
    made.persons[name] = person.id
    made.tokens[name] = people.issue_token(session, person.id, "test", now)
