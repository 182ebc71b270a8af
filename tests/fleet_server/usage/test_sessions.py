"""Sessions join use parted by less than the gap."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.usage.rules import Span, sum_states
from fleet_server.usage.sessions import UsageSession, join

GAP = 300_000


def test_a_short_pause_stays_inside_one_session() -> None:
    spans = [Span(0, 100_000, "in_use"), Span(100_000, 399_999, "standby"), Span(399_999, 500_000, "in_use")]
    assert join(spans, GAP) == [UsageSession(0, 500_000, 200_001, 0)]


def test_a_pause_of_the_gap_parts_two_sessions() -> None:
    spans = [Span(0, 100_000, "in_use"), Span(100_000, 400_000, "standby"), Span(400_000, 500_000, "in_use")]
    assert len(join(spans, GAP)) == 2


def test_the_heating_of_a_print_belongs_to_its_session() -> None:
    spans = [Span(0, 60_000, "setup"), Span(60_000, 90_000, "in_use"), Span(90_000, 95_000, "setup")]
    assert join(spans, GAP) == [UsageSession(0, 95_000, 30_000, 65_000)]


def test_set_up_alone_is_no_session() -> None:
    assert join([Span(0, 60_000, "setup"), Span(60_000, 61_000, "off")], GAP) == []


@given(
    st.lists(st.tuples(st.sampled_from(["in_use", "setup", "off", "unknown"]), st.integers(1, 900_000)), max_size=20)
)
def test_sessions_hold_all_use_once_and_stay_a_gap_apart(lengths: list[tuple[str, int]]) -> None:
    spans, at = [], 0
    for state, length in lengths:
        spans.append(Span(at, at + length, state))
        at += length
    found = join(spans, GAP)
    assert sum(session.used_ms for session in found) == sum_states(spans).get("in_use", 0)
    assert all(other.start_ms - one.end_ms >= GAP for one, other in itertools.pairwise(found))
