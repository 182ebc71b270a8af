"""Journal records travel in metrics, and a broken one is told from a foreign one."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.errors import MalformedPayload
from telemetry.journal import Record, RecordKind, digest, from_metric, read_body, to_metric
from telemetry.metrics import DataType, Metric, Payload, Property, Value
from telemetry.payload import decode, encode
from tests.telemetry.strategies import properties, records

TRANSITION = Record(7, RecordKind.TRANSITION, "prn-1", 1_700_000_000_000, "boot-1", 5_000, "in_use", 4_000, "synced")
JOB = Record(8, RecordKind.JOB, "prn-1", 1_700_000_000_000, "boot-1", 5_000, body='{"grams":12.5}')


@given(records(), st.booleans())
def test_a_record_comes_back_as_it_was_sent(record: Record, historical: bool) -> None:
    metric = decode(encode(Payload((to_metric(record, historical),)))).metrics[0]
    assert metric.is_historical is historical
    assert from_metric(metric, record.device) == record


@given(records())
def test_the_digest_is_16_hexadecimal_characters_and_survives_the_wire(record: Record) -> None:
    came = from_metric(decode(encode(Payload((to_metric(record, True),)))).metrics[0], record.device)
    assert came is not None
    assert digest(came) == digest(record)
    assert len(digest(record)) == 16
    assert int(digest(record), 16) >= 0


@given(records(), records())
def test_two_records_share_a_digest_only_if_they_are_equal(one: Record, other: Record) -> None:
    assert (digest(one) == digest(other)) == (one == other)


def test_a_metric_without_an_offset_is_not_journaled() -> None:
    assert from_metric(Metric("State", "in_use"), "prn-1") is None
    assert from_metric(Metric("Telemetry/Lamp", 3, properties={"j": Property(DataType.UINT64, 1)}), "p") is None
    assert from_metric(Metric("Journal/Epoch", "x", properties={"j": Property(DataType.UINT64, 1)}), None) is None


def test_a_transition_outside_a_device_is_malformed() -> None:
    with pytest.raises(MalformedPayload):
        from_metric(to_metric(TRANSITION, False), None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("j", -1),
        ("j", 2**63),
        ("j", "7"),
        ("boot", "b" * 65),
        ("boot", None),
        ("boottime_ms", 2**62),
        ("prev_ms", -5),
        ("quality", "splendid"),
        ("cause", "c" * 201),
        ("cause", "\x00"),
    ],
)
def test_a_broken_property_is_malformed(key: str, value: Value) -> None:
    metric = to_metric(TRANSITION, False)
    broken = replace(metric, properties={**metric.properties, key: Property(DataType.STRING, value)})
    with pytest.raises(MalformedPayload):
        from_metric(broken, "prn-1")


@pytest.mark.parametrize("state", ["maintenance", "in_transit", "flying", "", 3, None])
def test_a_state_no_box_may_report_is_malformed(state: Value) -> None:
    with pytest.raises(MalformedPayload):
        from_metric(replace(to_metric(TRANSITION, False), value=state), "prn-1")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "nul",
        '{"a":NaN}',
        '{"a":1e999}',
        '{"a":-Infinity}',
        '{"a":"\\u0000"}',
        '{"a":"\\ud800"}',
        "[" * 9_000,
        '{"a":' + "9" * 5_000 + "}",
        '{"a":"' + "x" * 16_000 + '"}',
    ],
    ids=range(11),
)
def test_a_body_no_database_can_hold_is_malformed(body: str) -> None:
    with pytest.raises(MalformedPayload):
        from_metric(replace(to_metric(JOB, False), value=body), "prn-1")


def test_a_body_may_speak_of_nul_without_holding_one() -> None:
    assert read_body('{"a":"\\\\u0000"}') == {"a": "\\u0000"}


@given(st.dictionaries(st.sampled_from(["j", "boot", "boottime_ms", "prev_ms", "quality", "cause"]), properties()))
def test_any_properties_make_a_record_or_nothing_or_are_malformed(found: dict[str, Property]) -> None:
    with contextlib.suppress(MalformedPayload):
        record = from_metric(Metric("State", "in_use", timestamp=1, properties=found), "prn-1")
        assert (record is None) == ("j" not in found)
