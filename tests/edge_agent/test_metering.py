"""Looks become state transitions whose lengths add up, whatever the wall clock does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clocks import Moment, between
from edge_agent.drafts import Draft
from edge_agent.metering import Meter, leave, resume
from edge_agent.outbox import Tick
from telemetry.states import REPORTED_STATES, ClockQuality, DeviceState, UnknownCause
from tests.edge_agent.boxes import HandClock

S = DeviceState


def used(meter: Meter, clock: HandClock) -> Meter:
    """A meter in use since now."""
    meter.observe(S.IN_USE, "", clock())
    return meter


def told(drafts: list[Draft]) -> list[tuple[str | None, str | None, int | None]]:
    return [(draft.state, draft.cause, draft.prev_ms) for draft in drafts]


def test_the_first_look_has_no_length_behind_it_and_the_same_state_is_no_news() -> None:
    clock, meter = HandClock(), Meter("lamp")
    first = meter.observe(S.STANDBY, "", clock())
    assert first is not None
    assert first.prev_ms is None
    assert meter.observe(S.STANDBY, "warm", clock.pass_s(10)) is None
    second = meter.observe(S.IN_USE, "", clock.pass_s(50))
    assert second is not None
    assert second.prev_ms == 60_000


def test_a_fault_with_another_cause_is_another_stretch() -> None:
    clock, meter = HandClock(), Meter("lamp")
    meter.observe(S.FAULT, "lamp", clock())
    assert meter.observe(S.FAULT, "filter", clock.pass_s(5)) is not None


def test_a_state_only_a_server_may_lay_over_counts_as_unknown() -> None:
    draft = Meter("lamp").observe(S.MAINTENANCE, "", HandClock()())
    assert draft is not None
    assert (draft.state, draft.cause) == (S.UNKNOWN, UnknownCause.BAD_ANSWER)


_STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(REPORTED_STATES)), st.integers(0, 90_000_000), st.integers(-(10**9), 10**9)),
    min_size=1,
    max_size=30,
)


@given(_STEPS)
def test_lengths_add_up_to_the_time_measured_however_the_wall_clock_jumps(
    steps: list[tuple[DeviceState, int, int]],
) -> None:
    clock, meter = HandClock(), Meter("lamp")
    start, drafts = clock(), []
    for state, passed_ms, jump_ms in steps:
        drafts.append(meter.observe(state, "", clock()))
        clock.pass_s(passed_ms / 1000)
        clock.jump_s(jump_ms / 1000)
    news = [draft for draft in drafts if draft is not None]
    assert meter.since is not None
    assert sum(draft.prev_ms or 0 for draft in news) + between(meter.since, clock()) == between(start, clock())


@given(_STEPS)
def test_moments_of_one_boot_never_run_backwards(steps: list[tuple[DeviceState, int, int]]) -> None:
    meter, last = Meter("lamp"), 0
    for state, boottime_ms, _ in steps:
        draft = meter.observe(state, "", Moment(1, boottime_ms, "boot-1"))
        if draft is not None:
            assert draft.at.boottime_ms >= last
            assert draft.prev_ms is None or draft.prev_ms >= 0
            last = draft.at.boottime_ms


def test_after_a_kill_the_time_since_the_last_tick_is_unknown() -> None:
    clock, meter = HandClock(), Meter("lamp")
    used(meter, clock)
    tick = Tick(clock.pass_s(100), orderly=False)
    drafts = resume(meter, tick, clock.pass_s(30), shares_power=True)
    assert told(drafts) == [(S.UNKNOWN, UnknownCause.AGENT_KILLED, 100_000)]
    back = meter.observe(S.IN_USE, "", clock())
    assert back is not None
    assert back.prev_ms == 30_000


def test_a_transition_after_the_last_tick_ends_where_it_began() -> None:
    clock, meter = HandClock(), Meter("lamp")
    tick = Tick(clock(), orderly=False)
    clock.pass_s(5)
    used(meter, clock)
    drafts = resume(meter, tick, clock.pass_s(60), shares_power=False)
    assert told(drafts) == [(S.UNKNOWN, UnknownCause.AGENT_KILLED, 0)]


def test_a_device_that_shares_power_was_off_until_the_boot_and_unknown_until_it_is_read() -> None:
    clock, meter = HandClock(), Meter("lamp")
    used(meter, clock)
    tick = Tick(clock.pass_s(3_600), orderly=False)
    clock.reboot("boot-2", off_s=7_200)
    drafts = resume(meter, tick, clock.pass_s(40), shares_power=True)
    assert told(drafts) == [(S.OFF, None, 3_600_000), (S.UNKNOWN, UnknownCause.NOT_YET_SEEN, 7_200_000)]
    back = meter.observe(S.STANDBY, "", clock())
    assert back is not None
    assert back.prev_ms == 40_000


def test_another_device_over_a_reboot_is_unknown() -> None:
    clock, meter = HandClock(), Meter("lamp")
    used(meter, clock)
    tick = Tick(clock.pass_s(60), orderly=False)
    clock.reboot("boot-2", off_s=600)
    assert told(resume(meter, tick, clock(), shares_power=False)) == [(S.UNKNOWN, UnknownCause.BOX_OFFLINE, 60_000)]


def test_an_orderly_shutdown_of_the_machine_is_off_from_that_second_to_the_boot() -> None:
    clock, meter = HandClock(), Meter("lamp")
    used(meter, clock)
    gone = leave(meter, clock.pass_s(60), shares_power=True, machine_stops=True, offset_ms=None)
    assert gone is not None
    assert (gone.state, gone.prev_ms) == (S.OFF, 60_000)
    tick = Tick(clock(), orderly=True)
    clock.reboot("boot-2", off_s=36_000)
    assert told(resume(meter, tick, clock(), shares_power=True)) == [(S.UNKNOWN, UnknownCause.NOT_YET_SEEN, 36_000_000)]


@pytest.mark.parametrize(("shares_power", "machine_stops"), [(True, False), (False, True), (False, False)])
def test_an_agent_that_merely_restarts_leaves_unknown_behind_never_off(shares_power: bool, machine_stops: bool) -> None:
    clock, meter = HandClock(), Meter("lamp")
    used(meter, clock)
    gone = leave(meter, clock.pass_s(60), shares_power, machine_stops, None)
    assert gone is not None
    assert (gone.state, gone.cause) == (S.UNKNOWN, UnknownCause.BOX_OFFLINE)
    tick = Tick(clock(), orderly=True)
    assert resume(meter, tick, clock.pass_s(20), shares_power) == []


def test_a_clock_without_battery_is_not_trusted_and_a_measured_one_is_corrected() -> None:
    lost, found = Moment(86_400_000, 1, "b"), Moment(1_795_000_000_000, 1, "b")
    qualities = [
        (lost, None, ClockQuality.UNTRUSTED),
        (lost, 1_794_000_000_000, ClockQuality.CORRECTED),
        (found, None, ClockQuality.SYNCED),
        (found, 1_500, ClockQuality.SYNCED),
        (found, -90_000_000, ClockQuality.CORRECTED),
    ]
    for at, offset_ms, expected in qualities:
        draft = Meter("lamp").observe(S.IN_USE, "", at, offset_ms)
        assert draft is not None
        assert draft.quality is expected
