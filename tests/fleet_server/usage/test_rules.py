"""Transitions become segments that cover time once, whatever the clocks did."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.usage.rules import (
    HOUR_MS,
    UNKNOWN,
    Anchor,
    Open,
    Span,
    Transition,
    add_states,
    by_hour,
    clip,
    correct,
    cover,
    follow,
    sum_states,
)

START = 1_790_000_000_000
STATES = ["in_use", "setup", "standby", "maintenance", "fault", "off", "in_transit", "unknown"]
steps = st.builds(
    Transition,
    st.integers(START - 10 * HOUR_MS, START + 40 * HOUR_MS),
    st.sampled_from(STATES),
    st.none() | st.integers(0, 30 * HOUR_MS),
    st.sampled_from(["", "driver_stuck"]),
    st.sampled_from(["synced", "corrected", "untrusted"]),
)
losses = st.sampled_from([None, "journal_gap", "journal_dropped"])


def chain(transitions: list[Transition], heard: int = START, lost: str | None = None) -> tuple[list[Span], Open | None]:
    state: Open | None = None
    spans: list[Span] = []
    for step in transitions:
        closed, state = follow(state, step, heard, lost)
        spans += closed
    return spans, state


def exact(lengths: list[tuple[str, int]]) -> list[Transition]:
    """Transitions of a device whose clock is right: state, then its length."""
    found, at, last = [], START, None
    for state, length in lengths:
        found.append(Transition(at, state, last))
        at, last = at + length, length
    return found


def test_a_state_lasts_until_the_next_transition() -> None:
    spans, state = chain(exact([("standby", 60_000), ("in_use", 5_000), ("off", 1)]))
    assert spans == [
        Span(START, START + 60_000, "standby"),
        Span(START + 60_000, START + 65_000, "in_use"),
    ]
    assert state == Open(START + 65_000, "off")


def test_a_clock_set_forward_leaves_a_hole_and_not_a_longer_lesson() -> None:
    late = START + 60_000 + 7_200_000
    spans, _ = chain([Transition(START, "in_use"), Transition(late, "standby", 60_000)])
    assert spans == [
        Span(START, late - 60_000, UNKNOWN, "clock_untrusted", "corrected"),
        Span(late - 60_000, late, "in_use", "", "corrected"),
    ]


def test_a_clock_set_back_never_makes_segments_overlap() -> None:
    spans, state = chain(
        [Transition(START, "in_use"), Transition(START - 3_600_000, "standby", 60_000), Transition(START + 9, "off", 9)]
    )
    assert sum_states(spans) == {"standby": 9}
    assert state == Open(START + 9, "off")


def test_a_transition_whose_clock_is_not_believed_is_placed_by_its_measured_length() -> None:
    spans, state = chain(
        [Transition(START, "in_use"), Transition(3, "standby", 90_000, "", "untrusted")],
    )
    assert spans == [Span(START, START + 90_000, "in_use", "", "corrected")]
    assert state == Open(START + 90_000, "standby", "", "corrected")


def test_a_first_transition_whose_clock_is_not_believed_opens_nothing() -> None:
    assert chain([Transition(3, "standby", None, "", "untrusted")]) == ([], None)


def test_a_break_in_the_chain_is_unknown_from_when_the_device_was_last_heard() -> None:
    spans, _ = chain([Transition(START, "in_use"), Transition(START + 100, "off")], heard=START + 40)
    assert spans == [Span(START, START + 40, "in_use"), Span(START + 40, START + 100, UNKNOWN, "box_offline")]


def test_lost_records_make_the_time_unknown_with_their_cause() -> None:
    spans, _ = chain([Transition(START, "in_use"), Transition(START + HOUR_MS, "off", 60_000)], lost="journal_gap")
    assert spans == [Span(START, START + HOUR_MS, UNKNOWN, "journal_gap")]


def test_lost_samples_change_nothing_where_the_measured_length_fits() -> None:
    spans, _ = chain([Transition(START, "in_use"), Transition(START + HOUR_MS, "off", HOUR_MS)], lost="journal_dropped")
    assert spans == [Span(START, START + HOUR_MS, "in_use")]


@given(st.lists(steps, max_size=12), st.integers(START - HOUR_MS, START + HOUR_MS), losses)
def test_segments_cover_the_chain_once_whatever_comes(
    transitions: list[Transition], heard: int, lost: str | None
) -> None:
    spans, state = chain(transitions, heard, lost)
    assert all(span.start_ms < span.end_ms for span in spans)
    assert all(one.end_ms == other.start_ms for one, other in itertools.pairwise(spans))
    if state is not None and spans:
        assert spans[-1].end_ms == state.start_ms


@given(st.lists(steps, max_size=12), st.integers(START - HOUR_MS, START + 9 * HOUR_MS), st.integers(0, 30 * HOUR_MS))
def test_eight_states_sum_to_the_period_to_the_millisecond(
    transitions: list[Transition], from_ms: int, length: int
) -> None:
    spans, _ = chain(transitions)
    covered = cover(spans, from_ms, from_ms + length, "not_yet_seen", "box_offline")
    sums = sum_states(covered)
    assert sum(sums.values()) == length
    assert set(sums) <= set(STATES)
    assert sum(by_hour(covered).values()) == length


@given(st.lists(steps, max_size=15), st.integers(0, 15))
def test_hours_added_batch_by_batch_equal_hours_computed_at_once(transitions: list[Transition], cut: int) -> None:
    whole, _ = chain(transitions)
    state: Open | None = None
    sums: dict[tuple[int, str], int] = {}
    for batch in (transitions[:cut], transitions[cut:]):
        spans: list[Span] = []
        for step in batch:
            closed, state = follow(state, step, START, None)
            spans += closed
        for key, length in by_hour(spans).items():
            sums[key] = sums.get(key, 0) + length
    assert sums == by_hour(whole)


@given(st.lists(st.tuples(st.sampled_from(STATES), st.integers(1, 20 * HOUR_MS)), min_size=2, max_size=9))
def test_an_hour_never_holds_more_than_an_hour(lengths: list[tuple[str, int]]) -> None:
    spans, _ = chain(exact(lengths))
    hours: dict[int, int] = {}
    for (hour, _state), length in by_hour(spans).items():
        hours[hour] = hours.get(hour, 0) + length
    assert all(hour % HOUR_MS == 0 and length <= HOUR_MS for hour, length in hours.items())


def test_a_clip_keeps_what_lies_inside() -> None:
    assert clip([Span(0, 10, "off"), Span(10, 20, "in_use")], 5, 10) == [Span(5, 10, "off")]


def test_tallies_add_by_state() -> None:
    assert add_states({"off": 1}, {"off": 2, "fault": 3}) == {"off": 3, "fault": 3}


class TestCorrection:
    def test_a_good_clock_is_taken_as_it_is(self) -> None:
        assert correct(START, 5_000, "b1", None, 40, None, START + 10) == (START, "synced")

    def test_a_slow_clock_is_moved_by_its_offset(self) -> None:
        day = 25 * HOUR_MS
        assert correct(START - day, 5_000, "b1", "synced", day, None, START) == (START, "corrected")

    def test_a_clock_set_since_is_mended_by_the_boot_it_shares_with_now(self) -> None:
        anchor = Anchor("b1", START - 60_000)
        assert correct(11, 10_000, "b1", "untrusted", 0, anchor, START) == (START - 50_000, "corrected")

    def test_an_earlier_boot_in_1970_is_not_believed(self) -> None:
        assert correct(11, 10_000, "b0", None, 0, Anchor("b1", START), START)[1] == "untrusted"

    def test_a_time_in_the_future_is_not_believed(self) -> None:
        assert correct(START + 9 * HOUR_MS, 1, "b0", None, 0, None, START)[1] == "untrusted"

    def test_a_box_that_did_not_trust_its_clock_is_not_believed_by_an_offset_of_today(self) -> None:
        assert correct(START - HOUR_MS, 1, "b0", "untrusted", HOUR_MS, None, START)[1] == "untrusted"
