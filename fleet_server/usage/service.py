"""Measured use: records in, timelines and sums out. Times are milliseconds UTC."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.nodes.models import Device
from fleet_server.usage.journaling import Delivery, Entry, EpochKey, Journal, add, load, open_epoch, take
from fleet_server.usage.models import Chain, DeviceHour, JournalEpoch, Segment
from fleet_server.usage.rules import (
    HOUR_MS,
    TOLERANCE_MS,
    UNKNOWN,
    UNTRUSTED,
    Anchor,
    Span,
    add_states,
    clip,
    cover,
    sum_states,
)
from fleet_server.usage.segments import derive, end
from telemetry.journal import Record
from telemetry.states import UnknownCause

DeviceSpans = list[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Mark:
    """What to acknowledge: the contiguous high-water offset and the digest of the record there ("" for none)."""

    node_id: str
    epoch: str
    high_water: int
    digest: str


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch of records changed: marks to acknowledge, stretches of time with new segments, new records."""

    marks: Sequence[Mark]
    spans: DeviceSpans
    fresh: Sequence[tuple[str, Entry]]
    received: int


def apply_deliveries(session: Session, deliveries: Sequence[Delivery], now_ms: int) -> Applied:
    """Store records of any number of nodes once each, and derive segments and hours from what is now in order.

    Bulk statements only: a batch costs a handful of statements however many nodes are in it.
    """
    journals = load(session, {(item.node_id, item.epoch) for item in deliveries})
    new: list[tuple[Journal, Entry]] = []
    for item in deliveries:
        journal = journals.setdefault((item.node_id, item.epoch), _unannounced(item, now_ms))
        new += [(journal, entry) for entry in add(journal, item)]
    touched = list(journals.values())
    take(session, touched, now_ms, new)
    spans = derive(session, touched)
    return Applied(
        [Mark(journal.node_id, journal.epoch, journal.high_water, journal.digest) for journal in touched],
        flatten(spans),
        [(journal.node_id, entry) for journal, entry in new],
        sum(len(item.records) for item in deliveries),
    )


def apply_records(
    session: Session,
    node_id: str,
    epoch: str,
    records: Sequence[Record],
    now_ms: int,
    *,
    offset_ms: int = 0,
    anchor: Anchor | None = None,
    refused: Sequence[int] = (),
) -> Applied:
    """Store records of one node, whose devices must be registered; see `apply_deliveries`."""
    keys = session.exec(select(Device.device_key, Device.id).where(Device.node_id == node_id))
    delivery = Delivery(node_id, epoch, records, dict(keys.all()), now_ms, offset_ms, refused, anchor)
    return apply_deliveries(session, [delivery], now_ms)


def _unannounced(delivery: Delivery, now_ms: int) -> Journal:
    return Journal(delivery.node_id, delivery.epoch, 1, 0, "", now_ms)


def announce(session: Session, node_id: str, epoch: str, first: int, now_ms: int) -> tuple[Mark, DeviceSpans]:
    """Take the journal a node birth announces; a new journal ends what the old one left open.

    `first` is the lowest offset the box still holds. Returns what to acknowledge and the stretches closed.
    """
    devices = session.exec(select(Device.id).where(Device.node_id == node_id)).all()
    spans = end(session, devices, UnknownCause.BOX_OFFLINE.value, keep_epoch=epoch)
    high_water, digest = open_epoch(session, node_id, epoch, first, now_ms)
    return Mark(node_id, epoch, high_water, digest), flatten(spans)


def marks(session: Session, keys: Iterable[EpochKey]) -> list[Mark]:
    """Return where the journals stand."""
    wanted = set(keys)
    rows = session.exec(select(JournalEpoch).where(col(JournalEpoch.node_id).in_({node for node, _ in wanted})))
    found = (row for row in rows if (row.node_id, row.epoch) in wanted)
    return [Mark(row.node_id, row.epoch, row.high_water, row.digest) for row in found]


def flatten(spans: Mapping[str, Sequence[Span]]) -> DeviceSpans:
    """Return one (device id, start, end) a device, from its first new segment to its last."""
    return [(device_id, found[0].start_ms, found[-1].end_ms) for device_id, found in spans.items()]


def timeline(session: Session, device_id: str, from_ms: int, until_ms: int, now_ms: int) -> list[Span]:
    """Return spans that cover [from_ms, until_ms) once: segments, the open state as far as known, holes as unknown.

    Time after `now_ms` is unknown, not yet seen.
    """
    return timelines(session, [device_id], from_ms, until_ms, now_ms)[device_id]


