"""The model of a simulated device: its states cover time, and its figures follow from them."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers import measures
from device_drivers.catalog import load
from device_drivers.errors import CommandRefused, InvalidSettings
from device_drivers.simulated import Driver, Model, transitions, values_at
from device_drivers.simulated_manifests import MANIFESTS
from telemetry.plan import Activity, Plan, PlannedDevice, PlannedNode, save_plan
from telemetry.states import DeviceState
from tests.device_drivers.doubles import StubLinks

T0 = 1_795_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE

PRINT = Activity(T0 + HOUR, T0 + 3 * HOUR, work="grams=50 nozzle=215 bed=60")


def device(kind: str = "printer_3d", *activities: Activity, on: tuple[tuple[int, int], ...] = ()) -> PlannedDevice:
    return PlannedDevice("p1", kind, "Prusa", "MK4", "SN-1", "5.1", on, activities)


def states(planned: PlannedDevice) -> list[DeviceState]:
    return [state for _, state, _ in transitions(planned, T0, T0 + 24 * HOUR)]


def test_a_print_warms_up_before_it_prints_and_is_cleared_after_it() -> None:
    assert states(device("printer_3d", PRINT)) == [
        DeviceState.STANDBY,
        DeviceState.SETUP,
        DeviceState.IN_USE,
        DeviceState.SETUP,
        DeviceState.STANDBY,
    ]


def test_a_broken_print_is_a_fault_in_the_makers_words_for_as_long_as_planned() -> None:
    broken = Activity(T0 + HOUR, T0 + 2 * HOUR, "fault", 30 * MINUTE)
    seen = list(transitions(device("printer_3d", broken), T0, T0 + 24 * HOUR))
    assert [(ms, state) for ms, state, _ in seen[3:]] == [
        (T0 + 2 * HOUR, DeviceState.FAULT),
        (T0 + 2 * HOUR + 30 * MINUTE, DeviceState.STANDBY),
    ]
    assert seen[3][2]
    assert seen[4][2] == ""


def test_a_recorder_records_without_setup() -> None:
    lesson = Activity(T0 + HOUR, T0 + HOUR + 45 * MINUTE)
    assert states(device("recorder", lesson)) == [DeviceState.STANDBY, DeviceState.IN_USE, DeviceState.STANDBY]


def test_without_power_a_device_is_off_whatever_was_planned() -> None:
    planned = device("recorder", Activity(T0 + HOUR, T0 + 2 * HOUR), on=((T0 + 90 * MINUTE, T0 + 5 * HOUR),))
    assert [(ms - T0, state) for ms, state, _ in transitions(planned, T0, T0 + 24 * HOUR)] == [
        (0, DeviceState.OFF),
        (90 * MINUTE, DeviceState.IN_USE),
        (2 * HOUR, DeviceState.STANDBY),
        (5 * HOUR, DeviceState.OFF),
    ]


def test_the_first_transition_is_the_state_at_the_start_and_none_is_at_or_after_the_end() -> None:
    planned = device("recorder", Activity(T0, T0 + HOUR))
    assert list(transitions(planned, T0 + MINUTE, T0 + HOUR)) == [(T0 + MINUTE, DeviceState.IN_USE, "")]
    assert list(transitions(planned, T0, T0)) == []


def test_a_printer_is_at_its_target_while_it_prints_and_cools_afterwards() -> None:
    planned = device("printer_3d", PRINT)
    printing = values_at(planned, PRINT.end_ms - MINUTE)
    cooled = values_at(planned, PRINT.end_ms + 2 * HOUR)
    assert printing[measures.NOZZLE.name] == pytest.approx(215, abs=1)
    assert printing[measures.BED.name] == pytest.approx(60, abs=1)
    assert printing[measures.NOZZLE_TARGET.name] == 215.0
    assert cooled[measures.NOZZLE.name] == pytest.approx(23, abs=2)
    assert cooled[measures.NOZZLE_TARGET.name] == 0.0


def test_a_finished_print_counts_once_with_its_filament() -> None:
    planned = device("printer_3d", PRINT)
    before, after = values_at(planned, PRINT.start_ms), values_at(planned, PRINT.end_ms)
    assert grown(before, after, measures.JOBS_FINISHED.name) == 1
    assert grown(before, after, measures.JOBS_FAILED.name) == 0
    assert grown(before, after, measures.FILAMENT.name) == pytest.approx(50 * 0.335, abs=0.01)
    assert after[measures.PROGRESS.name] == 100.0


def test_a_failed_print_counts_as_failed() -> None:
    planned = device("printer_3d", Activity(T0, T0 + HOUR, "failed"))
    assert grown(values_at(planned, T0), values_at(planned, T0 + HOUR), measures.JOBS_FAILED.name) == 1


def grown(before: object, after: object, name: str) -> float:
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    return float(after[name]) - float(before[name])


activities = st.builds(
    lambda start, length, outcome, fault, work: Activity(T0 + start, T0 + start + length, outcome, fault, work),
    st.integers(0, 20 * HOUR),
    st.integers(1, 4 * HOUR),
    st.sampled_from(["done", "failed", "fault"]),
    st.integers(0, 3 * HOUR),
    st.sampled_from(["", "grams=900 nozzle=240 bed=100", "grams=x nozzle= =", "bed=1e99"]),
)
power = st.lists(st.tuples(st.integers(0, 20 * HOUR), st.integers(1, 9 * HOUR)), max_size=3).map(
    lambda spans: tuple((T0 + start, T0 + start + length) for start, length in spans)
)
planned_devices = st.builds(
    lambda kind, acts, on: device(kind, *acts, on=on),
    st.sampled_from(sorted(MANIFESTS)),
    st.lists(activities, max_size=6),
    power,
)


@given(planned_devices)
def test_hours_counted_are_exactly_the_hours_the_transitions_say(planned: PlannedDevice) -> None:
    end = T0 + 40 * HOUR
    seen = [*transitions(planned, T0, end), (end, DeviceState.STANDBY, "")]
    used = sum(after[0] - here[0] for here, after in pairwise(seen) if here[1] == "in_use")
    model = Model(planned)
    assert grown(model.values_at(T0), model.values_at(end), "Usage/Hours") == pytest.approx(used / HOUR, abs=1e-6)


@given(planned_devices)
def test_every_change_is_a_change_and_time_only_moves_forward(planned: PlannedDevice) -> None:
    seen = list(transitions(planned, T0, T0 + 40 * HOUR))
    assert seen[0][0] == T0
    for here, after in pairwise(seen):
        assert here[0] < after[0]
        assert here[1:] != after[1:]


@given(planned_devices, st.lists(st.integers(0, 40 * HOUR), min_size=2, max_size=12))
def test_counters_never_fall_and_figures_are_the_declared_ones(planned: PlannedDevice, moments: list[int]) -> None:
    manifest, model = MANIFESTS[planned.kind], Model(planned)
    figures = [model.values_at(T0 + ms) for ms in sorted(moments)]
    for here, after in pairwise(figures):
        for metric in manifest.metrics:
            assert metric.name in after
            if metric.counter:
                assert grown(here, after, metric.name) >= 0


def test_the_driver_reads_the_model_at_the_time_of_its_clock() -> None:
    moment = [PRINT.end_ms - MINUTE]
    driver = Driver(device("printer_3d", PRINT), lambda: moment[0])
    reading = driver.read()
    assert reading.state is DeviceState.IN_USE
    assert reading.identity is not None
    assert reading.identity.serial == "SN-1"
    moment[0] += 12 * HOUR
    assert driver.read().state is DeviceState.STANDBY


def test_a_device_without_power_answers_no_figures_and_no_orders() -> None:
    driver = Driver(device("recorder", on=((T0, T0 + 1),)), lambda: T0 + HOUR)
    assert dict(driver.read().values) == {}
    with pytest.raises(CommandRefused):
        driver.perform("identify", {})


def test_the_driver_blinks_and_refuses_anything_else() -> None:
    driver = Driver(device("recorder"), lambda: T0)
    assert driver.perform("identify", {}) == "blinked three times"
    with pytest.raises(CommandRefused):
        driver.perform("erase", {})


def test_a_changed_plan_is_followed() -> None:
    driver = Driver(device("recorder"), lambda: T0 + MINUTE)
    driver.replan(device("recorder", Activity(T0, T0 + HOUR)))
    assert driver.read().state is DeviceState.IN_USE


def test_the_catalogue_opens_a_device_of_a_plan_file(tmp_path: Path) -> None:
    node = PlannedNode("n-1", "s-1", (device("recorder"),))
    save_plan(Plan("127.0.0.1", 1883, T0, T0, (node,)), tmp_path / "plan.json")
    entry = load("simulated_recorder")
    settings = {"plan": str(tmp_path / "plan.json"), "device": "p1"}
    assert entry.open(settings, StubLinks()).read().state is DeviceState.STANDBY
    with pytest.raises(InvalidSettings):
        entry.open({**settings, "device": "p2"}, StubLinks())
    with pytest.raises(InvalidSettings):
        entry.open({**settings, "plan": str(tmp_path / "none.json")}, StubLinks())


def test_a_device_its_box_cannot_read_is_unknown_whatever_it_does() -> None:
    lesson, power = Activity(1_000, 4_000), ((0, 9_000),)
    planned = PlannedDevice("b", "recorder", "m", "m", "s", "f", power, (lesson,), blind=((3_000, 6_000),))
    found = [(ms, state.value, cause) for ms, state, cause in transitions(planned, 0, 10_000)]
    assert found == [
        (0, "standby", ""),
        (1_000, "in_use", ""),
        (3_000, "unknown", "link_lost"),
        (6_000, "standby", ""),
        (9_000, "off", ""),
    ]
    reading = Driver(planned, lambda: 5_000).read()
    assert (reading.state.value, reading.values) == ("unknown", {})
