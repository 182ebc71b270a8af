"""Records in, timelines and sums out, on both databases."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database
from fleet_server.nodes.models import Device, Node
from fleet_server.usage.models import DeviceHour, JournalGap, JournalRecord, Segment
from fleet_server.usage.rules import HOUR_MS, Anchor, Span, by_hour, sum_states
from fleet_server.usage.service import Applied, announce, apply_records, state_ms, timeline
from telemetry.journal import Record, RecordKind, digest
from tests.conftest import StillClock

STATES = ["in_use", "setup", "standby", "fault", "off", "unknown"]


@pytest.fixture
def now_ms(clock: StillClock) -> int:
    return to_ms(clock())


@pytest.fixture
def device_id(database: Database, now_ms: int) -> str:
    with database.writing() as session:
        session.add(Node(id="n-1", site_id="s-1"))
        session.flush()
        session.add(Device(id="dev_1", node_id="n-1", device_key="prn", known_until_ms=now_ms, online=True))
    return "dev_1"


def transition(offset: int, at: int, state: str, prev_ms: int | None, **more: object) -> Record:
    values = {"boot": "b1", "boottime_ms": 0, "quality": "synced", **more}
    return Record(offset, RecordKind.TRANSITION, "prn", at, state=state, prev_ms=prev_ms, **values)  # type: ignore[arg-type]


def journal(start: int, lengths: list[tuple[str, int]]) -> list[Record]:
    found, at, last = [], start, None
    for offset, (state, length) in enumerate(lengths, 1):
        found.append(transition(offset, at, state, last, boottime_ms=at - start))
        at, last = at + length, length
    return found


def apply(database: Database, records: list[Record], now_ms: int, **more: object) -> Applied:
    with database.writing() as session:
        return apply_records(session, "n-1", "e1", records, now_ms, **more)  # type: ignore[arg-type]


def spans_of(database: Database, now_ms: int, start: int) -> list[Span]:
    with database.reading() as session:
        return timeline(session, "dev_1", start, now_ms, now_ms)


def test_a_timeline_covers_the_range_once_with_the_open_state_up_to_now(
    database: Database, device_id: str, now_ms: int
) -> None:
    start = now_ms - 2 * HOUR_MS
    apply(database, journal(start, [("standby", HOUR_MS), ("in_use", 1)]), now_ms)
    assert spans_of(database, now_ms, start - HOUR_MS) == [
        Span(start - HOUR_MS, start, "unknown", "not_yet_seen"),
        Span(start, start + HOUR_MS, "standby"),
        Span(start + HOUR_MS, now_ms, "in_use"),
    ]


def test_an_open_state_counts_only_as_long_as_the_device_was_heard(
    database: Database, device_id: str, now_ms: int
) -> None:
    apply(database, journal(now_ms - HOUR_MS, [("in_use", 1)]), now_ms)
    with database.reading() as session:
        spans = timeline(session, device_id, now_ms - HOUR_MS, now_ms + HOUR_MS, now_ms + 60_000)
    assert spans == [
        Span(now_ms - HOUR_MS, now_ms, "in_use"),
        Span(now_ms, now_ms + 60_000, "unknown", "box_offline"),
        Span(now_ms + 60_000, now_ms + HOUR_MS, "unknown", "not_yet_seen"),
    ]


def test_the_mark_waits_for_what_is_missing_and_the_digest_is_of_the_record_there(
    database: Database, device_id: str, now_ms: int
) -> None:
    records = journal(now_ms - HOUR_MS, [("standby", 60_000), ("in_use", 60_000), ("off", 1)])
    (mark,) = apply(database, [records[0], records[2]], now_ms).marks
    assert (mark.high_water, mark.digest) == (1, digest(records[0]))
    (mark,) = apply(database, [records[1]], now_ms).marks
    assert (mark.high_water, mark.digest) == (3, digest(records[2]))


def test_a_refused_record_counts_as_received(database: Database, device_id: str, now_ms: int) -> None:
    records = journal(now_ms - HOUR_MS, [("standby", 60_000), ("in_use", 60_000), ("off", 1)])
    (mark,) = apply(database, [records[0], records[2]], now_ms, refused=[2]).marks
    assert (mark.high_water, mark.digest) == (3, digest(records[2]))


@pytest.mark.parametrize("at_once", [True, False])
def test_time_around_a_refused_transition_is_unknown_and_counts_as_nothing_else(
    database: Database, device_id: str, now_ms: int, at_once: bool
) -> None:
    start = now_ms - 4 * HOUR_MS
    first, _, third, fourth = journal(start, [(state, HOUR_MS) for state in ("standby", "in_use", "standby", "off")])
    if at_once:
        apply(database, [first, third, fourth], now_ms, refused=[2])
    else:
        apply(database, [first], now_ms)
        apply(database, [], now_ms, refused=[2])
        apply(database, [third, fourth], now_ms)
    found = [(span.state, span.cause, span.end_ms - span.start_ms) for span in spans_of(database, now_ms, start)]
    assert found == [("unknown", "journal_gap", 2 * HOUR_MS), ("standby", "", HOUR_MS), ("off", "", HOUR_MS)]


def test_a_drop_record_that_comes_first_lets_the_mark_pass(database: Database, device_id: str, now_ms: int) -> None:
    body = json.dumps({"first": 1, "last": 4, "count": 4})
    drop = Record(5, RecordKind.DROP, None, now_ms, "b1", 1, body=body)
    (mark,) = apply(database, [drop], now_ms).marks
    assert mark.high_water == 5
    with database.reading() as session:
        assert [row.cause for row in session.exec(select(JournalGap))] == ["journal_dropped"]


@pytest.mark.parametrize(
    "body",
    [
        '{"first": 0, "last": 4}',
        '{"first": 3, "last": 2}',
        '{"first": 1, "last": 99}',
        '{"first": "1", "last": 2}',
        "[]",
    ],
)
def test_a_drop_record_that_makes_no_sense_passes_nothing(
    database: Database, device_id: str, now_ms: int, body: str
) -> None:
    (mark,) = apply(database, [Record(5, RecordKind.DROP, None, now_ms, "b1", 1, body=body)], now_ms).marks
    assert mark.high_water == 0


def test_the_first_offset_a_box_holds_closes_the_gap_below_it(database: Database, device_id: str, now_ms: int) -> None:
    records = journal(now_ms - HOUR_MS, [("standby", 600_000), ("in_use", 600_000), ("off", 600_000), ("standby", 1)])
    apply(database, records[:1], now_ms)
    with database.writing() as session:
        mark, _ = announce(session, "n-1", "e1", 3, now_ms)
    assert mark.high_water == 2
    apply(database, records[2:], now_ms)
    spans = spans_of(database, now_ms, now_ms - HOUR_MS)
    assert [(span.state, span.cause) for span in spans[:2]] == [("unknown", "journal_gap"), ("off", "")]


def test_a_new_journal_ends_what_the_old_one_left_open(database: Database, device_id: str, now_ms: int) -> None:
    apply(database, journal(now_ms - HOUR_MS, [("in_use", 1)]), now_ms)
    later = now_ms + HOUR_MS
    with database.writing() as session:
        announce(session, "n-1", "e2", 7, later)
        apply_records(session, "n-1", "e2", [transition(7, later, "standby", 999, boot="b2")], later)
        session.get_one(Device, device_id).known_until_ms = later + 1
    spans = spans_of(database, later + 1, now_ms - HOUR_MS)
    assert [(span.state, span.end_ms) for span in spans] == [
        ("in_use", now_ms),
        ("unknown", later),
        ("standby", later + 1),
    ]


def test_a_box_a_day_behind_is_placed_by_its_measured_offset(database: Database, device_id: str, now_ms: int) -> None:
    day = 25 * HOUR_MS
    start = now_ms - HOUR_MS
    records = journal(start - day, [("in_use", 600_000), ("off", 1)])
    apply(database, records, now_ms, offset_ms=day)
    assert spans_of(database, now_ms, start)[0] == Span(start, start + 600_000, "in_use", "", "corrected")


def test_a_clock_set_from_1970_within_one_boot_costs_nothing(database: Database, device_id: str, now_ms: int) -> None:
    start = now_ms - HOUR_MS
    records = [
        transition(1, 5, "standby", None, boottime_ms=5_000, quality="untrusted"),
        transition(2, 600_005, "in_use", 600_000, boottime_ms=605_000, quality="untrusted"),
        transition(3, start + 1_200_000, "off", 600_000, boottime_ms=1_205_000),
    ]
    apply(database, records, now_ms, anchor=Anchor("b1", start - 5_000))
    spans = spans_of(database, now_ms, start)
    assert sum_states(spans[:2]) == {"standby": 600_000, "in_use": 600_000}


def test_state_sums_equal_the_timeline_over_any_range(database: Database, device_id: str, now_ms: int) -> None:
    lengths = [("standby", 50 * 60_000), ("in_use", 100 * 60_000), ("off", 7 * HOUR_MS), ("setup", 1)]
    apply(database, journal(now_ms - 12 * HOUR_MS, lengths), now_ms)
    for start, end in ((now_ms - 13 * HOUR_MS, now_ms), (now_ms - 11 * HOUR_MS - 7, now_ms - 5), (now_ms - 9, now_ms)):
        with database.reading() as session:
            sums = state_ms(session, [device_id], start, end)[device_id]
            assert sums == sum_states(timeline(session, device_id, start, end, now_ms))
        assert sum(sums.values()) == end - start


def stored(session: Session) -> dict[tuple[int, str], int]:
    return {(row.hour_ms, row.state): row.ms for row in session.exec(select(DeviceHour))}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(STATES), st.integers(1, 5 * HOUR_MS)), min_size=2, max_size=10),
    st.data(),
)
def test_any_order_and_repetition_gives_the_hours_of_one_recomputation(
    database: Database, device_id: str, now_ms: int, lengths: list[tuple[str, int]], data: st.DataObject
) -> None:
    with database.writing() as session:
        for table in ("segment", "device_hour", "chain", "journal_record", "journal_epoch"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    start = now_ms - sum(length for _, length in lengths)
    records = journal(start, lengths)
    shuffled = data.draw(st.permutations(records + records[: len(records) // 2]))
    cut = data.draw(st.integers(0, len(shuffled)))
    for batch in (shuffled[:cut], shuffled[cut:]):
        apply(database, list(batch), now_ms)
    with database.reading() as session:
        segments = session.exec(select(Segment).order_by(col(Segment.start_ms))).all()
        spans = [Span(row.start_ms, row.end_ms, row.state) for row in segments]
        assert [span.end_ms - span.start_ms for span in spans] == [length for _, length in lengths[:-1]]
        assert stored(session) == by_hour(spans)
        assert len(session.exec(select(JournalRecord)).all()) == len(records)
