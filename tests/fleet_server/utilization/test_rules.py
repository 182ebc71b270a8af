"""Rates are ratios of sums, and say when data is insufficient."""

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.utilization.rules import Sums, by_timetable, rates, total

HOUR = 3_600_000


def test_utilization_is_used_over_known_and_the_lower_bound_used_over_available() -> None:
    sums = Sums(core=10 * HOUR, maintenance=HOUR, in_transit=HOUR, unknown=HOUR, used=3 * HOUR)
    made = rates(sums)
    assert (sums.available, sums.known) == (8 * HOUR, 7 * HOUR)
    assert made.utilization == 3 / 7
    assert made.lower_bound == 3 / 8
    assert made.coverage == 7 / 8


def test_under_the_coverage_floor_no_measured_rate_is_given() -> None:
    made = rates(Sums(core=10 * HOUR, unknown=3 * HOUR, used=2 * HOUR, booked=HOUR))
    assert not made.sufficient
    assert made.utilization is None
    assert made.booking_yield is None
    assert made.sharing_rate is None
    assert made.lower_bound == 0.2
    assert made.booked_frequency == 0.1


def test_set_up_is_stored_apart_so_that_both_conventions_exist() -> None:
    made = rates(Sums(core=10 * HOUR, used=4 * HOUR, setup=HOUR))
    assert (made.utilization, made.with_setup) == (0.4, 0.5)


def test_walk_up_share_leaves_out_bookings_and_lessons() -> None:
    made = rates(Sums(core=10 * HOUR, used=4 * HOUR, used_booked=HOUR, used_lesson=2 * HOUR, booked=2 * HOUR))
    assert made.walk_up_share == 0.25
    assert made.booking_yield == 0.5


def test_no_show_and_sharing_rates() -> None:
    made = rates(Sums(core=10 * HOUR, used=4 * HOUR, borrowed=HOUR, due=8, no_shows=2))
    assert (made.no_show_rate, made.sharing_rate) == (0.25, 0.25)


def test_nothing_over_nothing_is_no_rate() -> None:
    made = rates(Sums())
    assert made.coverage is None
    assert made.utilization is None
    assert made.no_show_rate is None


def test_a_total_is_the_ratio_of_the_sums_not_the_mean_of_the_ratios() -> None:
    large, small = Sums(core=90 * HOUR, used=90 * HOUR), Sums(core=10 * HOUR)
    assert rates(total([large, small])).utilization == 0.9


def test_a_timetable_counts_lessons_as_use_and_knows_everything() -> None:
    made = rates(by_timetable(Sums(core=10 * HOUR, unknown=9 * HOUR, used=HOUR, lesson=4 * HOUR)))
    assert (made.utilization, made.coverage) == (0.4, 1.0)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9)), max_size=6))
def test_every_rate_of_measured_use_lies_between_nothing_and_all(parts: list[tuple[int, int, int]]) -> None:
    made = rates(total(Sums(core=a + b + c, unknown=b, used=c) for a, b, c in parts), floor=0)
    for value in (made.utilization, made.lower_bound, made.coverage):
        assert value is None or 0 <= value <= 1
    if made.utilization is not None and made.lower_bound is not None:
        assert made.lower_bound <= made.utilization
