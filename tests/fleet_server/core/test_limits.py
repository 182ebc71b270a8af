"""The bucket of writes: never more than burst plus rate allows, and never stuck."""

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.core.limits import Buckets


@given(
    per_minute=st.integers(1, 600),
    burst=st.integers(1, 300),
    steps=st.lists(st.floats(0, 30), min_size=1, max_size=200),
)
def test_no_caller_gets_more_than_burst_and_rate(per_minute: int, burst: int, steps: list[float]) -> None:
    now, taken = 0.0, 0
    buckets = Buckets(per_minute, burst, lambda: now)
    for step in steps:
        now += step
        taken += buckets.take("a") == 0
        assert taken <= burst + now * per_minute / 60 + 1e-6


def test_after_the_wait_it_names_the_next_write_is_taken() -> None:
    now = 0.0
    buckets = Buckets(60, 1, lambda: now)
    assert buckets.take("a") == 0
    wait = buckets.take("a")
    assert 0 < wait <= 1
    now += wait + 1e-9
    assert buckets.take("a") == 0


def test_one_callers_flood_is_not_anothers() -> None:
    buckets = Buckets(1, 1, lambda: 0.0)
    assert [buckets.take("a"), buckets.take("b")] == [0, 0]
    assert buckets.take("a") > 0
