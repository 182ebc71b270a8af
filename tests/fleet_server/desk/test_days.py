"""One day as drawn and summed."""

import itertools
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.core.clock import to_ms
from fleet_server.desk import days
from fleet_server.usage.rules import Span
from tests.fleet_server.desk.rows import NOW

HOUR = 3_600_000
STATES = st.sampled_from(days.STATES)


@st.composite
def spans_of(draw: st.DrawFn) -> list[Span]:
    """Gapless spans of any length."""
    lengths = draw(st.lists(st.integers(1, 10 * HOUR), min_size=1, max_size=12))
    found, at = [], 0
    for length in lengths:
        found.append(Span(at, at + length, draw(STATES), draw(st.sampled_from(["", "E-1"]))))
        at += length
    return found


@st.composite
def claims_of(draw: st.DrawFn) -> list[tuple[int, int, str, str]]:
    kinds = st.sampled_from(["maintenance", "transfer", "booking"])
    starts = st.integers(-HOUR, 60 * HOUR)
    return [
        (start, start + draw(st.integers(1, 5 * HOUR)), draw(kinds), "") for start in draw(st.lists(starts, max_size=5))
    ]


@given(spans_of(), claims_of())
def test_overlays_keep_the_length_the_order_and_every_second_of_measured_use(
    spans: list[Span], claims: list[tuple[int, int, str, str]]
) -> None:
    laid = days.overlaid(spans, claims)
    assert (laid[0].start_ms, laid[-1].end_ms) == (spans[0].start_ms, spans[-1].end_ms)
    assert all(one.end_ms == two.start_ms for one, two in itertools.pairwise(laid))
    used = [sum(s.end_ms - s.start_ms for s in some if s.state == "in_use") for some in (spans, laid)]
    assert used[0] == used[1]


@given(spans_of())
def test_the_eight_states_sum_to_the_whole_to_the_second(spans: list[Span]) -> None:
    found = days.sums(spans)
    assert [item.state for item in found] == list(days.STATES)
    assert sum(item.seconds for item in found) == round(sum(s.end_ms - s.start_ms for s in spans) / 1000)


def test_a_maintenance_claim_covers_standby_and_stops_at_measured_use() -> None:
    spans = [Span(0, 4 * HOUR, "standby"), Span(4 * HOUR, 5 * HOUR, "in_use")]
    laid = days.overlaid(spans, [(2 * HOUR, 6 * HOUR, "maintenance", "nozzle")])
    assert [(span.state, span.start_ms // HOUR, span.end_ms // HOUR) for span in laid] == [
        ("standby", 0, 2),
        ("maintenance", 2, 4),
        ("in_use", 4, 5),
    ]


def test_a_local_day_ends_now_while_it_runs_and_at_midnight_afterwards() -> None:
    today, yesterday = (
        days.local_day(None, "Asia/Shanghai", NOW),
        days.local_day(date(2026, 11, 18), "Asia/Shanghai", NOW),
    )
    assert today.until == NOW
    assert yesterday.until == yesterday.end == today.start == datetime(2026, 11, 18, 16, tzinfo=UTC)
    tomorrow = days.local_day(date(2026, 11, 20), "Asia/Shanghai", NOW)
    assert tomorrow.until == tomorrow.start


def test_the_strip_shows_school_hours_unless_something_happened_outside() -> None:
    one = days.local_day(date(2026, 11, 18), "Asia/Shanghai", NOW)
    start = to_ms(one.start)
    quiet = [Span(start, start + 24 * HOUR, "off")]
    late = [*quiet, Span(start + 21 * HOUR, start + 22 * HOUR, "in_use")]
    assert days.window(one, quiet) == (start + 6 * HOUR, start + 20 * HOUR)
    assert days.window(one, late) == (start, start + 24 * HOUR)
    assert [text for _at, text in days.hour_marks(days.window(one, late), "Asia/Shanghai")][-1] == "24:00"


def test_a_word_stands_in_a_piece_only_where_it_fits_whole() -> None:
    spans = [Span(0, HOUR, "in_use"), Span(HOUR, 14 * HOUR, "standby")]
    found = days.pieces(spans, (0, 14 * HOUR), {"in_use": 6, "standby": 7})
    assert [piece.worded for piece in found] == [False, True]
