"""Watching: time that passes, loans, swaps, claims and calendars re-open the days they touch."""

from datetime import date, time, timedelta

import pytest
from sqlmodel import col, select

from fleet_server.core.clock import from_ms
from fleet_server.core.db import Database
from fleet_server.inventory.models import Holding
from fleet_server.organizations.models import CalendarDay, Period
from fleet_server.schedule.models import Claim
from fleet_server.utilization.models import DirtyDay
from fleet_server.utilization.settling import settle
from fleet_server.utilization.watching import attend, differences
from tests.fleet_server.utilization.world import HOUR, MIDNIGHT, World, calendar

NOW = from_ms(MIDNIGHT + 10 * HOUR)


@pytest.fixture
def watched(database: Database) -> Database:
    """A printer metered for two days, settled and seen."""
    with database.writing() as session:
        world = World(session)
        world.organization("bureau", kind="bureau")
        world.organization("school", above=("bureau",))
        world.organization("guest", above=("bureau",))
        world.asset("printer-1", "school")
        world.device("dev", "printer-1", MIDNIGHT + 10 * HOUR, since=MIDNIGHT - 48 * HOUR)
    attend(database, NOW)
    settle(database, NOW, calendar=calendar)
    return database


def marked(database: Database) -> list[tuple[int, int]]:
    with database.reading() as session:
        rows = session.exec(select(DirtyDay).order_by(col(DirtyDay.utc_day))).all()
    return [(row.from_ms, row.until_ms) for row in rows]


def test_an_asset_new_to_the_fleet_is_opened_from_its_first_device_on(database: Database) -> None:
    with database.writing() as session:
        world = World(session)
        world.organization("school")
        world.asset("printer-1", "school")
        world.asset("unmetered", "school")
        world.device("dev", "printer-1", 0, since=MIDNIGHT)
    assert attend(database, NOW) == 1
    assert marked(database)[0][0] == MIDNIGHT


def test_nothing_changed_marks_nothing(watched: Database) -> None:
    assert attend(watched, NOW) == 0
    assert marked(watched) == []


def test_time_that_passes_opens_the_day_under_way(watched: Database) -> None:
    attend(watched, NOW + timedelta(minutes=10))
    assert marked(watched)[-1][1] == MIDNIGHT + 10 * HOUR + 600_000


def test_a_loan_opens_the_time_since(watched: Database) -> None:
    with watched.writing() as session:
        row = session.exec(select(Holding)).one()
        row.until = from_ms(MIDNIGHT + 9 * HOUR)
        session.add(row)
        session.add(Holding(id="loan", asset_id="printer-1", holder_id="guest", since=from_ms(MIDNIGHT + 9 * HOUR)))
    attend(watched, NOW)
    assert marked(watched) == [(MIDNIGHT + 9 * HOUR, MIDNIGHT + 10 * HOUR)]


def test_a_closure_of_the_bureau_opens_that_day_of_the_schools_below(watched: Database) -> None:
    with watched.writing() as session:
        session.add(CalendarDay(organization_id="bureau", day=date(2026, 11, 18), kind="closure"))
    attend(watched, NOW)
    first, last = marked(watched)[0][0], marked(watched)[-1][1]
    assert first <= MIDNIGHT - 24 * HOUR
    assert last >= MIDNIGHT


def test_new_period_times_open_all_that_was_metered(watched: Database) -> None:
    with watched.writing() as session:
        session.add(Period(id="p1", organization_id="bureau", number=1, starts=time(8), ends=time(8, 40)))
    attend(watched, NOW)
    assert marked(watched)[0][0] == MIDNIGHT - 48 * HOUR


def test_a_claim_released_after_its_day_was_computed_opens_it_again(watched: Database) -> None:
    with watched.writing() as session:
        claim_id = World(session).claim("printer-1", MIDNIGHT - 20 * HOUR, MIDNIGHT - 18 * HOUR, "maintenance")
        session.flush()
    later = NOW + timedelta(minutes=11)
    attend(watched, NOW + timedelta(minutes=10))
    settle(watched, later, calendar=calendar)
    with watched.writing() as session:
        row = session.get_one(Claim, claim_id)
        row.status, row.released_at = "released", later
        session.add(row)
    attend(watched, later + timedelta(minutes=10))
    assert marked(watched)[0] == (MIDNIGHT - 20 * HOUR, MIDNIGHT - 18 * HOUR)


def test_a_history_that_only_ended_differs_from_its_end_on() -> None:
    assert differences([("held a", 0, None)], [("held a", 0, 50)], 100) == [(50, 100)]
    assert differences([("held a", 0, 50)], [("held a", 0, 50)], 100) == []
    assert differences([], [("held b", 20, 30)], 100) == [(20, 30)]
