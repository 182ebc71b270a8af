"""Each write through the API leaves exactly one change record, in its own transaction, with who and why."""

from sqlmodel import col, select

from fleet_server.changes.models import ChangeRecord
from fleet_server.core.db import Database
from tests.fleet_server.bookings.conftest import As
from tests.fleet_server.bookings.schools import Consortium
from tests.fleet_server.bookings.test_routes import slot


def records(database: Database) -> list[tuple[str, str, str]]:
    """Return (action, actor, object) of every change record, oldest first."""
    query = select(ChangeRecord).order_by(col(ChangeRecord.id))
    with database.reading() as session:
        return [(row.action, row.actor_id, row.object_id) for row in session.exec(query)]


def test_each_step_of_a_booking_is_one_change_record(client_of: As, consortium: Consortium, database: Database) -> None:
    teacher, lender = client_of("teacher_b"), client_of("coordinator_a")
    wish = {"asset_code": consortium.printer.asset_code, **slot(30, 32)}
    before = len(records(database))
    booking = teacher.post("/bookings", json=wish).json()["id"]
    for client, step in ((lender, "approve"), (teacher, "cancel")):
        assert client.post(f"/bookings/{booking}/{step}", json={"reason": "plans changed"}).status_code == 200
    written = records(database)[before:]
    assert len(written) == 3
    assert {row[2] for row in written} == {booking}
    people = consortium.people
    assert [row[1] for row in written] == [
        people["teacher_b"].person_id,
        people["coordinator_a"].person_id,
        people["teacher_b"].person_id,
    ]


def test_a_refused_write_leaves_no_change_record(client_of: As, consortium: Consortium, database: Database) -> None:
    teacher = client_of("teacher_a")
    wish = {"asset_code": consortium.printer.asset_code, **slot(2, 4)}
    assert teacher.post("/bookings", json=wish).status_code == 201
    before = records(database)
    assert teacher.post("/bookings", json=wish).status_code == 409
    assert records(database) == before
