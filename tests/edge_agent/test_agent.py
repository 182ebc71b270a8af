"""One box put together: a day metered to the second, devices that hang, disks that fill, restarts of every kind."""

import sqlite3
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from edge_agent.outbox import Outbox
from telemetry.journal import Record, RecordKind
from telemetry.states import DeviceState, UnknownCause
from tests.edge_agent.boxes import POWERED, Box, HandClock
from tests.edge_agent.conftest import MakeBox

S = DeviceState
NOWHERE = 9


def transitions(box: Box) -> list[Record]:
    """Every transition in the journal of a box that never met a server."""
    records = box.do(lambda: box.agent.outbox.read(0, 10_000))
    return [record for record in records if record.kind is RecordKind.TRANSITION]


def seconds_by_state(records: list[Record], until_boottime_ms: int) -> dict[str, float]:
    """What a server makes of transitions: how long the device was in each state."""
    found: dict[str, float] = {}
    for earlier, later in pairwise(records):
        found[earlier.state or ""] = found.get(earlier.state or "", 0) + (later.prev_ms or 0) / 1000
    last = records[-1]
    found[last.state or ""] = found.get(last.state or "", 0) + (until_boottime_ms - last.boottime_ms) / 1000
    return found


def test_a_scripted_day_is_metered_to_the_second(make_box: MakeBox) -> None:
    script = [
        (S.OFF, 7 * 3600),
        (S.SETUP, 95),
        (S.IN_USE, 40 * 60),
        (S.STANDBY, 601),
        (S.IN_USE, 3 * 3600 + 7),
        (S.FAULT, 1800),
        (S.STANDBY, 3333),
        (S.OFF, 2 * 3600),
    ]
    box = make_box(port=NOWHERE).start(connect=False)
    for state, seconds in script:
        for start in range(0, seconds, 60):
            box.show(state)
            box.clock.pass_s(min(60, seconds - start))
    totals: dict[str, float] = {}
    for state, seconds in script:
        totals[state] = totals.get(state, 0) + seconds
    measured = seconds_by_state(transitions(box), box.clock().boottime_ms)
    assert measured == totals
    assert sum(measured.values()) == sum(seconds for _, seconds in script)


def test_clock_jumps_change_no_length(make_box: MakeBox) -> None:
    box = make_box(port=NOWHERE).start(connect=False)
    for state, jump_s in ((S.STANDBY, -25 * 3600), (S.IN_USE, 400 * 86400), (S.STANDBY, -(10**9)), (S.OFF, 0)):
        box.show(state)
        box.clock.jump_s(jump_s)
        box.clock.pass_s(1_000)
    assert [record.prev_ms for record in transitions(box)] == [None, 1_000_000, 1_000_000, 1_000_000]


def test_a_stuck_driver_makes_the_device_unknown_until_it_answers(make_box: MakeBox) -> None:
    box = make_box(port=NOWHERE).start(connect=False)
    box.show(S.IN_USE)
    box.feeds["lamp"].busy_since = box.clock.pass_s(100)
    box.clock.pass_s(61)
    box.do(box.agent.check_stuck)
    box.do(box.agent.check_stuck)
    box.feeds["lamp"].busy_since = None
    box.show(S.IN_USE)
    found = [(record.state, record.cause, record.prev_ms) for record in transitions(box)]
    assert found == [
        ("in_use", None, None),
        ("unknown", UnknownCause.DRIVER_STUCK, 100_000),
        ("in_use", None, 61_000),
    ]


def test_after_a_kill_the_time_since_the_last_tick_is_unknown(make_box: MakeBox) -> None:
    clock = HandClock()
    box = make_box(port=NOWHERE, clock=clock).start(connect=False)
    box.show(S.IN_USE)
    clock.pass_s(300)
    box.do(box.agent.tick)
    clock.pass_s(10)
    box.kill()
    clock.pass_s(50)
    again = make_box(port=NOWHERE, clock=clock).start(connect=False)
    again.show(S.IN_USE)
    found = [(record.state, record.cause, record.prev_ms) for record in transitions(again)]
    assert found == [
        ("in_use", None, None),
        ("unknown", UnknownCause.AGENT_KILLED, 300_000),
        ("in_use", None, 60_000),
    ]


def test_a_machine_switched_off_leaves_off_behind_for_what_shares_its_power(make_box: MakeBox) -> None:
    clock = HandClock()
    box = make_box(port=NOWHERE, clock=clock, manifest=POWERED, machine_stops=True).start(connect=False)
    box.show(S.STANDBY)
    clock.pass_s(3_600)
    box.stop()
    clock.reboot("boot-2", off_s=14 * 3_600)
    clock.pass_s(30)
    again = make_box(port=NOWHERE, clock=clock, manifest=POWERED).start(connect=False)
    again.show(S.STANDBY)
    found = [(record.state, record.prev_ms) for record in transitions(again)]
    assert found == [("standby", None), ("off", 3_600_000), ("unknown", 50_400_000), ("standby", 30_000)]


def test_a_device_that_turns_out_to_be_another_keeps_the_slots_meter(make_box: MakeBox) -> None:
    box = make_box(port=NOWHERE).start(connect=False)
    box.show(S.STANDBY)
    identity = box.do(lambda: box.agent.outbox.identity("lamp"))
    assert identity == {"make": "Acme", "model": "P1", "serial": "SN-1", "firmware": "1.0"}
    box.kill()
    again = make_box(port=NOWHERE)
    assert again.agent.devices["lamp"].identity.serial == "SN-1", "known before it is read"


def test_what_a_full_disk_refuses_is_kept_and_written_when_there_is_room(make_box: MakeBox) -> None:
    box = make_box(port=NOWHERE).start(connect=False)
    box.show(S.STANDBY)

    def limit(pages: int) -> None:
        outbox: Outbox = box.agent.outbox
        outbox._db.execute(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        box.agent.outbox._db.execute("CREATE TABLE ballast (body TEXT)")
        try:
            while True:
                box.agent.outbox._db.execute("INSERT INTO ballast VALUES (?)", ("x" * 500,))
        except sqlite3.OperationalError:
            return

    box.do(limit, 40)
    box.do(fill)
    for number in range(40):
        box.clock.pass_s(60)
        box.show(S.IN_USE if number % 2 else S.STANDBY, hours=number)
    box.do(limit, 1_000_000)
    box.do(box.agent.tick)
    records = transitions(box)
    assert seconds_by_state(records, box.clock().boottime_ms) == {"standby": 1_260.0, "in_use": 1_140.0}


def test_two_boxes_of_one_process_share_nothing(make_box: MakeBox, tmp_path: Path) -> None:
    one = make_box(port=NOWHERE).start(connect=False)
    other = make_box(port=NOWHERE, settings=lambda found: replace(found, node_id="n-2", data=tmp_path / "other")).start(
        connect=False
    )
    one.show(S.IN_USE)
    other.show(S.OFF)
    assert [record.state for record in transitions(one)] == ["in_use"]
    assert [record.state for record in transitions(other)] == ["off"]
