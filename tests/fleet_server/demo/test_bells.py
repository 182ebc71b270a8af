from datetime import date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.demo.bells import DAY_MINUTES, TOWN, VILLAGE, shift_for, turned

ZONE = ZoneInfo("Asia/Shanghai")
minutes = st.integers(0, DAY_MINUTES - 1)


@given(minute=minutes)
def test_whenever_the_demo_starts_a_lesson_ends_or_begins_within_ten_minutes(minute: int) -> None:
    moment = datetime(2026, 11, 18, minute // 60, minute % 60)
    periods = turned(TOWN, shift_for(moment)).periods
    waits = [edge - minute for period in periods for edge in period if edge > minute]
    late = minute > DAY_MINUTES - 10
    assert late or 5 <= min(waits) <= 10


@given(shift=minutes, periods=st.sampled_from([TOWN, VILLAGE]))
def test_turned_periods_stay_in_order_inside_one_day_and_keep_their_lengths(
    shift: int, periods: tuple[tuple[int, int], ...]
) -> None:
    found = turned(periods, shift).periods
    assert len(found) >= len(periods) - 1
    assert all(end - start == 40 for start, end in found)
    assert all(start >= 0 and end < DAY_MINUTES for start, end in found)
    assert all(first[1] <= second[0] for first, second in pairwise(found))


@given(shift=minutes)
def test_blocks_cover_every_period_and_nothing_else_long(shift: int) -> None:
    bell = turned(TOWN, shift)
    blocks = bell.blocks()
    assert all(any(start >= a and end <= b for a, b in blocks) for start, end in bell.periods)
    assert all(second[0] - first[1] >= 300 for first, second in pairwise(blocks))


def test_breaks_of_the_day_are_not_all_equal() -> None:
    for periods in (TOWN, VILLAGE):
        breaks = {second[0] - first[1] for first, second in pairwise(periods)}
        assert len(breaks) >= 3


def test_spans_are_in_milliseconds_of_the_local_day() -> None:
    bell = turned(TOWN, 0)
    start, end = bell.spans(date(2026, 11, 18), ZONE)[0]
    assert datetime.fromtimestamp(start / 1000, ZONE).time() == time(8, 0)
    assert end - start == 40 * 60_000
    assert bell.times()[0] == (time(8, 0), time(8, 40))
