"""Joint lessons: all or none."""

import pytest
from sqlmodel import select

from fleet_server.bookings import joint_lessons, service
from fleet_server.bookings.joint_lessons import JointLessonRequest
from fleet_server.bookings.models import Booking, JointLesson
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.db import Database
from fleet_server.core.errors import Forbidden, Invalid
from fleet_server.schedule.models import Claim
from fleet_server.schedule.service import SlotTaken
from tests.fleet_server.bookings.schools import NOW, at, found


def lesson(*rooms: str, start: float = 5) -> JointLessonRequest:
    return JointLessonRequest(starts_at=at(start), ends_at=at(start + 1), title="Poems of Tang", room_ids=rooms)


def test_a_lesson_books_a_room_in_each_school(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        made_lesson, bookings = joint_lessons.book(session, made.people["coordinator"], lesson("rom_b", "rom_a"), NOW)
        assert [(one.room_id, one.organization_id, one.state) for one in bookings] == [
            ("rom_b", "org_b", "approved"),
            ("rom_a", "org_a", "approved"),
        ]
        assert {one.joint_lesson_id for one in bookings} == {made_lesson.id}


def test_a_teacher_asks_the_partner_school_and_both_rooms_are_held(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        _, bookings = joint_lessons.book(session, made.people["teacher_a"], lesson("rom_a", "rom_b"), NOW)
        assert [one.state for one in bookings] == ["approved", "requested"]
        service.reject(session, made.people["coordinator_b"], bookings[1], NOW, "exams")
        session.refresh(bookings[0])
        assert bookings[0].state == "cancelled"
        assert set(session.exec(select(Claim.status))) == {"released"}


def test_one_taken_room_leaves_nothing_behind(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        busy = BookingRequest(starts_at=at(5.5), ends_at=at(6), organization_id="org_b", room_id="rom_b")
        service.book(session, made.people["teacher_b"], busy, NOW)
    with pytest.raises(SlotTaken) as caught, database.writing() as session:
        joint_lessons.book(session, made.people["coordinator"], lesson("rom_a", "rom_b"), NOW)
    assert any(one.get("room_id") == "rom_b2" for one in _offered(caught.value))
    with database.reading() as session:
        assert session.exec(select(JointLesson.id)).all() == []
        assert len(session.exec(select(Booking.id)).all()) == 1
        assert len(session.exec(select(Claim.id)).all()) == 1


def _offered(error: SlotTaken) -> list[dict[str, object]]:
    offered = error.params["alternatives"]
    assert isinstance(offered, list)
    return offered


@pytest.mark.parametrize("rooms", [("rom_a",), ("rom_b", "rom_b2"), ("rom_a", "rom_a")])
def test_a_lesson_needs_rooms_of_two_schools(database: Database, rooms: tuple[str, ...]) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(Invalid) as caught:
            joint_lessons.book(session, made.people["coordinator"], lesson(*rooms), NOW)
        assert caught.value.code == "joint_lesson_too_small"


def test_an_auditor_books_no_lesson(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(Forbidden):
            joint_lessons.book(session, made.people["auditor"], lesson("rom_a", "rom_b"), NOW)
