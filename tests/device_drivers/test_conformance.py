"""What every driver of the catalogue keeps to, whatever its device."""

from pathlib import Path

import pytest

from device_drivers.api import DriverEntry, Reading
from device_drivers.catalog import KEYS, load
from device_drivers.errors import CommandRefused, InvalidSettings, LinkLost, NotConsented
from device_drivers.settings import check
from telemetry.manifest import Manifest, MetricSpec, Titles
from telemetry.metrics import WRITTEN, DataType, Value
from telemetry.states import REPORTED_STATES, DeviceState
from tests.device_drivers.benches import Bench, bench
from tests.device_drivers.faults import Counting

REAL = [key for key in KEYS if not key.startswith("simulated_")]
PYTHON_TYPES: dict[DataType, tuple[type, ...]] = {
    DataType.BOOLEAN: (bool,),
    DataType.INT32: (int,),
    DataType.INT64: (int,),
    DataType.UINT64: (int,),
    DataType.FLOAT: (int, float),
    DataType.DOUBLE: (int, float),
    DataType.STRING: (str,),
}
MOST_EXCHANGES = 20
"""No look asks a device more often than this."""


@pytest.fixture(params=KEYS)
def entry(request: pytest.FixtureRequest) -> DriverEntry:
    return load(request.param)


@pytest.fixture(params=KEYS)
def on_bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return bench(request.param, tmp_path)


def titles(manifest: Manifest) -> list[Titles]:
    metrics = [metric.titles for metric in manifest.metrics]
    settings = [setting.titles for setting in manifest.settings]
    return [manifest.titles, *metrics, *settings, *(command.titles for command in manifest.commands)]


def test_every_title_is_there_in_chinese_and_in_english(entry: DriverEntry) -> None:
    for one in titles(entry.manifest):
        assert any("\u4e00" <= letter <= "\u9fff" for letter in one.zh), one
        assert one.en.isascii()
        assert one.en


def test_metrics_are_named_once_and_written_in_types_every_peer_reads(entry: DriverEntry) -> None:
    names = [metric.name for metric in entry.manifest.metrics]
    assert len(names) == len(set(names))
    for metric in entry.manifest.metrics:
        assert metric.name.startswith(("Telemetry/", "Usage/"))
        assert metric.datatype in WRITTEN
        assert not metric.counter or metric.name.startswith("Usage/")
        assert metric.low is None or metric.high is None or metric.low < metric.high


def test_the_defaults_of_settings_are_themselves_allowed(entry: DriverEntry) -> None:
    defaults = {spec.name: spec.default for spec in entry.manifest.settings if not spec.required}
    required: dict[str, Value] = {spec.name: "x" for spec in entry.manifest.settings if spec.required}
    assert check(entry.manifest, {**defaults, **required}) == {**defaults, **required}


def test_a_driver_does_not_open_on_settings_it_does_not_know(on_bench: Bench) -> None:
    on_bench.settings["shell"] = "rm"
    with pytest.raises(InvalidSettings):
        on_bench.open()


def test_readings_hold_what_is_declared_within_bounds_and_in_its_type(on_bench: Bench) -> None:
    declared = {metric.name: metric for metric in load(on_bench.key).manifest.metrics}
    for reading in readings(on_bench):
        assert reading.state in REPORTED_STATES
        assert reading.values.keys() <= declared.keys()
        for name, value in reading.values.items():
            assert_fits(declared[name], value)


def assert_fits(metric: MetricSpec, value: Value) -> None:
    kinds = PYTHON_TYPES[metric.datatype]
    assert isinstance(value, kinds), metric.name
    assert isinstance(value, bool) is (metric.datatype is DataType.BOOLEAN), metric.name
    if isinstance(value, (int, float)):
        assert metric.low is None or value >= metric.low, metric.name
        assert metric.high is None or value <= metric.high, metric.name


def readings(on_bench: Bench) -> list[Reading]:
    driver = on_bench.open()
    return [driver.read() for _ in on_bench.replay()]


@pytest.mark.parametrize("key", REAL)
def test_what_a_real_peer_said_is_understood_as_it_was(key: str, tmp_path: Path) -> None:
    on_bench = bench(key, tmp_path)
    driver = on_bench.open()
    for look in on_bench.replay():
        reading = driver.read()
        assert (reading.state, reading.cause) == (look.state, look.cause)
        assert {name: reading.values.get(name) for name in look.values} == look.values


def test_a_fault_or_an_unknown_state_says_why(on_bench: Bench) -> None:
    for reading in readings(on_bench):
        if reading.state in (DeviceState.FAULT, DeviceState.UNKNOWN):
            assert reading.cause
            assert len(reading.cause) <= 300


def test_counters_never_fall_within_a_run(on_bench: Bench) -> None:
    counters = [metric.name for metric in load(on_bench.key).manifest.metrics if metric.counter]
    seen: dict[str, float] = {}
    run: Value = None
    for reading in readings(on_bench):
        if reading.values.get("Usage/Epoch") != run:
            run, seen = reading.values.get("Usage/Epoch"), {}
        for name in counters:
            value = reading.values.get(name)
            if isinstance(value, (int, float)):
                assert value >= seen.get(name, 0)
                seen[name] = value


@pytest.mark.parametrize("key", REAL)
def test_a_plug_pulled_at_any_exchange_is_a_lost_link_and_the_next_look_works(key: str, tmp_path: Path) -> None:
    on_bench = bench(key, tmp_path)
    last = len(on_bench.looks) - 1
    for cut in range(1, MOST_EXCHANGES + 2):
        links = Counting(on_bench.links, cut)
        driver = load(key).open(on_bench.settings, links)
        look = list(on_bench.replay())[last // 2]
        try:
            driver.read()
        except LinkLost:
            links.cut_at = None
            assert driver.read().state in REPORTED_STATES, look
        else:
            assert cut > 1
            assert links.exchanges < cut
            return
    pytest.fail(f"{key} asks more than {MOST_EXCHANGES} times a look")


def test_an_order_that_is_not_offered_is_refused(on_bench: Bench) -> None:
    driver = on_bench.open()
    for _ in on_bench.replay():
        with pytest.raises(CommandRefused):
            driver.perform("no such order", {})


def test_a_hazardous_order_without_consent_reaches_no_device(on_bench: Bench) -> None:
    links = Counting(on_bench.links, None)
    entry = load(on_bench.key)
    driver = entry.open(on_bench.settings, links)
    list(on_bench.replay())
    for command in entry.manifest.commands:
        if command.hazardous:
            with pytest.raises(NotConsented):
                driver.perform(command.verb, {})
    assert links.exchanges == 0


def test_what_identifies_a_device_is_one_short_line(on_bench: Bench) -> None:
    for reading in readings(on_bench):
        identity = reading.identity
        for text in (identity.make, identity.model, identity.serial, identity.firmware) if identity else ():
            assert len(text) <= 200
            assert text.isprintable()
