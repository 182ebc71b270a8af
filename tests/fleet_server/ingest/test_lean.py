"""The short way reads what the general way reads, or leaves it to the general way."""

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.ingest.effects import Heard, Message, Read, Sampled
from fleet_server.ingest.handlers import Reader
from fleet_server.ingest.lean import column, read
from fleet_server.ingest.rebirth import Rebirths
from telemetry.births import BD_SEQ
from telemetry.journal import Record, RecordKind, to_metric
from telemetry.metrics import DataType, Metric, Payload, Property, Value
from telemetry.payload import encode

AT = 1_790_000_000_000
_VALUES: dict[DataType, st.SearchStrategy[Value]] = {
    DataType.DOUBLE: st.floats(),
    DataType.FLOAT: st.floats(width=32),
    DataType.INT64: st.integers(-(1 << 63), (1 << 63) - 1),
    DataType.INT32: st.integers(-(1 << 31), (1 << 31) - 1),
    DataType.UINT64: st.integers(0, (1 << 64) - 1),
    DataType.BOOLEAN: st.booleans(),
    DataType.STRING: st.text(max_size=400),
}
typed = st.sampled_from(sorted(_VALUES)).flatmap(
    lambda datatype: st.tuples(st.just(datatype), st.none() | _VALUES[datatype])
)


def names(count: int) -> list[str]:
    return [f"{'Usage' if number % 3 == 0 else 'Telemetry'}/Value {number}" for number in range(count)]


def born(declared: list[Metric]) -> Reader:
    reader = Reader(Rebirths(lambda _topic, _payload: None))
    birth = Payload((Metric(BD_SEQ, 0, DataType.INT64, AT),), AT, 0)
    reader.read(Message("spBv1.0/s/NBIRTH/n", encode(birth), AT))
    reader.read(Message("spBv1.0/s/DBIRTH/n/d", encode(Payload(tuple(declared), AT, 1)), AT))
    return reader


def results(found: Read, reader: Reader) -> tuple[object, ...]:
    samples = [(item.at_ms, dict(item.readings)) for item in found.effects if isinstance(item, Sampled)]
    heard = [item.node_id for item in found.effects if isinstance(item, Heard)]
    return samples, heard, found.sent_ms, dict(reader.sessions["n"].devices["d"].latest)


@given(st.lists(typed, min_size=1, max_size=12), st.sampled_from([0, 0, 0, 1]))
def test_both_ways_read_the_same(entries: list[tuple[DataType, Value]], historical: int) -> None:
    labels = names(len(entries))
    declared = [
        Metric(label, None, datatype, AT, alias=number)
        for number, (label, (datatype, _)) in enumerate(zip(labels, entries, strict=True), 1)
    ]
    data = [
        Metric(None, value, datatype, AT + 5, alias=number, is_historical=bool(historical))
        for number, (datatype, value) in enumerate(entries, 1)
    ]
    message = Message("spBv1.0/s/DDATA/n/d", encode(Payload(tuple(data), AT + 5, 2)), AT + 6)
    short, general = born(declared), born(declared)
    for device in general.sessions["n"].devices.values():
        device.columns.clear()
    assert results(short.read(message), short) == results(general.read(message), general)


def test_plain_telemetry_goes_the_short_way() -> None:
    columns = {7: column("Telemetry/Nozzle", DataType.DOUBLE)}
    data = encode(Payload((Metric(None, 0.0, DataType.DOUBLE, AT, alias=7),), AT, 9))
    known = {alias: found for alias, found in columns.items() if found is not None}
    found = read(data, known)
    assert found is not None
    assert (found.seq, found.timestamp, found.values) == (9, AT, {"Telemetry/Nozzle": 0.0})


def test_everything_else_goes_the_general_way() -> None:
    nozzle = column("Telemetry/Nozzle", DataType.DOUBLE)
    assert nozzle is not None
    record = Record(3, RecordKind.SAMPLE, "d", AT, "b1", 5, body="{}")
    odd = [
        Metric(None, None, DataType.DOUBLE, AT, alias=7),
        Metric(None, 1.0, DataType.DOUBLE, AT, alias=8),
        Metric("State", "off", DataType.STRING, AT),
        Metric("Telemetry/Nozzle", 1.0, DataType.DOUBLE, AT),
        Metric(None, 1, DataType.INT64, AT, alias=7),
        Metric(None, 1.0, DataType.DOUBLE, AT, alias=7, is_historical=True),
        to_metric(record, historical=False),
        Metric(None, 2.0, DataType.DOUBLE, AT, alias=9, properties={"unit": Property(DataType.STRING, "K")}),
    ]
    for metric in odd:
        assert read(encode(Payload((metric,), AT, 9)), {7: nozzle}) is None, metric
    assert read(b"\xff", {7: nozzle}) is None
    assert read(encode(Payload((Metric(None, 1.0, DataType.DOUBLE, AT, alias=7),), AT)), {7: nozzle}) is None


def test_controls_and_properties_have_no_column() -> None:
    assert column("Properties/Serial", DataType.STRING) is None
    assert column("Telemetry/Counter", DataType.UINT64) is None
    assert column(None, DataType.DOUBLE) is None
