"""The window grows with acknowledgements, waits longer when nothing moves, and never exceeds its credit."""

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.window import FIRST_SIZE, LARGEST, Window


def test_the_window_starts_at_50_and_doubles_to_1000() -> None:
    window, sizes = Window(0, 0), []
    for _ in range(7):
        sizes.append(window.room())
        window.left(window.sent + window.room(), 0.0)
        window.advanced(window.sent, 0.1)
    assert sizes == [50, 100, 200, 400, 800, 1_000, 1_000]


def test_the_servers_credit_holds_history_back() -> None:
    window = Window(0, 0, credit=20)
    assert window.room() == 20
    window.credit = 0
    assert window.room() == 0


def test_without_progress_it_goes_back_and_waits_twice_as_long() -> None:
    window = Window(0, 0)
    window.left(50, 0.0)
    assert not window.expired(1.4)
    assert window.expired(1.6)
    assert (window.sent, window.room(), window.wait_s) == (0, FIRST_SIZE, 3.0)
    window.left(50, 2.0)
    assert not window.expired(4.9)
    assert window.expired(5.1)


def test_the_wait_is_four_round_trips_on_a_slow_line() -> None:
    window = Window(0, 0)
    window.left(10, 0.0)
    window.left(20, 0.5)
    window.advanced(10, 1.0)
    assert window.wait_s == 4.0
    assert window.deadline == 5.0


def test_nothing_under_way_means_nothing_to_wait_for() -> None:
    window = Window(0, 0)
    window.left(10, 0.0)
    window.advanced(10, 0.1)
    assert window.deadline is None
    assert not window.expired(1e9)


@given(st.lists(st.tuples(st.sampled_from(["send", "ack", "wait"]), st.integers(0, 2_000)), max_size=60))
def test_what_is_under_way_never_exceeds_the_window(steps: list[tuple[str, int]]) -> None:
    window, now = Window(0, 0), 0.0
    for step, amount in steps:
        now += 0.1
        if step == "send":
            window.left(window.sent + min(amount, window.room()), now)
        elif step == "ack":
            window.advanced(min(window.acked + amount, window.sent), now)
        else:
            now += amount / 100
            window.expired(now)
        assert 0 <= window.sent - window.acked <= LARGEST
        assert 0 <= window.room() <= LARGEST
