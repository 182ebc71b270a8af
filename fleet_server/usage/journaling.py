"""Taking journal records: once each, in order, with the mark up to which everything is here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.usage.bulk import Insert, Row, write_rows
from fleet_server.usage.models import JournalEpoch, JournalGap, JournalRecord
from fleet_server.usage.rules import Anchor
from telemetry.errors import MalformedPayload
from telemetry.journal import MAX_OFFSET, Record, RecordKind, digest, read_body
from telemetry.states import UnknownCause

REFUSED = "refused"
MAX_AHEAD = 20_000
"""Records a node may have stored beyond its mark; further ones are left to be sent again."""
EpochKey = tuple[str, str]

_INSERT_RECORD = Insert(
    "journal_record",
    'node_id, epoch, "offset", device_id, device_key, kind, device_ms, received_ms, offset_ms, boot, boottime_ms, '
    "state, prev_ms, quality, cause, body",
    "ON CONFLICT DO NOTHING",
)
_INSERT_GAP = Insert("journal_gap", "node_id, epoch, first, last, cause, at_ms", "ON CONFLICT DO NOTHING")
_UPSERT_EPOCH = Insert(
    "journal_epoch",
    "node_id, epoch, first_offset, high_water, ahead, digest, started_ms, boot, boot_base_ms, gap_last, gap_cause",
    "ON CONFLICT (node_id, epoch) DO UPDATE SET high_water = excluded.high_water, ahead = excluded.ahead, "
    "digest = excluded.digest, boot = excluded.boot, boot_base_ms = excluded.boot_base_ms, "
    "gap_last = excluded.gap_last, gap_cause = excluded.gap_cause",
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Records of one node and epoch as they came.

    `device_ids` maps device keys of the node to device ids. `offset_ms` is server time minus the box's wall clock.
    `refused` are offsets of records that went to the dead letters. `anchor` is the box's present boot, if it showed.
    """

    node_id: str
    epoch: str
    records: Sequence[Record]
    device_ids: Mapping[str, str]
    received_ms: int
    offset_ms: int = 0
    refused: Sequence[int] = ()
    anchor: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored record with what the server added when it came."""

    record: Record
    device_id: str | None
    received_ms: int
    offset_ms: int
    refused: bool = False


@dataclass(slots=True)
class Journal:
    """One epoch during a batch: where it stands, and what became derivable."""

    node_id: str
    epoch: str
    first: int
    high_water: int
    digest: str
    started_ms: int
    ahead: int = 0
    anchor: Anchor | None = None
    fresh: list[Entry] = field(default_factory=list)
    ready: list[Entry] = field(default_factory=list)
    gaps: list[tuple[int, int, str]] = field(default_factory=list)
    passed: list[tuple[int, str]] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)


def open_epoch(session: Session, node_id: str, epoch: str, first: int, now_ms: int) -> tuple[int, str]:
    """Take the journal a birth announces and return (high-water mark, digest) to acknowledge.

    `first` is the lowest offset the box still holds: what lies between the mark and it will never come and becomes a
    labelled gap.
    """
    journal = load(session, [(node_id, epoch)]).get((node_id, epoch))
    if journal is None:
        journal = Journal(node_id, epoch, first, max(first - 1, 0), "", now_ms)
    elif first > journal.high_water + 1:
        journal.gaps.append((journal.high_water + 1, first - 1, UnknownCause.JOURNAL_GAP.value))
    take(session, [journal], now_ms)
    return journal.high_water, journal.digest


def load(session: Session, keys: Iterable[EpochKey]) -> dict[EpochKey, Journal]:
    """Return the epochs that are known, each with the records stored beyond its mark."""
    wanted = set(keys)
    if not wanted:
        return {}
    rows = session.exec(
        select(JournalEpoch).where(
            col(JournalEpoch.node_id).in_({node for node, _ in wanted}),
            col(JournalEpoch.epoch).in_({epoch for _, epoch in wanted}),
        )
    )
    found = {(row.node_id, row.epoch): _journal(row) for row in rows}
    for journal in found.values():
        if journal.ahead:
            journal.fresh = _stored_ahead(session, journal)
            journal.seen = {entry.record.offset for entry in journal.fresh}
            journal.gaps = _known_gaps(session, journal)
    return found


def _journal(row: JournalEpoch) -> Journal:
    anchor = None if row.boot_base_ms is None else Anchor(row.boot, row.boot_base_ms)
    journal = Journal(
        row.node_id, row.epoch, row.first_offset, row.high_water, row.digest, row.started_ms, row.ahead, anchor
    )
    if row.gap_cause:
        journal.passed.append((row.gap_last, row.gap_cause))
    return journal


def _stored_ahead(session: Session, journal: Journal) -> list[Entry]:
    table = sa.inspect(JournalRecord).local_table
    rows = session.execute(
        sa.select(table).where(
            table.c.node_id == journal.node_id, table.c.epoch == journal.epoch, table.c.offset > journal.high_water
        )
    )
    return [_entry(row) for row in rows]


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    refused = row.kind == REFUSED
    record = Record(
        row.offset,
        RecordKind.EVENT if refused else RecordKind(row.kind),
        row.device_key,
        row.device_ms,
        row.boot,
        row.boottime_ms,
        row.state,
        row.prev_ms,
        row.quality,
        row.cause,
        row.body,
    )
    return Entry(record, row.device_id, row.received_ms, row.offset_ms, refused)


def _known_gaps(session: Session, journal: Journal) -> list[tuple[int, int, str]]:
    rows = session.exec(
        select(JournalGap).where(
            JournalGap.node_id == journal.node_id,
            JournalGap.epoch == journal.epoch,
            JournalGap.last > journal.high_water,
        )
    )
    return [(row.first, row.last, row.cause) for row in rows]


def add(journal: Journal, delivery: Delivery) -> list[Entry]:
    """Add what a delivery brings to the epoch and return the entries never seen before."""
    seen = journal.seen
    if delivery.anchor is not None:
        journal.anchor = delivery.anchor
    limit = journal.high_water + MAX_AHEAD
    fresh = []
    for entry in _entries(delivery):
        offset = entry.record.offset
        if not journal.high_water < offset <= limit or offset in seen:
            continue
        seen.add(offset)
        fresh.append(entry)
    journal.fresh += fresh
    return fresh


def _entries(delivery: Delivery) -> Iterable[Entry]:
    received, offset = delivery.received_ms, delivery.offset_ms
    for record in delivery.records:
        yield Entry(record, delivery.device_ids.get(record.device or ""), received, offset)
    for number in delivery.refused:
        nothing = Record(number, RecordKind.EVENT, None, received, "", 0)
        yield Entry(nothing, None, received, offset, refused=True)


def take(session: Session, journals: Sequence[Journal], now_ms: int, new: Sequence[tuple[Journal, Entry]] = ()) -> None:
    """Move every mark as far as the records reach, and store records, gaps and marks."""
    gaps: list[Row] = []
    for journal in journals:
        journal.gaps += [gap for entry in journal.fresh for gap in _dropped(entry)]
        gaps += [(journal.node_id, journal.epoch, *gap, now_ms) for gap in journal.gaps]
        advance(journal)
    write_rows(session, _INSERT_RECORD, [_record_row(journal, entry) for journal, entry in new])
    write_rows(session, _INSERT_GAP, gaps)
    write_rows(session, _UPSERT_EPOCH, [_epoch_row(journal) for journal in journals])


def advance(journal: Journal) -> None:
    """Move the mark over every record and labelled gap that follows it without a hole; what was refused is a gap."""
    journal.fresh.sort(key=lambda entry: entry.record.offset)
    journal.gaps.sort()
    waiting: list[Entry] = []
    for entry in journal.fresh:
        offset = entry.record.offset
        _pass_gaps(journal, offset - 1)
        if offset == journal.high_water + 1:
            journal.high_water = offset
            journal.ready.append(entry)
            if entry.refused:
                journal.passed.append((offset, UnknownCause.JOURNAL_GAP.value))
        else:
            waiting.append(entry)
    _pass_gaps(journal, MAX_OFFSET)
    journal.fresh, journal.ahead = waiting, len(waiting)
    _sign(journal)


def _pass_gaps(journal: Journal, limit: int) -> None:
    for first, last, cause in journal.gaps:
        if first <= journal.high_water + 1 <= min(last, limit):
            journal.high_water = min(last, limit)
            journal.passed.append((journal.high_water, cause))


def _sign(journal: Journal) -> None:
    """Keep the digest of the record at the mark; a gap or a refused record has none."""
    if journal.ready and journal.ready[-1].record.offset == journal.high_water:
        last = journal.ready[-1]
        journal.digest = "" if last.refused else digest(last.record)
    elif journal.passed and journal.passed[-1][0] == journal.high_water:
        journal.digest = ""


def lost_between(journal: Journal, after: int, before: int) -> str | None:
    """Return why records between two offsets are missing, None where none are."""
    return next((cause for last, cause in reversed(journal.passed) if after < last < before), None)


def _dropped(entry: Entry) -> list[tuple[int, int, str]]:
    if entry.record.kind is not RecordKind.DROP or entry.refused:
        return []
    try:
        body = read_body(entry.record.body or "")
    except MalformedPayload:
        return []
    first, last = body.get("first"), body.get("last")
    if not isinstance(first, int) or not isinstance(last, int) or not 0 < first <= last < entry.record.offset:
        return []
    return [(first, last, UnknownCause.JOURNAL_DROPPED.value)]


def _record_row(journal: Journal, entry: Entry) -> Row:
    record = entry.record
    return (
        journal.node_id,
        journal.epoch,
        record.offset,
        entry.device_id,
        record.device,
        REFUSED if entry.refused else record.kind.value,
        record.timestamp,
        entry.received_ms,
        entry.offset_ms,
        record.boot,
        record.boottime_ms,
        record.state,
        record.prev_ms,
        record.quality,
        record.cause,
        record.body,
    )


def _epoch_row(journal: Journal) -> Row:
    anchor = journal.anchor
    gap_last, gap_cause = journal.passed[-1] if journal.passed else (0, "")
    return (
        journal.node_id,
        journal.epoch,
        journal.first,
        journal.high_water,
        journal.ahead,
        journal.digest,
        journal.started_ms,
        anchor.boot if anchor else "",
        anchor.base_ms if anchor else None,
        gap_last,
        gap_cause,
    )
