"""The journal's way to the server: in order, once, live before history, and never more than the server allows."""

from dataclasses import replace

from telemetry import births
from telemetry.journal import Record, RecordKind, read_body
from telemetry.states import ClockQuality, DeviceState, UnknownCause
from telemetry.topics import MessageType
from tests.edge_agent.boxes import Box, HandClock
from tests.edge_agent.conftest import MakeBox
from tests.edge_agent.mini_host import MiniHost
from tests.servers import Broker

K = MessageType
S = DeviceState


def change(box: Box, times: int, every_s: float = 60) -> None:
    """Let the device change its state many times."""
    for number in range(times):
        box.show(S.IN_USE if number % 2 else S.STANDBY)
        box.clock.pass_s(every_s)


def settled(box: Box, host: MiniHost) -> list[Record]:
    """Wait until nothing waits for the server and return what it keeps, in order."""
    host.wait(lambda: host.epochs.get("n-1") and box.do(lambda: box.agent.outbox.pending == 0))
    kept = host.journal("n-1").records
    return [kept[offset] for offset in sorted(kept)]


def test_a_change_on_line_leaves_at_once_and_is_live(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box().start()
    host.wait_for(K.NBIRTH)
    change(box, 3)
    records = settled(box, host)
    assert [record.state for record in records] == ["standby", "in_use", "standby"]
    assert [record.prev_ms for record in records] == [None, 60_000, 60_000]
    states = [m for heard in host.of_kind(K.DDATA) for m in heard.payload.metrics if m.name == "State"]
    assert not any(metric.is_historical for metric in states)


def test_history_is_marked_historical_and_arrives_whole(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box()
    box.start(connect=False)
    change(box, 1_500)
    box.connect()
    records = settled(box, host)
    assert [record.offset for record in records] == list(range(1, 1_501))
    late = [m for heard in host.of_kind(K.DDATA) for m in heard.payload.metrics if m.name == "State"]
    assert all(metric.is_historical for metric in late)


def test_many_records_share_a_message(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box()
    box.start(connect=False)
    change(box, 1_500)
    box.connect()
    settled(box, host)
    assert len(host.of_kind(K.DDATA)) < 40


def test_what_happens_now_does_not_wait_behind_history(make_box: MakeBox, host: MiniHost) -> None:
    host.credit = 0
    box = make_box()
    box.start(connect=False)
    change(box, 400)
    box.connect()
    host.wait(lambda: host.acknowledgements > 0)
    box.show(S.FAULT, cause="lamp")
    fault = host.wait(lambda: [r for r in host.journal("n-1").records.values() if r.state == "fault"])[0]
    assert fault.offset == 401
    assert len(host.journal("n-1").records) < 400
    host.credit = 1_000
    host.acknowledge("n-1")
    assert [record.offset for record in settled(box, host)] == list(range(1, 402))


def test_what_a_silent_server_did_not_keep_is_sent_again(make_box: MakeBox, host: MiniHost) -> None:
    host.acknowledging = False
    box = make_box().start()
    host.wait_for(K.NBIRTH)
    change(box, 5)
    host.wait(lambda: host.journal("n-1").arrivals >= 10)
    host.acknowledging = True
    host.acknowledge("n-1")
    assert len(settled(box, host)) == 5


def test_a_forgetful_server_makes_the_box_start_a_new_epoch(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box().start()
    host.wait_for(K.NBIRTH)
    change(box, 3)
    settled(box, host)
    before = host.epochs["n-1"]
    journal = host.journal("n-1")
    for offset, record in list(journal.records.items()):
        journal.records[offset] = replace(record, cause="written by an earlier copy")
    host.acknowledge("n-1")
    host.wait(lambda: host.epochs["n-1"] != before)
    box.show(S.FAULT)
    assert host.wait(lambda: [r.state for r in host.journal("n-1").records.values()] == ["fault"])


def test_dropped_samples_are_explained_before_the_window_reaches_the_gap(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box(settings=lambda found: replace(found, journal_records=1_200))
    box.start(connect=False)
    box.show(S.IN_USE, lamp=50.0)
    for _ in range(3_000):
        box.clock.pass_s(60)
        box.do(box.agent.sample)
    box.show(S.STANDBY)
    held = box.do(lambda: box.agent.outbox.pending)
    assert held <= 1_200
    box.connect()
    records = settled(box, host)
    transitions = [record.state for record in records if record.kind is RecordKind.TRANSITION]
    dropped = sum(read_body(r.body or "")["count"] for r in records if r.kind is RecordKind.DROP)
    assert transitions == ["in_use", "standby"]
    assert len(records) + dropped == box.do(lambda: box.agent.outbox.next) - 1


def test_forty_minutes_off_line_are_all_there_afterwards(make_box: MakeBox, host: MiniHost, broker: Broker) -> None:
    box = make_box().start()
    box.show(S.IN_USE, lamp=60.0)
    host.wait_for(K.DBIRTH)
    settled(box, host)
    broker.kill()
    host.wait(lambda: not box.do(lambda: box.agent.session.born))
    start = box.clock()
    for minute in range(40):
        box.clock.pass_s(60)
        box.show(S.IN_USE if minute % 20 < 15 else S.STANDBY, lamp=60.0 + minute)
        box.do(box.agent.sample)
    broker.start()
    records = settled(box, host)
    samples = [record for record in records if record.kind is RecordKind.SAMPLE]
    lengths = [(r.state, r.prev_ms) for r in records if r.kind is RecordKind.TRANSITION and r.timestamp > start.wall_ms]
    assert len(samples) == 40
    assert read_body(samples[-1].body or "") == {"Telemetry/Lamp": 99.0}
    assert lengths == [("standby", 960_000), ("in_use", 300_000), ("standby", 900_000)]


def test_on_line_no_samples_are_journaled_and_changed_values_alone_are_sent(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box().start()
    box.show(S.IN_USE, lamp=60.0, hours=1)
    host.wait_for(K.DBIRTH)
    box.show(S.IN_USE, lamp=61.0, hours=1)
    box.show(S.IN_USE, lamp=61.0, hours=1)
    box.do(box.agent.sample)
    box.show(S.STANDBY, lamp=62.0, hours=1)
    records = settled(box, host)
    host.wait(lambda: host.states("n-1", "lamp") == ["in_use", "standby"])
    live = [m.value for heard in host.of_kind(K.DDATA) for m in heard.payload.metrics if m.alias is not None]
    assert live == [61.0, 62.0]
    assert {record.kind for record in records} == {RecordKind.TRANSITION}


def test_the_clock_offset_is_measured_by_the_servers_time(make_box: MakeBox, host: MiniHost) -> None:
    clock = HandClock(wall_ms=86_400_000)
    box = make_box(clock=clock, settings=lambda found: replace(found, heartbeat_s=1.0)).start()
    box.show(S.STANDBY)
    assert settled(box, host)[0].quality == ClockQuality.UNTRUSTED
    box.clock.pass_s(10)
    box.show(S.IN_USE)
    assert settled(box, host)[-1].quality == ClockQuality.CORRECTED
    beat = host.wait_for(K.NDATA)
    assert beat.value(births.CLOCK_OFFSET) > 1_700_000_000_000
    assert beat.value(births.JOURNAL_PENDING) == 0


def test_a_device_out_of_reach_still_gets_its_history_through(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box()
    box.start(connect=False)
    change(box, 60)
    box.fail(UnknownCause.LINK_LOST)
    box.connect()
    records = settled(box, host)
    assert (len(records), records[-1].state, records[-1].cause) == (61, "unknown", "link_lost")
    for earlier, later in zip(host.heard, host.heard[1:], strict=False):
        if later.topic.kind is K.DDATA:
            assert earlier.topic.kind in (K.DBIRTH, K.DDATA), "no data of a dead device"
