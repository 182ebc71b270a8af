"""The journal on the box keeps what was measured, in order, until the server says it has it."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.clocks import Moment
from edge_agent.drafts import Draft
from edge_agent.outbox import Acknowledgement, Outbox
from edge_agent.outbox_schema import OutboxBusy
from telemetry.journal import RecordKind, digest, read_body
from telemetry.states import ClockQuality, DeviceState

AT = Moment(1_795_000_000_000, 5_000, "boot-1")


def transition(state: DeviceState = DeviceState.IN_USE, device: str = "lamp") -> Draft:
    return Draft(RecordKind.TRANSITION, device, AT, ClockQuality.SYNCED, state, 10, None)


def sample() -> Draft:
    return Draft(RecordKind.SAMPLE, "lamp", AT, ClockQuality.SYNCED, body='{"Telemetry/Lamp":70}')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    opened = Outbox(path)
    yield opened
    opened.close()


def test_records_come_back_in_order_after_a_restart(path: Path) -> None:
    outbox = Outbox(path)
    sent = outbox.append([transition(), sample(), transition(DeviceState.STANDBY)])
    epoch = outbox.epoch
    outbox.close()
    again = Outbox(path)
    assert (again.epoch, again.read(0, 10), again.pending) == (epoch, sent, 3)
    again.close()


def test_offsets_are_never_given_out_twice_even_when_the_journal_empties(path: Path) -> None:
    outbox = Outbox(path)
    last = outbox.append([transition(), transition()])[-1]
    assert outbox.acknowledge(outbox.epoch, last.offset, digest(last)) is Acknowledgement.ADVANCED
    outbox.close()
    again = Outbox(path)
    assert (again.first, again.next, again.pending) == (3, 3, 0)
    assert again.append([transition()])[0].offset == 3
    again.close()


def test_an_acknowledgement_frees_what_it_covers(outbox: Outbox) -> None:
    records = outbox.append([transition() for _ in range(5)])
    assert outbox.acknowledge(outbox.epoch, 3, digest(records[2])) is Acknowledgement.ADVANCED
    assert ([record.offset for record in outbox.read(0, 10)], outbox.acked) == ([4, 5], 3)
    assert outbox.acknowledge(outbox.epoch, 2, "") is Acknowledgement.STALE
    assert outbox.acknowledge("another", 5, "") is Acknowledgement.STALE
    assert outbox.pending == 2


def test_an_acknowledgement_without_a_digest_is_believed(outbox: Outbox) -> None:
    outbox.append([transition()])
    assert outbox.acknowledge(outbox.epoch, 1, "") is Acknowledgement.ADVANCED


def test_a_restored_image_starts_a_new_epoch_and_sends_only_what_is_new(path: Path) -> None:
    outbox = Outbox(path)
    old = outbox.append([transition() for _ in range(3)])
    outbox.close()
    image = path.read_bytes()
    outbox = Outbox(path)
    later = outbox.append([sample(), sample()])
    epoch = outbox.epoch
    outbox.close()
    path.write_bytes(image)
    restored = Outbox(path)
    fresh = restored.append([transition(DeviceState.FAULT), transition(DeviceState.STANDBY)])
    assert fresh[-1].offset == later[-1].offset, "the same offset, another content"
    assert restored.acknowledge(epoch, later[-1].offset, digest(later[-1])) is Acknowledgement.NEW_EPOCH
    assert restored.epoch != epoch
    assert restored.read(0, 10) == fresh, f"the server has {len(old)} already"
    restored.close()


def test_an_acknowledgement_beyond_the_journal_starts_a_new_epoch(outbox: Outbox) -> None:
    outbox.append([transition()])
    assert outbox.acknowledge(outbox.epoch, 7, "") is Acknowledgement.NEW_EPOCH


def test_a_full_journal_drops_the_oldest_samples_and_says_so(path: Path) -> None:
    outbox = Outbox(path, limit=100)
    outbox.append([transition()])
    for _ in range(140):
        outbox.append([sample()])
    drops = [read_body(record.body or "") for record in outbox.drops()]
    gone = {offset for body in drops for offset in range(body["first"], body["last"] + 1)}
    held = {record.offset for record in outbox.read(0, 1_000)}
    assert outbox.pending <= 100
    assert 1 in held, "usage is never dropped"
    assert min(gone) == 2
    assert gone | held == set(range(1, outbox.next))
    assert not gone & held
    outbox.close()


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_whatever_is_journaled_every_offset_is_held_or_accounted_for(kinds: list[bool]) -> None:
    outbox = Outbox(Path(":memory:"), limit=20)
    for is_sample in kinds:
        outbox.append([sample() if is_sample else transition()])
    held = {record.offset: record for record in outbox.read(0, 1_000)}
    gone = set[int]()
    for record in outbox.drops():
        body = read_body(record.body or "")
        gone |= set(range(body["first"], body["last"] + 1))
    assert gone | set(held) == set(range(1, outbox.next))
    transitions = sum(1 for record in held.values() if record.kind is RecordKind.TRANSITION)
    assert transitions == kinds.count(False)
    outbox.close()


def test_two_agents_cannot_share_a_journal(path: Path, outbox: Outbox) -> None:
    with pytest.raises(OutboxBusy, match="another agent"):
        Outbox(path)


def test_a_file_that_is_no_database_is_put_aside(path: Path) -> None:
    path.write_bytes(b"power was cut while this was written" * 200)
    outbox = Outbox(path)
    assert outbox.append([transition()])[0].offset == 1
    assert [found.name for found in path.parent.glob("*.broken-*")]
    outbox.close()


def test_birth_death_numbers_go_up_by_one_over_restarts_and_wrap(path: Path) -> None:
    numbers = []
    for _ in range(3):
        outbox = Outbox(path)
        numbers += [outbox.next_bd_seq() for _ in range(90)]
        outbox.close()
    assert numbers == [number % 256 for number in range(270)]


def test_aliases_are_kept_and_unique(path: Path) -> None:
    outbox = Outbox(path)
    given = {name: outbox.alias(name) for name in ("a", "b", "c")}
    outbox.close()
    again = Outbox(path)
    again.alias_all(["c", "d"])
    assert {name: again.alias(name) for name in ("a", "b", "c")} == given
    assert len(set(again.aliases.values())) == 4
    again.close()


def test_a_full_disk_keeps_nothing_by_half(outbox: Outbox) -> None:
    outbox.append([transition()])
    outbox._db.execute(f"PRAGMA max_page_count = {outbox._db.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(sqlite3.Error, match="full"):
        outbox.append([sample() for _ in range(2_000)])
    assert outbox.pending == 1
    outbox._db.execute("PRAGMA max_page_count = 1000000")
    assert [record.offset for record in outbox.append([transition()])] == [2]


def test_history_in_bulk_leaves_the_newest_state_standing(outbox: Outbox) -> None:
    states = [DeviceState.IN_USE, DeviceState.STANDBY, DeviceState.OFF]
    assert outbox.extend(transition(state) for state in states) == 3
    standing = outbox.standings()["lamp"]
    assert (standing.state, standing.offset, standing.since) == (DeviceState.OFF, 3, AT)


def test_a_command_is_begun_once_and_remembered(path: Path) -> None:
    outbox = Outbox(path)
    assert outbox.begin_command("c-1", "lamp", AT.wall_ms)
    outbox.close()
    again = Outbox(path)
    assert not again.begin_command("c-1", "lamp", AT.wall_ms)
    assert again.open_commands() == [("c-1", "lamp")]
    again.end_command("c-1")
    assert again.open_commands() == []
    again.close()
