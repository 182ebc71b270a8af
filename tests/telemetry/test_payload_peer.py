"""Our payloads are those of pysparkplug, byte for byte, in both directions."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from telemetry.metrics import DataType, Metric, Payload, Property, Value
from telemetry.payload import decode, encode
from tests.peers import peer_python
from tests.telemetry.strategies import payloads

pytestmark = pytest.mark.peer
_FIELDS = {
    DataType.INT32: ("int_value", 32),
    DataType.INT64: ("long_value", 64),
    DataType.UINT64: ("long_value", 64),
    DataType.DATETIME: ("long_value", 64),
    DataType.FLOAT: ("float_value", 0),
    DataType.DOUBLE: ("double_value", 0),
    DataType.BOOLEAN: ("boolean_value", 0),
    DataType.STRING: ("string_value", 0),
}


class Oracle:
    """pysparkplug in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def bytes_of(self, payload: Payload) -> bytes:
        """What pysparkplug's classes make of the same fields."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(_described(payload)) + "\n")
        self.process.stdin.flush()
        return bytes.fromhex(self.process.stdout.readline())


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    python = peer_python("pysparkplug==0.6.1")
    script = Path(__file__).with_name("pysparkplug_oracle.py")
    with subprocess.Popen([python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Oracle(process)
        assert process.stdin
        process.stdin.close()


def _described(payload: Payload) -> dict[str, object]:
    whole: dict[str, object] = {"timestamp": payload.timestamp, "seq": payload.seq}
    return {"payload": _given(whole), "metrics": [_metric(metric) for metric in payload.metrics]}


def _metric(metric: Metric) -> dict[str, object]:
    fields: dict[str, object] = {"name": metric.name, "alias": metric.alias, "timestamp": metric.timestamp}
    fields["datatype"] = metric.datatype
    fields |= {"is_historical": True if metric.is_historical else None, **_value(metric.datatype, metric.value)}
    return {"fields": _given(fields), "properties": {key: _entry(entry) for key, entry in metric.properties.items()}}


def _entry(entry: Property) -> dict[str, object]:
    return {"type": entry.datatype, **_value(entry.datatype, entry.value)}


def _value(datatype: DataType | None, value: Value) -> dict[str, object]:
    assert datatype is not None
    name, bits = _FIELDS[datatype]
    if value is None:
        return {"is_null": True}
    return {name: value % (1 << bits) if bits and isinstance(value, int) else value}


def _given(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


@given(payload=payloads())
@settings(max_examples=400)
def test_random_payloads_are_byte_identical_with_pysparkplug(oracle: Oracle, payload: Payload) -> None:
    theirs = oracle.bytes_of(payload)
    assert encode(payload) == theirs
    assert decode(theirs) == payload
