from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlmodel import Session, select

from fleet_server.bookings.models import Booking, BookingEvent, JointLesson
from fleet_server.core.clock import from_ms, to_ms
from fleet_server.core.db import Database
from fleet_server.demo.bells import local_ms
from fleet_server.demo.district import ZONE, District
from fleet_server.demo.history import Weeks
from fleet_server.demo.promises import write_lessons, write_promises
from fleet_server.demo.registry import Year, tree_of, write_district
from fleet_server.demo.terms import marked_days, terms_around
from fleet_server.organizations.calendar import calendar_days
from fleet_server.organizations.service import descendants
from fleet_server.people.service import sign_in
from fleet_server.schedule.models import Claim
from tests.fleet_server.demo.districts import TODAY, lived, small

NOW = from_ms(local_ms(TODAY, 10 * 60, ZONE))
FIRST = TODAY - timedelta(days=9)


@pytest.fixture(scope="module")
def district() -> District:
    return small()


@pytest.fixture(scope="module")
def weeks(district: District) -> Weeks:
    return lived(district)


@pytest.fixture
def filled(database: Database, district: District, weeks: Weeks) -> Database:
    with database.writing() as session:
        write(session, district)
        write_promises(session, district, weeks.promises, NOW)
        write_lessons(session, district, weeks.lessons, NOW)
    return database


def write(session: Session, district: District) -> list[tuple[str, str, str]]:
    year = Year(terms_around(FIRST, TODAY), list(marked_days([TODAY], FIRST, TODAY)), 0)
    users = write_district(session, district, year, "n-000000000001", datetime(2026, 9, 1, tzinfo=UTC), NOW)
    return [(user.role, user.username, user.password) for user in users]


def test_every_user_of_the_demo_can_sign_in(database: Database, district: District) -> None:
    with database.writing() as session:
        users = write(session, district)
    assert [role for role, _, _ in users] == ["administrator", "technician", "coordinator", "teacher", "auditor"]
    with database.writing() as session:
        assert all(sign_in(session, username, password, NOW) for _, username, password in users)


def test_the_consortium_reaches_every_school_and_the_bureau_also_its_office(
    filled: Database, district: District
) -> None:
    schools = {school.id for school in district.schools}
    with filled.reading() as session:
        assert schools == set(descendants(session, tree_of(district).consortium)) - {tree_of(district).consortium}
        assert tree_of(district).office in descendants(session, tree_of(district).bureau)


def test_today_is_a_school_day_at_every_school_and_a_public_holiday_is_not(
    filled: Database, district: District
) -> None:
    with filled.reading() as session:
        for school in district.schools:
            assert calendar_days(session, school.id, TODAY, TODAY)[0].is_school_day


def test_the_office_has_no_lesson_hours_to_stand_idle_in(filled: Database, district: District) -> None:
    with filled.reading() as session:
        days = calendar_days(session, tree_of(district).office, FIRST, TODAY)
    assert not any(day.is_school_day for day in days)


def test_bookings_stand_where_their_time_says_and_their_events_lead_there(filled: Database) -> None:
    with filled.reading() as session:
        bookings = session.exec(select(Booking)).all()
        events = session.exec(select(BookingEvent)).all()
        claims = {claim.id: claim for claim in session.exec(select(Claim))}
    steps: dict[str, list[BookingEvent]] = {}
    for event in events:
        steps.setdefault(event.booking_id, []).append(event)
    states = {booking.state for booking in bookings}
    assert {"requested", "approved", "checked_out", "returned", "completed", "cancelled", "no_show"} >= states
    assert {"approved", "returned", "completed", "cancelled", "no_show"} <= states
    for booking in bookings:
        trail = sorted(steps[booking.id], key=lambda event: event.at)
        assert trail[-1].to_state == booking.state
        assert [event.from_state for event in trail[1:]] == [event.to_state for event in trail[:-1]]
        assert (claims[booking.claim_id].status == "released") == (
            booking.state not in ("requested", "approved", "checked_out")
        )
        if booking.state in ("returned", "completed", "no_show"):
            assert booking.starts_at <= NOW
        assert claims[booking.claim_id].busy_from <= booking.starts_at


def test_a_joint_lesson_has_the_bookings_of_two_schools(filled: Database) -> None:
    with filled.reading() as session:
        lessons = session.exec(select(JointLesson.id)).all()
        rows = session.exec(select(Booking.joint_lesson_id, Booking.organization_id)).all()
    assert lessons
    for lesson in lessons:
        assert len({school for joint, school in rows if joint == lesson}) == 2


def test_no_booking_collides_with_a_lesson_or_another_booking(filled: Database, weeks: Weeks) -> None:
    with filled.reading() as session:
        claims = session.exec(select(Claim).where(Claim.status != "released")).all()
    assert len(claims) >= len(weeks.lessons)
    by_asset: dict[str, list[tuple[int, int]]] = {}
    for claim in claims:
        by_asset.setdefault(claim.resource_id, []).append((to_ms(claim.busy_from), to_ms(claim.busy_until)))
    for spans in by_asset.values():
        ordered = sorted(spans)
        assert all(first[1] <= second[0] for first, second in pairwise(ordered))