def timelines(
    session: Session, device_ids: Sequence[str], from_ms: int, until_ms: int, now_ms: int
) -> dict[str, list[Span]]:
    """Return the timeline of each device; see `timeline`."""
    closed = _closed(session, device_ids, from_ms, until_ms)
    tails = _open(session, device_ids)
    return {key: _covered(closed.get(key, []), tails.get(key, []), from_ms, until_ms, now_ms) for key in device_ids}


def _covered(closed: list[Span], tail: list[Span], from_ms: int, until_ms: int, now_ms: int) -> list[Span]:
    """Lay closed segments and the open tail over the range; `tail` begins where the chain does, even if empty there."""
    reached = max(from_ms, min(until_ms, now_ms))
    unseen, offline = UnknownCause.NOT_YET_SEEN.value, UnknownCause.BOX_OFFLINE.value
    started = bool(tail) and tail[0].start_ms <= from_ms
    spans = cover([*closed, *tail], from_ms, reached, offline if started else unseen, offline)
    if reached < until_ms:
        spans.append(Span(reached, until_ms, UNKNOWN, unseen))
    return spans


def _closed(session: Session, device_ids: Sequence[str], from_ms: int, until_ms: int) -> dict[str, list[Span]]:
    table = sa.inspect(Segment).local_table
    rows = session.execute(
        sa.select(table)
        .where(table.c.device_id.in_(device_ids), table.c.start_ms < until_ms, table.c.end_ms > from_ms)
        .order_by(table.c.device_id, table.c.start_ms)
    )
    found: dict[str, list[Span]] = {}
    for row in rows:
        span = Span(row.start_ms, row.end_ms, row.state, row.cause, row.quality)
        found.setdefault(row.device_id, []).append(span)
    return found


def _open(session: Session, device_ids: Sequence[str]) -> dict[str, list[Span]]:
    """Return what is open of each device: the end of its chain, and the live state where it is ahead of the chain."""
    rows = session.execute(
        sa.select(Device, Chain)
        .join(Chain, col(Chain.device_id) == col(Device.id), isouter=True)
        .where(col(Device.id).in_(device_ids))
    )
    return {device.id: _tail(device, chain) for device, chain in rows}


def _tail(device: Device, chain: Chain | None) -> list[Span]:
    live = Span(device.state_since_ms, device.known_until_ms, device.state, device.state_cause)
    if chain is None:
        return [live] if live.start_ms else []
    ahead = live.start_ms - chain.start_ms
    if ahead <= 0 or (live.state == chain.state and ahead <= TOLERANCE_MS):
        state = UNKNOWN if chain.quality == UNTRUSTED else chain.state
        return [Span(chain.start_ms, max(chain.start_ms, live.end_ms), state, chain.cause, chain.quality)]
    return [Span(chain.start_ms, live.start_ms, UNKNOWN, UnknownCause.BOX_OFFLINE.value), live]


def state_ms(session: Session, device_ids: Sequence[str], from_ms: int, until_ms: int) -> dict[str, dict[str, int]]:
    """Return milliseconds by state of each device over [from_ms, until_ms); the states sum to its length.

    Whole hours come from the hours by state, the ends from segments, the open state as far as it is known.
    """
    first, last = -(-from_ms // HOUR_MS) * HOUR_MS, until_ms // HOUR_MS * HOUR_MS
    if first >= last:
        return _summed(timelines(session, device_ids, from_ms, until_ms, until_ms))
    found = _hours(session, device_ids, first, last)
    for key, spans in _open(session, device_ids).items():
        found[key] = add_states(found.get(key, {}), sum_states(clip(spans, first, last)))
    for start, stop in ((from_ms, first), (last, until_ms)):
        if start < stop:
            for key, sums in _summed(timelines(session, device_ids, start, stop, stop)).items():
                found[key] = add_states(found.get(key, {}), sums)
    return {key: _filled(found.get(key, {}), until_ms - from_ms) for key in device_ids}


def _hours(session: Session, device_ids: Sequence[str], first: int, last: int) -> dict[str, dict[str, int]]:
    table = sa.inspect(DeviceHour).local_table
    rows = session.execute(
        sa.select(table.c.device_id, table.c.state, sa.func.sum(table.c.ms))
        .where(table.c.device_id.in_(device_ids), table.c.hour_ms >= first, table.c.hour_ms < last)
        .group_by(table.c.device_id, table.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for device_id, state, length in rows:
        found.setdefault(device_id, {})[state] = int(length)
    return found


def _summed(spans: Mapping[str, Sequence[Span]]) -> dict[str, dict[str, int]]:
    return {key: sum_states(found) for key, found in spans.items()}


def _filled(sums: dict[str, int], length: int) -> dict[str, int]:
    missing = length - sum(sums.values())
    return add_states(sums, {UNKNOWN: missing}) if missing > 0 else sums
