"""What a driver shows is made fit to travel, and only changes are news."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.describing import health_metrics
from edge_agent.device import Device, fit, wire_type
from edge_agent.drafts import body_of, plain
from edge_agent.metering import Meter
from telemetry import births
from telemetry.journal import read_body
from telemetry.metrics import WRITTEN, DataType, Metric, Payload, Value
from telemetry.payload import encode
from tests.edge_agent.boxes import MANIFEST

_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.binary(max_size=4)


@given(st.sampled_from(sorted(DataType)), _VALUES)
def test_whatever_a_driver_shows_can_be_written(datatype: DataType, value: Value) -> None:
    travels = wire_type(datatype)
    assert travels in WRITTEN
    encode(Payload((Metric("m", fit(value, datatype), travels),)))


@given(st.dictionaries(st.text(max_size=5).map(plain), _VALUES, max_size=4))
def test_whatever_a_driver_shows_makes_a_body_a_server_can_keep(shown: dict[str, Value]) -> None:
    small = {name: value for name, value in shown.items() if not isinstance(value, int) or abs(value) < 10**300}
    assert set(read_body(body_of(small))) == set(small)


@pytest.mark.parametrize(
    ("value", "datatype", "fitted"),
    [
        (3.6, DataType.INT64, 4),
        (math.nan, DataType.DOUBLE, None),
        (2**40, DataType.INT32, None),
        (-1, DataType.UINT64, None),
        (7, DataType.UINT8, 7),
        ("on", DataType.BOOLEAN, None),
        ("a\x00b\ud800", DataType.STRING, "a b?"),
        (5, DataType.STRING, None),
    ],
)
def test_a_value_that_does_not_fit_is_null_not_wrong(value: Value, datatype: DataType, fitted: Value) -> None:
    assert fit(value, datatype) == fitted


def test_only_changes_of_declared_metrics_are_news() -> None:
    device = Device("lamp", "fake", MANIFEST, Meter("lamp"))
    first = device.take({"Telemetry/Lamp": 60, "Telemetry/Undeclared": 1}, 1)
    again = device.take({"Telemetry/Lamp": 60.0}, 2)
    later = device.take({"Telemetry/Lamp": 61.0, "Usage/Hours": 5}, 3)
    assert [[spec.name for spec in found] for found in (first, again, later)] == [
        ["Telemetry/Lamp"],
        [],
        ["Telemetry/Lamp", "Usage/Hours"],
    ]
    assert device.values == {"Telemetry/Lamp": (61.0, 3), "Usage/Hours": (5, 3)}


def test_health_travels_as_doubles_and_whole_numbers() -> None:
    found = health_metrics({births.CPU_PERCENT: 4.5, births.UPTIME: 7, births.CLOCK_OFFSET: None}, 1)
    assert [(metric.datatype, metric.value) for metric in found] == [
        (DataType.DOUBLE, 4.5),
        (DataType.INT64, 7),
        (DataType.INT64, None),
    ]


@given(st.text(st.characters(), max_size=600))
def test_device_texts_become_one_line_of_bounded_length(text: str) -> None:
    line = plain(text)
    assert len(line) <= 200
    assert line.isprintable()
    line.encode("utf-8")
