"""Gaps and slots between busy ranges."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.schedule.rules import Range, free_slots, gaps, overlap

START = datetime(2026, 11, 19, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


RANGES = st.lists(st.tuples(st.integers(-50, 150), st.integers(1, 40)).map(lambda r: (at(r[0]), at(r[0] + r[1]))))


@given(RANGES)
def test_gaps_and_busy_ranges_together_cover_the_window_once(busy: list[Range]) -> None:
    found = list(gaps((at(0), at(100)), busy))
    for minute in range(100):
        moment: Range = (at(minute), at(minute + 1))
        free = sum(overlap(moment, gap) for gap in found)
        assert free == (0 if any(overlap(moment, taken) for taken in busy) else 1)


@given(RANGES, st.integers(0, 20), st.integers(0, 20), st.integers(1, 30))
def test_every_slot_offered_fits_with_its_lead_and_tail(busy: list[Range], lead: int, tail: int, length: int) -> None:
    before, after, needed = timedelta(minutes=lead), timedelta(minutes=tail), timedelta(minutes=length)
    for start, end in free_slots((at(0), at(100)), busy, before, after, needed):
        assert at(0) <= start
        assert end <= at(100)
        assert end - start >= needed
        assert not any(overlap((start - before, end + after), taken) for taken in busy)
