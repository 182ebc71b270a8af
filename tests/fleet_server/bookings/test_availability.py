"""What is free, where, and why not."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from fleet_server.bookings import availability
from fleet_server.bookings.availability import Offer, Wish
from fleet_server.core.db import Database
from fleet_server.core.errors import Invalid, NotFound
from fleet_server.schedule import service as schedule
from fleet_server.schedule.placements import place
from fleet_server.schedule.service import SlotTaken, Wanted
from tests.fleet_server.bookings.schools import NOW, Consortium, at, book, found


def offers(
    session: Session,
    made: Consortium,
    start: float,
    end: float,
    hours: float,
    place: str = "org_a",
    kind: str | None = None,
) -> dict[str, Offer]:
    wish = Wish(organization_id=place, start=at(start), end=at(end), length=timedelta(hours=hours), capability=kind)
    rows = availability.find(session, made.people["coordinator"], wish, NOW)
    return {row.id: row for row in rows}


def hours_of(offer: Offer) -> list[tuple[float, float]]:
    return [(_hours(start), _hours(end)) for start, end in offer.free]


def _hours(moment: datetime) -> float:
    return round((moment - NOW) / timedelta(hours=1), 4)


def test_free_time_leaves_room_for_preparation_and_the_way(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        book(session, made.people["teacher_a"], made.printer, 4, 6)
        here = offers(session, made, 1, 10, 1)[made.printer.id]
        assert (here.travel_minutes, hours_of(here)) == (0, [(1, 3.75), (6.25, 10)])
        there = offers(session, made, 1, 10, 1, "org_b")[made.printer.id]
        assert there.travel_minutes == 30
        assert hours_of(there) == [(1, round(4 - 55 / 60, 4)), (round(6 + 45 / 60, 4), 10)]


def test_what_is_not_free_says_why(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        first, second, third = made.printers[:3]
        book(session, made.people["teacher_a"], first, 2, 9)
        schedule.claim(session, Wanted("asset", second.id, at(1), at(8), "maintenance", "wo_1"), NOW)
        third.status = "maintenance"
        session.add(third)
        session.flush()
        rows = offers(session, made, 2, 6, 2, kind="printer_3d")
        reasons = {key: row.reason and (row.reason.code, row.reason.source) for key, row in rows.items()}
        assert reasons == {
            first.id: ("taken", "booking"),
            second.id: ("taken", "maintenance"),
            third.id: ("asset_in_maintenance", ""),
        }
        assert all(not row.free for row in rows.values())


def test_rooms_are_free_within_their_opening_hours(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        rows = offers(session, made, 9, 30, 2, kind="room")
        assert set(rows) == {"rom_a", "rom_b", "rom_b2"}
        assert hours_of(rows["rom_a"]) == [(9, 11), (21.5, 30)]
        night = offers(session, made, 12, 20, 2, kind="room")["rom_a"]
        assert night.reason is not None
        assert (night.free, night.reason.code) == ((), "room_closed")


def test_the_nearest_free_comes_first_and_a_lapsed_hold_is_free(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        held = Wanted("asset", made.printers[2].id, at(1), at(8), "booking", "bkg_x", "", NOW)
        schedule.claim(session, held, NOW)
        wish = Wish(organization_id="org_b", start=at(1), end=at(8), length=timedelta(hours=1), capability="printer_3d")
        rows = availability.find(session, made.people["coordinator"], wish, NOW)
        assert [row.travel_minutes for row in rows] == [0, 30, 30]
        assert rows[0].id == made.printers[2].id


def test_an_asset_is_offered_from_where_it_will_be(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        place(session, made.printer.id, "org_b", at(50), at(100), "rnd_1")
        before = offers(session, made, 20, 30, 1, "org_b")[made.printer.id]
        during = offers(session, made, 60, 70, 1, "org_b")[made.printer.id]
        assert (before.travel_minutes, during.travel_minutes) == (30, 0)


def test_a_window_beyond_reason_and_a_place_beyond_reach_are_refused(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(Invalid):
            offers(session, made, 0, 24 * 63, 1)
        with pytest.raises(NotFound):
            offers(session, made, 0, 24, 1, "org_far")


TAKEN = st.lists(st.tuples(st.integers(0, 46), st.integers(1, 8)), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=TAKEN, length=st.integers(1, 6), place_id=st.sampled_from(["org_a", "org_b"]))
def test_what_is_offered_can_be_booked_and_what_is_not_cannot(
    sqlite_database: Database, taken: list[tuple[int, int]], length: int, place_id: str
) -> None:
    with sqlite_database.queued(), Session(sqlite_database.write) as session:
        made = found(session)
        for start, hours in taken:
            try:
                schedule.claim(
                    session,
                    Wanted("asset", made.printer.id, at(start / 2), at((start + hours) / 2), "lesson", "l"),
                    NOW,
                )
            except SlotTaken:
                continue
        free = hours_of(offers(session, made, 1, 24, length / 2, place_id)[made.printer.id])
        for half in range(2, 48 - length, 3):
            fits = any(start <= half / 2 and (half + length) / 2 <= end for start, end in free)
            nested = session.begin_nested()
            try:
                book(session, made.people["coordinator"], made.printer, half / 2, (half + length) / 2, place_id)
                booked = True
            except SlotTaken:
                booked = False
            nested.rollback()
            assert booked is fits
        session.rollback()
