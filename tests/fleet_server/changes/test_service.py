"""Change records: hashed as stored, never edited, never deleted."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlmodel import select

from fleet_server.changes.models import ChangeRecord
from fleet_server.changes.service import canonical_json, content_hash, record
from fleet_server.core.db import Database
from fleet_server.core.scope import SYSTEM, Role
from tests.conftest import StillClock

BODY = {
    "z": 1,
    "a": "同器",
    "when": datetime(2026, 11, 19, 10, tzinfo=UTC),
    "day": date(2026, 1, 2),
    "yuan": Decimal("1.10"),
}


def write(database: Database, clock: StillClock) -> None:
    with database.writing() as session:
        record(session, SYSTEM, "asset.move", "asset", "a1", after=BODY | {"role": Role.AUDITOR}, now=clock())


def test_a_record_read_back_has_the_hash_it_was_written_with(database: Database, clock: StillClock) -> None:
    write(database, clock)
    with database.reading() as session:
        found = session.exec(select(ChangeRecord)).one()
    assert content_hash(found) == found.content_hash
    assert found.after == {
        "z": 1,
        "a": "同器",
        "when": "2026-11-19T10:00:00+00:00",
        "day": "2026-01-02",
        "yuan": "1.10",
        "role": "auditor",
    }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change_record SET actor_id = 'x'",
        "UPDATE change_record SET after = NULL",
        "UPDATE change_record SET reason = 'better'",
        "DELETE FROM change_record",
    ],
)
def test_the_database_refuses_to_edit_or_delete_a_record(database: Database, clock: StillClock, statement: str) -> None:
    write(database, clock)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as session:
        session.execute(sa.text(statement))


def test_a_record_is_sealed_once(database: Database, clock: StillClock) -> None:
    write(database, clock)
    seal = sa.text("UPDATE change_record SET sealed_no = 1, chain_hash = 'x'")
    with database.writing() as session:
        session.execute(seal)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.writing() as session:
        session.execute(seal)


def test_what_json_cannot_say_is_refused() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError):
            canonical_json({"a": value})
    with pytest.raises(TypeError):
        canonical_json({"a": object()})
