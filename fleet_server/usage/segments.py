"""From records in order to segments and hours, written past the ORM."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.nodes.models import Device
from fleet_server.usage.bulk import Insert, write_rows
from fleet_server.usage.journaling import Entry, Journal, lost_between
from fleet_server.usage.models import Chain
from fleet_server.usage.rules import UNKNOWN, Open, Span, Transition, by_hour, correct, follow
from telemetry.journal import RecordKind

_INSERT_SEGMENT = Insert("segment", "device_id, start_ms, end_ms, state, cause, quality")
_ADD_HOUR = Insert(
    "device_hour",
    "device_id, hour_ms, state, ms",
    "ON CONFLICT (device_id, hour_ms, state) DO UPDATE SET ms = device_hour.ms + excluded.ms",
)
_UPSERT_CHAIN = Insert(
    "chain",
    'device_id, epoch, "offset", start_ms, state, cause, quality',
    'ON CONFLICT (device_id) DO UPDATE SET epoch = excluded.epoch, "offset" = excluded."offset", '
    "start_ms = excluded.start_ms, state = excluded.state, cause = excluded.cause, quality = excluded.quality",
)
_CHAINS = sa.inspect(Chain).local_table


class Chains:
    """The ends of the devices' chains during a batch, and the segments that came off them."""

    def __init__(self, session: Session, device_ids: Iterable[str]) -> None:
        wanted = sorted(set(device_ids))
        self.session = session
        self.ends: dict[str, tuple[str, int, Open]] = {}
        self.heard: dict[str, int] = {}
        self.spans: dict[str, list[Span]] = {}
        if wanted:
            self._load(wanted)

    def _load(self, wanted: Sequence[str]) -> None:
        for row in self.session.execute(sa.select(_CHAINS).where(_CHAINS.c.device_id.in_(wanted))):
            state = Open(row.start_ms, row.state, row.cause, row.quality)
            self.ends[row.device_id] = (row.epoch, row.offset, state)
        heard = select(Device.id, Device.known_until_ms).where(col(Device.id).in_(wanted))
        self.heard = dict(self.session.exec(heard).all())

    def extend(
        self, device_id: str, epoch: str, offset: int, step: Transition, lost: str | None, heard_ms: int | None = None
    ) -> None:
        """Let a transition close the device's open state and open its own.

        `heard_ms` is until when the open state is known where the chain is broken, by default the device's.
        """
        _, _, state = self.ends.get(device_id, ("", 0, None))
        known_until = self.heard.get(device_id, 0) if heard_ms is None else heard_ms
        spans, opened = follow(state, step, known_until, lost)
        if spans:
            self.spans.setdefault(device_id, []).extend(spans)
        if opened is not None:
            self.ends[device_id] = (epoch, offset, opened)

    def store(self, touched: Iterable[str]) -> None:
        """Write segments, hours and ends of the devices touched."""
        write_rows(self.session, _INSERT_SEGMENT, [_segment(key, span) for key, span in self._all()])
        hours = [
            (key, hour, state, length)
            for key in sorted(self.spans)
            for (hour, state), length in sorted(by_hour(self.spans[key]).items())
        ]
        write_rows(self.session, _ADD_HOUR, hours)
        rows = [_chain(key, *self.ends[key]) for key in sorted(set(touched)) if key in self.ends]
        write_rows(self.session, _UPSERT_CHAIN, rows)

    def _all(self) -> Iterable[tuple[str, Span]]:
        return ((key, span) for key, spans in self.spans.items() for span in spans)


def _segment(device_id: str, span: Span) -> tuple[object, ...]:
    return device_id, span.start_ms, span.end_ms, span.state, span.cause, span.quality


def _chain(device_id: str, epoch: str, offset: int, state: Open) -> tuple[object, ...]:
    return device_id, epoch, offset, state.start_ms, state.state, state.cause, state.quality


def derive(session: Session, journals: Iterable[Journal]) -> Mapping[str, Sequence[Span]]:
    """Turn what became derivable into segments and hours; return the new segments by device."""
    steps = [(journal, entry) for journal in journals for entry in journal.ready if _is_transition(entry)]
    touched = [entry.device_id for _, entry in steps if entry.device_id is not None]
    chains = Chains(session, touched)
    for journal, entry in steps:
        if entry.device_id is not None:
            _extend(chains, journal, entry, entry.device_id)
    chains.store(touched)
    return chains.spans


def _is_transition(entry: Entry) -> bool:
    return entry.record.kind is RecordKind.TRANSITION and not entry.refused


def _extend(chains: Chains, journal: Journal, entry: Entry, device_id: str) -> None:
    record = entry.record
    epoch, offset, _ = chains.ends.get(device_id, ("", 0, None))
    same = epoch == journal.epoch
    chains.extend(
        device_id,
        journal.epoch,
        record.offset,
        transition_of(entry, journal, unbroken=same),
        lost_between(journal, offset, record.offset) if same else None,
    )


def transition_of(entry: Entry, journal: Journal, *, unbroken: bool) -> Transition:
    """Return the corrected transition of an entry; across journals the measured length says nothing."""
    record = entry.record
    start, quality = correct(
        record.timestamp,
        record.boottime_ms,
        record.boot,
        record.quality,
        entry.offset_ms,
        journal.anchor,
        entry.received_ms,
    )
    length = record.prev_ms if unbroken else None
    return Transition(start, record.state or "", length, record.cause or "", quality)


def witness(session: Session, seen: Sequence[tuple[str, Transition, bool]]) -> Mapping[str, Sequence[Span]]:
    """Extend the chains of devices without a journal by the states (device id, step, live) their messages show.

    Such a device counts as known between two messages of one session; what `end` wrote starts a hole. History that is
    older than the chain is passed over; a live state counts from the chain's end at the earliest.
    """
    if not seen:
        return {}
    chains = Chains(session, (device_id for device_id, _, _ in seen))
    for device_id, step, live in seen:
        _, _, state = chains.ends.get(device_id, ("", 0, None))
        if state is not None and live:
            step = replace(step, start_ms=max(step.start_ms, state.start_ms))
        if state is None or _moves(state, step):
            chains.extend(device_id, "", 0, step, None, heard_ms=step.start_ms)
    chains.store(device_id for device_id, _, _ in seen)
    return chains.spans


def _moves(state: Open, step: Transition) -> bool:
    return step.start_ms >= state.start_ms and (step.state, step.cause) != (state.state, state.cause)


def end(session: Session, device_ids: Iterable[str], cause: str, keep_epoch: str = "") -> Mapping[str, Sequence[Span]]:
    """Close the open states of devices where they were last heard; from there on nothing is known.

    Chains of the epoch `keep_epoch` go on: their journal will say what happened.
    """
    wanted = sorted(set(device_ids))
    chains = Chains(session, wanted)
    for device_id in wanted:
        epoch, _, state = chains.ends.get(device_id, ("", 0, None))
        if state is None or (keep_epoch and epoch == keep_epoch):
            continue
        at = max(state.start_ms, chains.heard.get(device_id, 0))
        chains.extend(device_id, "", 0, Transition(at, UNKNOWN, None, cause), None, heard_ms=at)
    chains.store(wanted)
    return chains.spans
