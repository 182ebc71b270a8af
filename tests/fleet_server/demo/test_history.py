from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet_server.demo import history
from fleet_server.demo.bells import local_ms
from fleet_server.demo.daily import MINUTE, merged
from fleet_server.demo.district import ZONE
from tests.fleet_server.demo.districts import TODAY, lived, small

SHIFTS = [0, 300, 1320]


@pytest.mark.parametrize("shift", SHIFTS)
def test_activities_of_a_device_never_overlap_and_lie_within_its_power(shift: int) -> None:
    found = lived(small(), shift)
    assert sum(map(len, found.activities.values())) > 300
    for item_id, activities in found.activities.items():
        for before, after in pairwise(activities):
            assert before.end_ms + before.fault_ms <= after.start_ms
        power = merged(found.power[item_id])
        for one in activities:
            assert one.start_ms < one.end_ms
            assert any(on <= one.start_ms and one.end_ms <= off for on, off in power)


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_kept_booking_is_used_in_its_time_and_a_missed_one_is_not(shift: int) -> None:
    found = lived(small(), shift)
    fates = {"kept": 0, "no_show": 0, "cancelled": 0}
    for promise in found.promises:
        used = [
            one
            for one in found.activities[promise.item.id]
            if one.start_ms < promise.end_ms - MINUTE and promise.start_ms + MINUTE < one.end_ms
        ]
        fates[promise.fate] += 1
        assert bool(used) == (promise.fate == "kept")
        if used:
            assert used[0].start_ms < promise.start_ms + 2 * MINUTE
    assert min(fates.values()) > 0


def test_joint_lessons_hold_the_sets_of_both_schools_of_a_pair_at_one_time() -> None:
    district = small()
    joint: dict[str, list[tuple[str, int, int]]] = {}
    for promise in lived(district).promises:
        if promise.joint:
            joint.setdefault(promise.joint, []).append((promise.user_id, promise.start_ms, promise.end_ms))
    pairs = {frozenset(school.id for school in pair) for pair in district.pairs}
    assert len(joint) > 5
    for parts in joint.values():
        assert frozenset(school for school, _, _ in parts) in pairs
        assert len({(start, end) for _, start, end in parts}) == 1


def test_village_schools_use_their_boards_less_than_city_schools() -> None:
    district = small(12)
    found = lived(district)
    hours = {"city": [0.0], "village": [0.0]}
    for item in district.items:
        place = district.school(item.owner_id).remoteness
        if item.kind == "smart_board" and place in hours:
            hours[place].append(sum(one.end_ms - one.start_ms for one in found.activities[item.id]) / 3.6e6)
    means = {place: sum(values) / (len(values) - 1) for place, values in hours.items()}
    assert means["village"] < 0.75 * means["city"]


def test_nothing_happens_on_a_day_without_school() -> None:
    found = lived(small())
    closed = [
        local_ms(day, 0, ZONE)
        for day in (TODAY.replace(day=14), TODAY.replace(day=15))
    ]  # fmt: skip
    for activities in found.activities.values():
        assert not [one for one in activities if closed[0] <= one.start_ms < closed[1] + 24 * 60 * MINUTE]


def test_history_is_the_same_for_the_same_seed() -> None:
    assert lived(small()) == lived(small())


def test_a_broken_device_stays_in_fault_past_now_and_does_nothing() -> None:
    district = small()
    noon = local_ms(TODAY, 12 * 60, ZONE)
    days = [TODAY.replace(day=17), TODAY]
    found = history.weeks(district, 0, days, lambda day: day.weekday(), TODAY)
    broken = history.broken(district)
    history.break_down(found, broken, noon)
    sick = [found.activities[item_id][-1] for item_id in broken if found.activities[item_id]]
    assert sick
    assert all(one.outcome == "fault" and one.end_ms + one.fault_ms > noon for one in sick)
    plan = history.plan_of(district, found, "127.0.0.1", 1, noon, local_ms(days[0], 0, ZONE))
    assert sum(len(node.devices) for node in plan.nodes) == len(district.items)


spans = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1])))


@settings(max_examples=200)
@given(spans=spans)
def test_merged_spans_cover_the_same_time_and_stay_apart(spans: list[tuple[int, int]]) -> None:
    joined = merged(spans)
    assert all(first[1] < second[0] for first, second in pairwise(joined))
    points = {point for start, end in spans for point in range(start, end)}
    assert points == {point for start, end in joined for point in range(start, end)}


@given(spans=spans)
def test_no_outage_is_left_in_the_quiet_time(spans: list[tuple[int, int]]) -> None:
    assert all(end <= 30 or start >= 60 for start, end in history.quiet(spans, 30, 60))
