"""No-shows: decided on known time only, never while a box is off line."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from fleet_server.bookings import endings, no_show
from fleet_server.bookings.models import Booking, BookingEvent
from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database
from fleet_server.nodes.models import Device
from fleet_server.schedule.models import Claim
from tests.fleet_server.bookings.schools import at, book, found, meter

GRACE_S = 900


def booked(session: Session, *spans: tuple[float, float, str], known_until: float | None = None) -> Booking:
    """A booking from hour 1 to hour 3 of a metered printer."""
    made = found(session)
    meter(session, made.printer, *spans, known_until=known_until)
    return book(session, made.people["teacher_a"], made.printer, 1, 3)


def test_a_booking_nobody_came_to_is_released_with_its_evidence(database: Database) -> None:
    with database.writing() as session:
        booking = booked(session, (0, 2, "standby"))
        assert no_show.sweep(session, at(1.24), GRACE_S) == []
        assert no_show.sweep(session, at(1.25), GRACE_S) == [booking.id]
        assert booking.state == "no_show"
        assert session.get_one(Claim, booking.claim_id).status == "released"
        event = session.exec(select(BookingEvent).where(BookingEvent.to_state == "no_show")).one()
        assert event.evidence is not None
        assert (event.evidence["used_ms"], event.evidence["unknown_ms"], len(event.evidence["device_ids"])) == (0, 0, 1)
        assert no_show.sweep(session, at(1.3), GRACE_S) == []


def test_a_late_sweep_misses_nothing(database: Database) -> None:
    with database.writing() as session:
        booking = booked(session, (0, 30, "standby"))
        assert no_show.sweep(session, at(20), GRACE_S) == [booking.id]


@pytest.mark.parametrize("state", ["in_use", "setup"])
def test_use_within_the_slot_is_no_no_show(database: Database, state: str) -> None:
    with database.writing() as session:
        booked(session, (0, 1.1, "standby"), (1.1, 1.2, state), (1.2, 3, "standby"))
        assert no_show.sweep(session, at(1.5), GRACE_S) == []


def test_who_comes_after_the_grace_time_but_before_the_sweep_has_come(database: Database) -> None:
    with database.writing() as session:
        booked(session, (0, 1.4, "standby"), (1.4, 3, "in_use"))
        assert no_show.sweep(session, at(1.5), GRACE_S) == []


def test_a_box_off_line_is_never_a_no_show(database: Database) -> None:
    with database.writing() as session:
        booked(session, (0, 1.2, "standby"))
        for hours in (1.25, 2, 3, 60):
            assert no_show.sweep(session, at(hours), GRACE_S) == []


def test_a_hole_in_the_grace_time_leaves_it_undecided(database: Database) -> None:
    with database.writing() as session:
        booked(session, (0, 1.1, "standby"), (1.1, 1.12, "unknown"), (1.12, 3, "standby"))
        assert no_show.sweep(session, at(2), GRACE_S) == []


def test_the_journal_of_a_box_that_comes_back_decides_afterwards(database: Database) -> None:
    with database.writing() as session:
        booking = booked(session, (0, 1.1, "standby"))
        assert no_show.sweep(session, at(4), GRACE_S) == []
        device = session.exec(select(Device)).one()
        device.known_until_ms = to_ms(at(5))
        session.add(device)
        session.flush()
        assert no_show.sweep(session, at(5), GRACE_S) == [booking.id]


def test_without_a_meter_nobody_is_missed_and_the_slot_is_completed(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        booking = book(session, made.people["teacher_a"], made.printer, 1, 3)
        assert no_show.sweep(session, at(2), GRACE_S) == []
        assert endings.complete(session, at(2.9)) == []
        assert endings.complete(session, at(3)) == [booking.id]


def test_measured_use_completes_and_unknown_use_waits_three_days(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        meter(session, made.printers[0], (0, 1.5, "standby"), (1.5, 9, "in_use"))
        meter(session, made.printers[1], (0, 0.5, "standby"))
        used = book(session, made.people["teacher_a"], made.printers[0], 1, 3)
        unknown = book(session, made.people["teacher_a"], made.printers[1], 1, 3)
        assert endings.complete(session, at(3)) == [used.id]
        assert endings.complete(session, at(74)) == []
        assert endings.complete(session, at(75)) == [unknown.id]
        assert unknown.state == "completed"


STATES = st.sampled_from(["standby", "in_use", "setup", "off", "fault", "unknown"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(states=st.lists(STATES, min_size=1, max_size=8), known=st.integers(0, 8), sweep=st.integers(0, 12))
def test_a_no_show_always_means_a_known_and_idle_grace_time(
    sqlite_database: Database, states: list[str], known: int, sweep: int
) -> None:
    """Eighths of an hour from the start on, one state each; the open one is known until `known`."""
    with sqlite_database.queued(), Session(sqlite_database.write) as session:
        spans = [(1 + i / 8, 1 + (i + 1) / 8, state) for i, state in enumerate(states)]
        end = max(spans[-1][0], 1 + known / 8)
        booking = booked(session, (0, 1, "standby"), *spans, known_until=end)
        now = 1 + sweep / 8
        missed = no_show.sweep(session, at(now), GRACE_S)
        seen = [(s, end if i == len(spans) - 1 else e, state) for i, (s, e, state) in enumerate(spans)]
        known_idle = all(
            any(s <= moment < e and state in ("standby", "off", "fault") for s, e, state in seen)
            for moment in (1.0, 1.0625, 1.125, 1.1875, 1.2499)
        )
        used = any(state in ("in_use", "setup") and s < min(now, 3) and e > s for s, e, state in seen)
        assert (missed == [booking.id]) is (now >= 1.25 and known_idle and not used)
        session.rollback()
