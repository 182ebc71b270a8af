"""Random metrics, payloads and records of the kinds this project writes."""

from hypothesis import strategies as st

from telemetry.journal import Record, RecordKind
from telemetry.metrics import DataType, Metric, Payload, Property, Value
from telemetry.payload import MAX_MS
from telemetry.states import REPORTED_STATES, ClockQuality

TIMES = st.integers(0, MAX_MS)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
VALUES: dict[DataType, st.SearchStrategy[Value]] = {
    DataType.INT32: st.integers(-(2**31), 2**31 - 1),
    DataType.INT64: st.integers(-(2**63), 2**63 - 1),
    DataType.UINT64: st.integers(0, 2**64 - 1),
    DataType.DATETIME: st.integers(0, 2**64 - 1),
    DataType.FLOAT: st.floats(width=32, allow_nan=False),
    DataType.DOUBLE: st.floats(allow_nan=False),
    DataType.BOOLEAN: st.booleans(),
    DataType.STRING: _TEXT,
}


@st.composite
def properties(draw: st.DrawFn) -> Property:
    datatype = draw(st.sampled_from(sorted(VALUES)))
    return Property(datatype, draw(st.none() | VALUES[datatype]))


@st.composite
def metrics(draw: st.DrawFn) -> Metric:
    datatype = draw(st.sampled_from(sorted(VALUES)))
    return Metric(
        name=draw(st.none() | _TEXT),
        value=draw(st.none() | VALUES[datatype]),
        datatype=datatype,
        timestamp=draw(st.none() | TIMES),
        alias=draw(st.none() | st.integers(0, 2**64 - 1)),
        is_historical=draw(st.booleans()),
        properties=draw(st.dictionaries(_TEXT, properties(), max_size=4)),
    )


def payloads() -> st.SearchStrategy[Payload]:
    return st.builds(
        Payload,
        metrics=st.lists(metrics(), max_size=6).map(tuple),
        timestamp=st.none() | TIMES,
        seq=st.none() | st.integers(0, 255),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    kind = draw(st.sampled_from(sorted(RecordKind)))
    transition = kind is RecordKind.TRANSITION
    return Record(
        offset=draw(st.integers(0, 2**63 - 1)),
        kind=kind,
        device=draw(_LINE.filter(bool)) if transition else draw(st.none() | _LINE.filter(bool)),
        timestamp=draw(TIMES),
        boot=draw(_LINE),
        boottime_ms=draw(st.integers(0, 10**11)),
        state=draw(st.sampled_from(sorted(REPORTED_STATES))).value if transition else None,
        prev_ms=draw(st.none() | st.integers(0, 10**11)),
        quality=draw(st.none() | st.sampled_from([quality.value for quality in ClockQuality])),
        cause=draw(st.none() | _LINE),
        body=None if transition else '{"first":1,"last":2}',
    )
