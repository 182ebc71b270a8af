"""Sequence numbers count every message of a node, and a missing one is noticed once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.errors import SequenceGap
from telemetry.sequence import SequenceTracker, next_seq


def test_zero_follows_255() -> None:
    assert [next_seq(0), next_seq(254), next_seq(255)] == [1, 255, 0]


@given(st.integers(1, 600))
def test_a_session_without_loss_has_no_gap(messages: int) -> None:
    tracker, seq = SequenceTracker(), 0
    tracker.born(seq)
    for _ in range(messages):
        seq = next_seq(seq)
        tracker.accept(seq)


@given(st.integers(0, 255), st.integers(1, 254))
def test_a_lost_message_is_reported_once(start: int, lost: int) -> None:
    tracker = SequenceTracker()
    tracker.born(start)
    arrived = (start + lost + 1) % 256
    with pytest.raises(SequenceGap):
        tracker.accept(arrived)
    tracker.accept(next_seq(arrived))


def test_nothing_is_expected_before_a_birth() -> None:
    tracker = SequenceTracker()
    for seq in (0, 1):
        with pytest.raises(SequenceGap, match="no birth"):
            tracker.accept(seq)
    tracker.born(0)
    tracker.accept(1)
    tracker.lost()
    with pytest.raises(SequenceGap, match="no birth"):
        tracker.accept(2)


def test_a_message_without_a_number_is_a_gap() -> None:
    tracker = SequenceTracker()
    tracker.born(0)
    with pytest.raises(SequenceGap):
        tracker.accept(None)
