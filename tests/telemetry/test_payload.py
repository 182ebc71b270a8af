"""Payloads survive the way over the wire, and no bytes can do harm."""

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.errors import MalformedPayload
from telemetry.metrics import WRITTEN, DataType, Metric, Payload, Property
from telemetry.payload import MAX_BYTES, MAX_MS, decode, encode, with_type
from tests.telemetry.strategies import payloads


def field(number: int, value: int) -> bytes:
    """One varint field of protobuf."""
    return varint(number << 3) + varint(value)


def block(number: int, content: bytes) -> bytes:
    """One length-delimited field of protobuf."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(value: int) -> bytes:
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes([low | (0x80 if value else 0)])
        if not value:
            return out


def value_of(content: bytes) -> object:
    """What a payload with this one metric holds."""
    return decode(block(2, content)).metrics[0].value


@given(payloads())
def test_a_payload_comes_back_as_it_was_sent(payload: Payload) -> None:
    assert decode(encode(payload)) == payload


@given(st.binary(max_size=400))
@settings(max_examples=500)
def test_any_bytes_are_a_payload_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedPayload):
        assert isinstance(decode(data), Payload)


@given(payloads(), st.data())
@settings(max_examples=300)
def test_a_payload_with_bytes_flipped_is_a_payload_or_malformed(payload: Payload, data: st.DataObject) -> None:
    raw = bytearray(encode(payload))
    for place in data.draw(st.lists(st.integers(0, max(len(raw) - 1, 0)), max_size=4)):
        if raw:
            raw[place] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(MalformedPayload):
        decode(bytes(raw))


@pytest.mark.parametrize("datatype", sorted(set(DataType) - WRITTEN))
def test_a_datatype_implementations_disagree_on_is_never_written(datatype: DataType) -> None:
    with pytest.raises(ValueError, match="not one this project writes"):
        encode(Payload((Metric("m", None, datatype),)))


@pytest.mark.parametrize(
    ("datatype", "value"),
    [
        (DataType.INT32, 2**31),
        (DataType.INT64, -(2**63) - 1),
        (DataType.UINT64, -1),
        (DataType.INT32, True),
        (DataType.BOOLEAN, 1),
        (DataType.STRING, 3),
        (DataType.DOUBLE, "3"),
    ],
)
def test_a_value_that_does_not_fit_its_datatype_is_refused(datatype: DataType, value: bool | int | str) -> None:
    with pytest.raises(ValueError, match="m: "):
        encode(Payload((Metric("m", value, datatype),)))


@pytest.mark.parametrize("number", [10, 11], ids=["int_value", "long_value"])
@pytest.mark.parametrize(
    ("datatype", "raw", "value"),
    [
        (DataType.UINT32, 4_000_000_000, 4_000_000_000),
        (DataType.INT8, 0xFB, -5),
        (DataType.INT8, 0xFFFFFFFB, -5),
        (DataType.INT16, 0xFFFE, -2),
        (DataType.INT32, 0xFFFFFFFF, -1),
        (DataType.UINT8, 0x1FF, 0xFF),
    ],
)
def test_integers_are_read_from_either_field_at_their_width(
    number: int, datatype: DataType, raw: int, value: int
) -> None:
    assert value_of(field(4, datatype) + field(number, raw)) == value


def test_a_number_without_datatype_gets_its_sign_from_the_birth() -> None:
    sent = decode(block(2, field(2, 7) + field(10, 0xFFFFFFFF))).metrics[0]
    assert sent.value == 0xFFFFFFFF
    assert with_type(sent, DataType.INT32).value == -1


def test_a_text_for_a_number_is_malformed() -> None:
    with pytest.raises(MalformedPayload, match="is no INT32"):
        value_of(field(4, DataType.INT32) + block(15, b"seven"))


def test_null_is_none_whatever_else_is_said() -> None:
    assert value_of(field(4, DataType.INT32) + field(10, 5) + field(7, 1)) is None


def test_a_datatype_nobody_knows_is_kept_as_unknown() -> None:
    metric = decode(block(2, block(1, b"m") + field(4, 99) + field(10, 5))).metrics[0]
    assert (metric.datatype, metric.value) == (DataType.UNKNOWN, 5)


def test_data_sets_and_templates_of_others_are_passed_over() -> None:
    assert value_of(field(4, DataType.DATASET) + block(17, b"\x08\x02")) is None
    assert value_of(field(4, DataType.TEMPLATE) + block(18, b"\x0a\x01x")) is None


@pytest.mark.parametrize(
    "data",
    [
        field(1, MAX_MS + 1),
        field(3, 256),
        block(2, field(3, 2**64 - 1)),
        block(2, block(1, b"\xff\xfe")),
        block(2, block(9, block(1, b"key"))),
        b"\x00" * (MAX_BYTES + 1),
        block(2, b"") * 5_001,
        b"\x12\xff\xff\xff\xff\x0f",
    ],
    ids=["time", "seq", "metric time", "utf-8", "property without value", "too long", "too many", "cut"],
)
def test_what_breaks_a_bound_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedPayload):
        decode(data)


def test_doubles_keep_every_bit() -> None:
    sent = struct.unpack("<d", struct.pack("<d", 0.1 + 0.2))[0]
    payload = Payload((Metric("m", sent, DataType.DOUBLE, properties={"p": Property(DataType.DOUBLE, sent)}),))
    back = decode(encode(payload)).metrics[0]
    assert (back.value, back.properties["p"].value) == (sent, sent)
