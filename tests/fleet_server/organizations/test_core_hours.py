"""Core hours as a property: disjoint, sorted, inside the range, additive, with and without summer time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_server.core.db import Database
from fleet_server.core.scope import SYSTEM
from fleet_server.organizations import service
from fleet_server.organizations.calendar import CalendarCache
from fleet_server.organizations.calendar_editing import OwnCalendar, OwnTerm, set_calendar

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
ZONES = ("Asia/Shanghai", "Europe/Berlin")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda naive: naive.replace(tzinfo=UTC))
lengths = st.timedeltas(timedelta(0), timedelta(days=20))


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarCache]:
    """A school in Shanghai, which keeps one time, and one in Berlin, which changes its clocks."""
    from fleet_server.core.db import open_database
    from fleet_server.migrations.apply import upgrade

    database: Database = open_database(f"sqlite:///{tmp_path_factory.mktemp('calendars') / 'fleet.db'}")
    upgrade(database)
    with database.writing() as session:
        for zone in ZONES:
            service.create(
                session,
                SYSTEM,
                kind="school",
                name_zh="校",
                name_en="School",
                organization_id=zone,
                timezone=zone,
                now=NOW,
            )
            own = OwnCalendar(
                (OwnTerm("年", "Year", date(2026, 1, 1), date(2026, 12, 31)),),
                ((time(1, 30), time(2, 30)), (time(8), time(8, 40)), (time(22), time(23, 59))),
            )
            set_calendar(session, SYSTEM, zone, own, NOW)
        cache = CalendarCache(session)
    yield cache
    database.dispose()


@given(zone=st.sampled_from(ZONES), start=moments, length=lengths)
def test_core_hours_are_disjoint_sorted_and_inside_the_range(
    calendars: CalendarCache, zone: str, start: datetime, length: timedelta
) -> None:
    spans = calendars.core_hours(zone, start, start + length)
    flat = [moment for span in spans for moment in span]
    assert flat == sorted(flat)
    assert all(first < last for first, last in spans)
    assert all(start <= first and last <= start + length for first, last in spans)


@given(zone=st.sampled_from(ZONES), start=moments, first=lengths, second=lengths)
def test_core_hours_of_two_adjoining_ranges_add_up_to_those_of_both(
    calendars: CalendarCache, zone: str, start: datetime, first: timedelta, second: timedelta
) -> None:
    def total(since: datetime, until: datetime) -> timedelta:
        return sum((end - begin for begin, end in calendars.core_hours(zone, since, until)), timedelta(0))

    middle, end = start + first, start + first + second
    assert total(start, middle) + total(middle, end) == total(start, end)


def test_a_period_keeps_its_local_time_when_clocks_change(calendars: CalendarCache) -> None:
    winter = calendars.core_hours("Europe/Berlin", datetime(2026, 3, 27, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC))
    summer = calendars.core_hours("Europe/Berlin", datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC))
    assert (datetime(2026, 3, 27, 7, tzinfo=UTC), datetime(2026, 3, 27, 7, 40, tzinfo=UTC)) in winter
    assert (datetime(2026, 3, 30, 6, tzinfo=UTC), datetime(2026, 3, 30, 6, 40, tzinfo=UTC)) in summer
