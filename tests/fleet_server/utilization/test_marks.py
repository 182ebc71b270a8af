"""Marks of days to compute again."""

from sqlmodel import Session, select

from fleet_server.core.db import Database
from fleet_server.utilization.marks import DAY_MS
from fleet_server.utilization.models import DirtyDay
from fleet_server.utilization.service import pending, reopen, reopen_assets


def marks(session: Session) -> list[tuple[str, int, int, int]]:
    rows = session.exec(select(DirtyDay).order_by(DirtyDay.subject_id, DirtyDay.utc_day)).all()  # type: ignore[arg-type]
    return [(row.subject_id, row.utc_day, row.from_ms, row.until_ms) for row in rows]


def test_a_span_over_midnight_marks_both_days(database: Database) -> None:
    with database.writing() as session:
        reopen(session, [("dev_a", DAY_MS - 10, DAY_MS + 10)])
        assert marks(session) == [("dev_a", 0, DAY_MS - 10, DAY_MS), ("dev_a", 1, DAY_MS, DAY_MS + 10)]


def test_marks_of_one_day_join_and_get_a_new_seal(database: Database) -> None:
    with database.writing() as session:
        reopen(session, [("dev_a", 100, 200)])
        first = session.exec(select(DirtyDay.seal)).one()
    with database.writing() as session:
        reopen(session, [("dev_a", 50, 60), ("dev_a", 300, 400)])
        assert marks(session) == [("dev_a", 0, 50, 400)]
        assert session.exec(select(DirtyDay.seal)).one() != first


def test_empty_and_reversed_spans_mark_nothing(database: Database) -> None:
    with database.writing() as session:
        reopen(session, [("dev_a", 100, 100), ("dev_a", 200, 100)])
        assert pending(session) == 0


def test_a_span_from_the_beginning_of_time_marks_two_school_years_at_most(database: Database) -> None:
    with database.writing() as session:
        reopen_assets(session, ["ast_a"], 0, 20_000 * DAY_MS)
        assert pending(session) == 800


def test_five_hundred_spans_are_one_statement(database: Database) -> None:
    with database.writing() as session:
        reopen(session, [(f"dev_{number:03}", 0, 100) for number in range(500)])
        assert pending(session) == 500
