"""The account of an asset: what its segments, overlays, core hours and bookings add up to."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.utilization.accounting import STATES, Due, Facts, Promise, Window, account, effective
from fleet_server.utilization.intervals import Track, disjoint, layered, sweep, union

DAY = Window(date(2026, 11, 19), "school")
HOUR = 3_600_000


def facts(**changes: Any) -> Facts:
    given_facts: dict[str, Any] = {
        "asset_id": "a",
        "owner_id": "school",
        "windows": [(0, 24 * HOUR, DAY)],
        "states": [],
        "overlays": [],
        "core": [(8 * HOUR, 9 * HOUR, 8), (9 * HOUR, 10 * HOUR, 9)],
        "promises": [],
    }
    return Facts(**{**given_facts, **changes})


def only_day(**changes: Any) -> dict[str, Any]:
    (row,) = account(facts(**changes)).days.values()
    return row


def test_time_without_a_segment_is_unknown_never_idle() -> None:
    row = only_day(states=[(8 * HOUR, 9 * HOUR, "standby")])
    assert (row["core_standby"], row["core_unknown"]) == (HOUR, HOUR)
    assert row["all_unknown"] == 23 * HOUR


def test_measured_use_wins_over_maintenance_and_is_reported_as_a_contradiction() -> None:
    states = [(8 * HOUR, 9 * HOUR, "in_use"), (9 * HOUR, 10 * HOUR, "standby")]
    row = only_day(states=states, overlays=[(8 * HOUR, 10 * HOUR, "maintenance")])
    assert (row["core_in_use"], row["core_maintenance"], row["contradiction_ms"]) == (HOUR, HOUR, HOUR)


def test_a_booking_of_another_school_counts_for_that_school() -> None:
    states = [(8 * HOUR, 10 * HOUR, "in_use")]
    made = account(facts(states=states, promises=[(8 * HOUR, 9 * HOUR, Promise("booking", "guest"))]))
    assert made.days[DAY.day, "school", "guest"]["used_booked_ms"] == HOUR
    assert made.days[DAY.day, "school", "school"]["core_in_use"] == HOUR
    assert made.days[DAY.day, "school", "school"]["used_booked_ms"] == 0


def test_hours_of_core_time_keep_available_known_and_used() -> None:
    made = account(facts(states=[(8 * HOUR, 9 * HOUR, "in_use")]))
    eight, nine = made.hours[DAY.day, "school", "school", 8], made.hours[DAY.day, "school", "school", 9]
    assert (eight["available_ms"], eight["known_ms"], eight["used_ms"]) == (HOUR, HOUR, HOUR)
    assert (nine["available_ms"], nine["known_ms"], nine["used_ms"]) == (HOUR, 0, 0)


def test_a_no_show_counts_only_where_the_data_covers_the_booking() -> None:
    due = Due(8 * HOUR, 9 * HOUR, "", True)
    covered = only_day(states=[(8 * HOUR, 9 * HOUR, "standby")], dues=[due])
    dark = only_day(states=[(8 * HOUR, 8 * HOUR + HOUR // 2, "standby")], dues=[due])
    assert (covered["due"], covered["no_shows"]) == (1, 1)
    assert (dark["due"], dark["no_shows"]) == (0, 0)


def test_an_overlay_hides_an_unknown_stretch() -> None:
    assert effective(None, "in_transit") == "in_transit"
    assert effective("unknown", None) == "unknown"
    assert effective(None, None) == "unknown"


def spans(labels: st.SearchStrategy[Any]) -> st.SearchStrategy[Track[Any]]:
    one = st.tuples(st.integers(0, 24 * HOUR), st.integers(1, 6 * HOUR), labels)
    return st.lists(one, max_size=12).map(lambda items: disjoint((s, s + n, label) for s, n, label in items))


@given(
    spans(st.sampled_from([state for state in STATES if state not in ("maintenance", "in_transit")])),
    spans(st.sampled_from(["maintenance", "in_transit"])),
    spans(st.sampled_from([Promise("booking", "guest"), Promise("lesson", "")])),
)
def test_the_eight_states_sum_to_the_period_whatever_overlaps(
    states: Track[str], overlays: Track[str], promises: Track[Promise]
) -> None:
    rows = account(facts(states=states, overlays=overlays, promises=promises)).days.values()
    assert sum(row[f"all_{state}"] for row in rows for state in STATES) == 24 * HOUR
    assert sum(row[f"core_{state}"] for row in rows for state in STATES) == 2 * HOUR
    assert all(row["used_booked_ms"] <= row["booked_ms"] for row in rows)


@given(spans(st.just("a")), spans(st.just("b")))
def test_layers_cover_exactly_what_their_tracks_cover(first: Track[str], second: Track[str]) -> None:
    joined = layered(first, second)
    both = union((start, end) for start, end, _ in [*first, *second])
    assert sum(end - start for start, end, _ in joined) == sum(end - start for start, end in both)
    assert all(label == "a" for start, end, (one, label) in sweep(first, joined) if one)
