"""The chain: everything committed is sealed once, and any later change of a record shows."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from fleet_server.changes.sealing import START, ChainBroken, head, seal, verify
from fleet_server.changes.service import record
from fleet_server.core.db import Database
from fleet_server.core.scope import SYSTEM
from tests.conftest import StillClock
from tests.fleet_server.rig import rig

LIFT = {
    "sqlite": ("DROP TRIGGER change_record_no_update", "DROP TRIGGER change_record_no_delete"),
    "postgresql": ("ALTER TABLE change_record DISABLE TRIGGER USER",),
}
TAMPERING = (
    "UPDATE change_record SET actor_id = 'x' WHERE sealed_no = 3",
    "UPDATE change_record SET reason = 'x' WHERE sealed_no = 3",
    "DELETE FROM change_record WHERE sealed_no = 3",
    "UPDATE change_record SET sealed_no = 30 WHERE sealed_no = 3",
    "UPDATE change_record SET chain_hash = 'x' WHERE sealed_no = 3",
)


def write(database: Database, clock: StillClock, count: int) -> None:
    with database.writing() as session:
        for number in range(count):
            record(session, SYSTEM, "asset.move", "asset", f"a{number}", after={"n": number}, now=clock())


def test_records_are_sealed_in_one_chain_that_holds(database: Database, clock: StillClock) -> None:
    write(database, clock, 3)
    assert seal(database) == 3
    write(database, clock, 2)
    assert seal(database) == 2
    assert seal(database) == 0
    with database.reading() as session:
        assert verify(session) == 5
        found = head(session, clock())
    assert (found.count, found.overdue) == (5, 0)
    assert found.chain_hash != START


def test_sealers_at_once_make_one_chain(database: Database, clock: StillClock) -> None:
    write(database, clock, 40)

    def try_to_seal(_: int) -> None:
        try:
            seal(database)
        except sa.exc.IntegrityError:
            return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(try_to_seal, range(8)))
    while seal(database):
        pass
    with database.reading() as session:
        assert verify(session) == 40


@pytest.mark.parametrize("statement", TAMPERING)
def test_a_change_past_the_triggers_shows_at_its_record(database: Database, clock: StillClock, statement: str) -> None:
    write(database, clock, 6)
    seal(database)
    with database.writing() as session:
        for lift in LIFT[database.dialect]:
            session.execute(sa.text(lift))
        session.execute(sa.text(statement))
    with database.reading() as session, pytest.raises(ChainBroken) as caught:
        verify(session)
    assert caught.value.params["number"] == 3


def test_a_record_left_unsealed_is_overdue_after_a_minute(database: Database, clock: StillClock) -> None:
    write(database, clock, 1)
    with database.reading() as session:
        assert head(session, clock()).overdue == 0
        assert head(session, clock.advance(61)).overdue == 1


def test_change_records_are_for_those_at_the_top(database: Database, clock: StillClock) -> None:
    made = rig(database, clock)
    seal(database)
    listed = made.client("admin").get("/api/v1/changes?page_size=3").json()
    assert listed["total"] > 3
    assert listed["items"][0]["id"] > listed["items"][1]["id"]
    person = made.persons["teacher"]
    about = made.client("admin").get(f"/api/v1/changes?object={person}").json()
    assert {row["action"] for row in about["items"]} == {"person.create", "person.grant"}
    assert made.client("admin").get("/api/v1/changes/checkpoint").json()["count"] == listed["total"]
    for name in ("teacher", "north", "south"):
        assert made.client(name).get("/api/v1/changes").status_code == 403
