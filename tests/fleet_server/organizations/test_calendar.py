"""School calendars: inheritance, holidays, swaps, core hours."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from fleet_server.core.db import Database
from fleet_server.core.scope import SYSTEM
from fleet_server.organizations import service
from fleet_server.organizations.calendar import CalendarCache, calendar_days, calendar_version, core_hours
from fleet_server.organizations.calendar_editing import OwnCalendar, OwnDay, OwnTerm, set_calendar, set_day
from fleet_server.organizations.rules import DayKind, TermSpan, local_days, merged, period_times

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
AUTUMN = OwnTerm("第一学期", "Autumn term", date(2026, 9, 1), date(2027, 1, 22))
PERIODS = ((time(8, 0), time(8, 40)), (time(8, 50), time(9, 30)))
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


def school_below_bureau(session: Session) -> tuple[str, str]:
    bureau = service.create(session, SYSTEM, kind="bureau", name_zh="局", name_en="Bureau", now=NOW)
    school = service.create(
        session, SYSTEM, kind="school", name_zh="校", name_en="School", parent_id=bureau.id, now=NOW
    )
    set_calendar(session, SYSTEM, bureau.id, OwnCalendar((AUTUMN,), PERIODS), NOW)
    return bureau.id, school.id


def kinds(session: Session, organization_id: str, *days: date) -> list[DayKind]:
    return [calendar_days(session, organization_id, day, day)[0].kind for day in days]


def test_a_school_inherits_terms_and_periods_from_its_nearest_ancestor(database: Database) -> None:
    with database.writing() as session:
        _, school = school_below_bureau(session)
        spans = core_hours(session, school, datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    assert spans == [
        (datetime(2026, 11, 19, 0, 0, tzinfo=UTC), datetime(2026, 11, 19, 0, 40, tzinfo=UTC)),
        (datetime(2026, 11, 19, 0, 50, tzinfo=UTC), datetime(2026, 11, 19, 1, 30, tzinfo=UTC)),
    ]


def test_a_school_with_its_own_periods_does_not_inherit(database: Database) -> None:
    with database.writing() as session:
        _, school = school_below_bureau(session)
        set_calendar(session, SYSTEM, school, OwnCalendar(periods=((time(10), time(11)),)), NOW)
        spans = core_hours(session, school, datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC))
    assert [end - start for start, end in spans] == [timedelta(hours=1)]


def test_public_holidays_are_off_and_swapped_work_days_are_on(database: Database) -> None:
    with database.writing() as session:
        _, school = school_below_bureau(session)
        found = kinds(session, school, date(2026, 10, 1), date(2026, 10, 10), date(2026, 10, 11), date(2026, 10, 12))
        swapped = calendar_days(session, school, date(2026, 10, 10), date(2026, 10, 10))[0]
    assert found == [DayKind.HOLIDAY, DayKind.SWAPPED, DayKind.WEEKEND, DayKind.SCHOOL_DAY]
    assert swapped.is_school_day
    assert swapped.asks_weekday
    assert swapped.week == 6


def test_a_swapped_day_stops_asking_once_its_weekday_is_set(database: Database) -> None:
    with database.writing() as session:
        bureau, school = school_below_bureau(session)
        set_day(session, SYSTEM, bureau, OwnDay(date(2026, 10, 10), "school_day", follows_weekday=2), NOW)
        day = calendar_days(session, school, date(2026, 10, 10), date(2026, 10, 10))[0]
    assert day.is_school_day
    assert day.follows_weekday == 2
    assert not day.asks_weekday


def test_a_year_without_notice_is_marked_and_nothing_but_the_law_is_assumed(database: Database) -> None:
    with database.writing() as session:
        bureau, school = school_below_bureau(session)
        spring = OwnTerm("第二学期", "Spring", date(2027, 2, 8), date(2027, 12, 31))
        set_calendar(session, SYSTEM, bureau, OwnCalendar((AUTUMN, spring), PERIODS), NOW)
        labor, plain, lunar = (
            calendar_days(session, school, day, day)[0]
            for day in (date(2027, 10, 1), date(2027, 3, 3), date(2027, 2, 8))
        )
    assert (labor.kind, labor.not_published) == (DayKind.HOLIDAY, True)
    assert (plain.kind, plain.not_published) == (DayKind.SCHOOL_DAY, True)
    assert (lunar.kind, lunar.not_published) == (DayKind.SCHOOL_DAY, True)


def test_the_nearest_override_wins_and_a_school_day_may_lie_outside_term(database: Database) -> None:
    with database.writing() as session:
        bureau, school = school_below_bureau(session)
        set_day(session, SYSTEM, bureau, OwnDay(date(2026, 11, 20), "closure"), NOW)
        set_day(session, SYSTEM, school, OwnDay(date(2026, 11, 20), "school_day"), NOW)
        set_day(session, SYSTEM, school, OwnDay(date(2026, 8, 30), "school_day"), NOW)
        found = kinds(session, school, date(2026, 11, 20), date(2026, 8, 30), date(2026, 8, 29))
        above = kinds(session, bureau, date(2026, 11, 20))
    assert found == [DayKind.SCHOOL_DAY, DayKind.SCHOOL_DAY, DayKind.VACATION]
    assert above == [DayKind.CLOSURE]


def test_the_version_grows_with_a_change_of_any_ancestor(database: Database) -> None:
    with database.writing() as session:
        bureau, school = school_below_bureau(session)
        before = calendar_version(session, school)
        set_day(session, SYSTEM, bureau, OwnDay(date(2026, 11, 20), "closure"), NOW)
        between = calendar_version(session, school)
        set_day(session, SYSTEM, school, OwnDay(date(2026, 11, 20), "school_day"), NOW)
        after = calendar_version(session, school)
    assert before < between < after


def test_the_bulk_cache_answers_as_the_single_question_does(database: Database) -> None:
    start, end = datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 15, tzinfo=UTC)
    with database.writing() as session:
        bureau, school = school_below_bureau(session)
        set_day(session, SYSTEM, school, OwnDay(date(2026, 9, 3), "closure"), NOW)
        cache = CalendarCache(session)
        for one in (bureau, school):
            assert cache.core_hours(one, start, end) == core_hours(session, one, start, end)


@pytest.mark.parametrize(
    ("day", "week"), [(date(2026, 9, 1), 1), (date(2026, 9, 6), 1), (date(2026, 9, 7), 2), (date(2026, 10, 10), 6)]
)
def test_week_one_is_the_week_that_holds_the_first_day_of_term(day: date, week: int) -> None:
    assert TermSpan(date(2026, 9, 1), date(2027, 1, 22)).week(day) == week


minutes = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))


@given(
    zone=st.sampled_from(ZONES),
    periods=st.lists(st.tuples(minutes, minutes), max_size=8),
    day=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
)
def test_periods_of_a_day_are_disjoint_sorted_and_on_that_day(
    zone: str, periods: list[tuple[time, time]], day: date
) -> None:
    spans = period_times(day, periods, ZoneInfo(zone))
    assert all(start < end for start, end in spans)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(spans))
    assert all(start.astimezone(ZoneInfo(zone)).date() == day for start, _ in spans)


@given(spans=st.lists(st.tuples(moments, moments), max_size=12))
def test_merging_keeps_every_instant_once(spans: list[tuple[datetime, datetime]]) -> None:
    union = merged(spans)
    for start, end in spans:
        if start < end:
            assert sum(first <= start and end <= last for first, last in union) == 1
    assert all(any(first == start for start, _ in spans) for first, _ in union)


@given(start=moments, length=st.timedeltas(timedelta(0), timedelta(days=9)), zone=st.sampled_from(ZONES))
def test_the_local_days_of_a_range_cover_it_and_no_more(start: datetime, length: timedelta, zone: str) -> None:
    days = local_days(start, start + length, ZoneInfo(zone))
    if length:
        assert days[0] == start.astimezone(ZoneInfo(zone)).date()
        assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
        assert datetime.combine(days[-1], time(0), ZoneInfo(zone)) < start + length
    else:
        assert days == []
