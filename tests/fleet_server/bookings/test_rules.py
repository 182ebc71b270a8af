"""The table of transitions, holds, busy ranges and opening hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_server.bookings import rules
from fleet_server.bookings.rules import Action, State

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
SPANS = st.timedeltas(timedelta(0), timedelta(days=3))

LEADS_ON = {
    State.REQUESTED: {Action.APPROVE, Action.REJECT, Action.EXPIRE, Action.CANCEL, Action.DISPLACE},
    State.APPROVED: {
        Action.ASK_AGAIN,
        Action.CANCEL,
        Action.CHECK_OUT,
        Action.MISS,
        Action.DISPLACE,
        Action.COMPLETE,
    },
    State.CHECKED_OUT: {Action.CHECK_IN},
}


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("action", list(Action))
def test_each_state_takes_exactly_the_actions_that_lead_on(state: State, action: Action) -> None:
    if action in LEADS_ON.get(state, set()):
        assert rules.after(state, action) != state
    else:
        with pytest.raises(rules.TransitionRefused):
            rules.after(state, action)


def test_every_state_can_be_reached_and_every_open_state_left() -> None:
    reached = set(rules.TRANSITIONS.values()) | {State.REQUESTED}
    assert reached == set(State)
    assert {state for state, _ in rules.TRANSITIONS} == set(rules.OPEN)


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(rules.TransitionRefused):
        rules.after("lost", Action.CANCEL)


@given(MOMENTS, SPANS)
def test_a_hold_ends_within_a_day_and_an_hour_before_the_start(now: datetime, ahead: timedelta) -> None:
    until = rules.hold_until(now + ahead, now)
    if ahead <= timedelta(hours=1):
        assert until is None
    else:
        assert until is not None
        assert now < until <= now + timedelta(hours=24)
        assert until <= now + ahead - timedelta(hours=1)


@given(MOMENTS, SPANS, SPANS, SPANS, SPANS, SPANS)
def test_a_busy_range_holds_its_slot_and_all_its_margins(
    start: datetime, length: timedelta, setup: timedelta, clear: timedelta, there: timedelta, back: timedelta
) -> None:
    busy_from, busy_until = rules.busy_range(start, start + length, setup, clear, there, back)
    assert busy_until - busy_from == length + setup + clear + there + back
    assert busy_from <= start <= start + length <= busy_until


@pytest.mark.parametrize(
    ("start", "end", "open_then"),
    [
        ("08:00", "09:00", True),
        ("07:30", "21:00", True),
        ("07:29", "09:00", False),
        ("20:00", "21:01", False),
    ],
)
def test_opening_hours_are_local_and_their_edges_belong_to_them(start: str, end: str, open_then: bool) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    first, last = (datetime.combine(NOW.date(), time.fromisoformat(text), zone) for text in (start, end))
    assert rules.within_opening(first, last, time(7, 30), time(21), zone) is open_then


def test_a_slot_over_midnight_is_not_within_opening_hours() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    start = datetime(2026, 11, 19, 20, 0, tzinfo=zone)
    assert not rules.within_opening(start, start + timedelta(hours=12), time(7), time(22), zone)
