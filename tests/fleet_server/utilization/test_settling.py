"""Settling: marked days are computed from what was measured, and again when something changed."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session, select

from fleet_server.core.clock import from_ms
from fleet_server.core.db import Database
from fleet_server.inventory.models import Holding, Room
from fleet_server.nodes.models import Binding, Device
from fleet_server.schedule.models import Claim
from fleet_server.utilization.accounting import STATES
from fleet_server.utilization.gathering import CoreHours
from fleet_server.utilization.models import AssetDay, AssetHour
from fleet_server.utilization.service import pending, reopen, reopen_assets
from fleet_server.utilization.settling import settle
from tests.fleet_server.utilization.world import HOUR, MIDNIGHT, THURSDAY, World, calendar, morning

EVENING = from_ms(MIDNIGHT + 24 * HOUR)
EIGHT, NINE, TEN = MIDNIGHT + 8 * HOUR, MIDNIGHT + 9 * HOUR, MIDNIGHT + 10 * HOUR


@pytest.fixture
def printer(database: Database) -> Database:
    """A printer in standby all day but for use from 8:30 to 9:15, and no data from 9:15 to 9:55."""
    with database.writing() as session:
        world = World(session)
        world.organization("school")
        world.organization("guest")
        world.person()
        world.asset("printer-1", "school")
        world.device("dev", "printer-1", MIDNIGHT + 24 * HOUR)
        used, dark = EIGHT + HOUR // 2, NINE + HOUR // 4
        world.segments("dev", (MIDNIGHT, used, "standby"), (used, dark, "in_use"), (dark, TEN - 300_000, "unknown"))
        world.open_state("dev", TEN - 300_000, "standby")
        reopen(session, [("dev", MIDNIGHT, MIDNIGHT + 24 * HOUR)])
    return database


def days(database: Database) -> list[AssetDay]:
    with database.reading() as session:
        return list(session.exec(select(AssetDay).order_by(AssetDay.day, AssetDay.user_id)).all())  # type: ignore[arg-type]


def marks_left(database: Database) -> int:
    with database.reading() as session:
        return pending(session)


def test_a_day_with_forty_minutes_off_line_is_counted_to_the_second(printer: Database) -> None:
    settle(printer, EVENING, calendar=calendar)
    (row,) = days(printer)
    assert (row.day, row.holder_id, row.user_id) == (THURSDAY, "school", "school")
    assert row.core_in_use == 45 * 60_000
    assert row.core_unknown == 40 * 60_000
    assert row.core_standby == 35 * 60_000
    assert sum(getattr(row, f"all_{state}") for state in STATES) == 24 * HOUR
    assert marks_left(printer) == 0


def test_settling_twice_gives_the_same_rows(printer: Database) -> None:
    settle(printer, EVENING, calendar=calendar)
    first = [row.model_dump() for row in days(printer)]
    with printer.writing() as session:
        reopen_assets(session, ["printer-1"], MIDNIGHT, MIDNIGHT + 1)
    settle(printer, EVENING, calendar=calendar)
    assert [row.model_dump() for row in days(printer)] == first


def test_a_late_record_changes_exactly_its_day(printer: Database) -> None:
    settle(printer, EVENING, calendar=calendar)
    with printer.writing() as session:
        world = World(session)
        world.segments("dev", (MIDNIGHT - 17 * HOUR, MIDNIGHT - 15 * HOUR, "in_use"))
        reopen(session, [("dev", MIDNIGHT - 17 * HOUR, MIDNIGHT - 15 * HOUR)])
    assert marks_left(printer) == 2
    settle(printer, EVENING, calendar=calendar)
    earlier, thursday = days(printer)
    assert earlier.day == date(2026, 11, 18)
    assert earlier.core_in_use == HOUR
    assert thursday.core_in_use == 45 * 60_000


def test_a_loan_moves_the_use_to_the_borrower_from_that_moment(printer: Database) -> None:
    with printer.writing() as session:
        row = session.exec(select(Holding)).one()
        row.until = from_ms(NINE)
        session.add(row)
        session.add(Holding(id="loan", asset_id="printer-1", holder_id="guest", since=from_ms(NINE)))
    settle(printer, EVENING, calendar=calendar)
    used = {row.holder_id: row.core_in_use for row in days(printer)}
    assert used == {"school": 30 * 60_000, "guest": 15 * 60_000}
    assert {row.owner_id for row in days(printer)} == {"school"}


def test_a_swap_of_the_device_rewrites_nothing_before_it(printer: Database) -> None:
    settle(printer, EVENING, calendar=calendar)
    with printer.writing() as session:
        world = World(session)
        old = session.exec(select(Binding)).one()
        old.until_ms = NINE
        session.add(old)
        world.device("new", "printer-1", MIDNIGHT + 24 * HOUR, since=NINE)
        world.segments("new", (NINE, TEN, "in_use"))
        reopen_assets(session, ["printer-1"], NINE, TEN)
    settle(printer, EVENING, calendar=calendar)
    (row,) = days(printer)
    assert row.core_in_use == 90 * 60_000


def test_a_guest_booking_splits_the_day_by_who_used_it(printer: Database) -> None:
    with printer.writing() as session:
        World(session).booking("printer-1", "guest", NINE, TEN)
    settle(printer, EVENING, calendar=calendar)
    by_user = {row.user_id: row for row in days(printer)}
    assert by_user["guest"].used_booked_ms == 15 * 60_000
    assert by_user["guest"].booked_ms == HOUR
    assert by_user["school"].core_in_use == 30 * 60_000
    assert by_user["guest"].due == 0, "the booking was in the dark for longer than the floor allows"


def test_maintenance_and_transfer_are_laid_over_but_not_over_use(printer: Database) -> None:
    with printer.writing() as session:
        world = World(session)
        world.claim("printer-1", EIGHT, NINE, "maintenance")
        world.claim("printer-1", NINE + HOUR // 2, TEN, "transfer")
    settle(printer, EVENING, calendar=calendar)
    (row,) = days(printer)
    assert row.core_maintenance == 30 * 60_000
    assert row.contradiction_ms == 30 * 60_000
    assert row.core_in_transit == 30 * 60_000
    assert row.core_unknown == 15 * 60_000


def test_a_released_claim_counts_until_it_was_released(printer: Database) -> None:
    with printer.writing() as session:
        claim_id = World(session).claim("printer-1", EIGHT, TEN, "maintenance")
        row = session.get_one(Claim, claim_id)
        row.status, row.released_at = "released", from_ms(EIGHT + HOUR // 4)
        session.add(row)
    settle(printer, EVENING, calendar=calendar)
    assert days(printer)[0].core_maintenance == 15 * 60_000


def test_lessons_in_the_room_of_a_fixed_asset_count_as_promised(printer: Database) -> None:
    with printer.writing() as session:
        session.add(Room(id="lab", organization_id="school", name_zh="室", name_en="Lab"))
        session.flush()
        holding = session.exec(select(Holding)).one()
        holding.room_id = "lab"
        session.add(holding)
        World(session).claim("lab", EIGHT, NINE, "lesson", resource_kind="room")
    settle(printer, EVENING, calendar=calendar)
    (row,) = days(printer)
    assert (row.lesson_ms, row.used_lesson_ms) == (HOUR, 30 * 60_000)


def test_hours_of_a_day_sum_to_the_day(printer: Database) -> None:
    settle(printer, EVENING, calendar=calendar)
    with printer.reading() as session:
        hours = session.exec(select(AssetHour)).all()
    assert {row.hour for row in hours} == {8, 9}
    assert sum(row.used_ms for row in hours) == 45 * 60_000
    assert sum(row.available_ms - row.known_ms for row in hours) == 40 * 60_000


def test_a_day_that_is_not_over_ends_where_the_device_was_last_heard(printer: Database) -> None:
    with printer.writing() as session:
        device = session.get_one(Device, "dev")
        device.known_until_ms = NINE
        session.add(device)
    settle(printer, from_ms(NINE + 30_000), calendar=calendar)
    (row,) = days(printer)
    assert sum(getattr(row, f"core_{state}") for state in STATES) == HOUR
    assert row.core_unknown == 0


def test_a_silent_box_makes_the_time_since_unknown(printer: Database) -> None:
    with printer.writing() as session:
        device = session.get_one(Device, "dev")
        device.known_until_ms = TEN
        session.add(device)
    settle(printer, from_ms(MIDNIGHT + 12 * HOUR), calendar=calendar)
    (row,) = days(printer)
    assert row.all_unknown == 40 * 60_000 + 2 * HOUR


def test_a_mark_renewed_while_its_day_is_computed_survives(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        world = World(session)
        world.organization("school")
        world.asset("printer-1", "school")
        world.device("dev", "printer-1", TEN)
        reopen(session, [("dev", EIGHT, TEN)])

    def ingest_writes_meanwhile(_session: Session) -> CoreHours:
        with sqlite_database.writing() as session:
            reopen(session, [("dev", EIGHT, NINE)])
        return morning

    settle(sqlite_database, EVENING, batches=1, calendar=ingest_writes_meanwhile)
    assert marks_left(sqlite_database) == 1


def test_marks_of_a_device_that_stands_for_nothing_are_dropped(database: Database) -> None:
    with database.writing() as session:
        reopen(session, [("dev_unbound", EIGHT, TEN)])
    settle(database, EVENING, calendar=calendar)
    assert marks_left(database) == 0
    assert days(database) == []


def test_nothing_is_accounted_before_the_first_device(database: Database) -> None:
    with database.writing() as session:
        world = World(session)
        world.organization("school")
        world.asset("printer-1", "school")
        world.device("dev", "printer-1", MIDNIGHT + 24 * HOUR, since=NINE)
        reopen_assets(session, ["printer-1"], MIDNIGHT - 48 * HOUR, MIDNIGHT + 24 * HOUR)
    settle(database, datetime(2026, 11, 19, 16, tzinfo=UTC), calendar=calendar)
    (row,) = days(database)
    assert sum(getattr(row, f"all_{state}") for state in STATES) == 15 * HOUR
