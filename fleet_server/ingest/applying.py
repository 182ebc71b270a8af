"""Writing what messages mean: one batch, one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from fleet_server.core.clock import new_id, to_ms
from fleet_server.ingest.effects import (
    DeviceBorn,
    DeviceDied,
    Effect,
    Heard,
    NodeBorn,
    NodeDied,
    Recorded,
    Refused,
    Sampled,
    StateShown,
)
from fleet_server.nodes import service as nodes
from fleet_server.nodes.service import LiveState, Seen
from fleet_server.usage import samples as kept_samples
from fleet_server.usage import service as usage
from fleet_server.usage.bulk import Insert, write_rows
from fleet_server.usage.journaling import Delivery
from fleet_server.usage.rules import Transition
from fleet_server.usage.segments import end, witness
from fleet_server.usage.service import DeviceSpans, Mark, flatten
from fleet_server.utilization.service import reopen
from telemetry.metrics import Value
from telemetry.states import UnknownCause

LETTER_BYTES = 4_096
DeviceKey = tuple[str, str]
_INSERT_LETTER = Insert("dead_letter", "id, at_ms, topic, node_id, reason, payload_hex")


@dataclass(slots=True)
class Pending:
    """What is heard of nodes and devices, coalesced over batches until it is worth a write."""

    seen: dict[str, Seen] = field(default_factory=dict)
    metrics: dict[DeviceKey, Mapping[str, Any]] = field(default_factory=dict)

    def note(self, heard: Heard) -> None:
        """Keep the newest word of a node."""
        last = self.seen.get(heard.node_id)
        if last is None or last.at_ms != heard.at_ms or heard.device_key is None:
            self.seen[heard.node_id] = _newer(last, heard)
        if heard.latest is not None and heard.device_key is not None:
            self.metrics[heard.node_id, heard.device_key] = heard.latest


def _newer(last: Seen | None, heard: Heard) -> Seen:
    if last is None:
        return Seen(heard.node_id, heard.at_ms, heard.clock_offset_ms, heard.journal_next, heard.journal_pending)
    return Seen(
        heard.node_id,
        max(last.at_ms, heard.at_ms),
        last.clock_offset_ms if heard.clock_offset_ms is None else heard.clock_offset_ms,
        last.journal_next if heard.journal_next is None else heard.journal_next,
        last.journal_pending if heard.journal_pending is None else heard.journal_pending,
    )


@dataclass(slots=True)
class Outcome:
    """What a committed batch asks for: marks to acknowledge, in the order they were reached."""

    marks: list[Mark] = field(default_factory=list)
    records: int = 0
    fresh: int = 0
    samples: int = 0
    registered: bool = False


class Batch:
    """Effects on their way into one transaction: lifecycles one by one, everything else in bulk."""

    def __init__(self, session: Session, known: Mapping[DeviceKey, str], pending: Pending, now: datetime) -> None:
        self.session = session
        self.devices = dict(known)
        self.pending = pending
        self.now, self.now_ms = now, to_ms(now)
        self.outcome = Outcome()
        self.seen_written: set[str] = set()
        self._clear()
        self._handlers: dict[type, Callable[[Any], None]] = {
            NodeBorn: self._node_born,
            DeviceBorn: self._device_born,
            NodeDied: self._node_died,
            DeviceDied: self._device_died,
            Recorded: self._recorded,
            StateShown: self._shown,
            Heard: self._heard,
            Sampled: self._sampled,
            Refused: self._refused,
        }

    def _clear(self) -> None:
        self._busy: set[str] = set()
        self._records: list[Recorded] = []
        self._states: dict[str, LiveState] = {}
        self._witnessed: list[tuple[str, Transition, bool]] = []
        self._samples: list[tuple[str, int, Mapping[str, Value]]] = []
        self._letters: list[tuple[object, ...]] = []

    def apply(self, effects: Iterable[Effect]) -> None:
        """Take the effects in order; what can wait for bulk waits until `flush`."""
        handlers = self._handlers
        for effect in effects:
            handlers[type(effect)](effect)

    def flush(self) -> None:
        """Write everything that waits."""
        self._write_records()
        self._reopen(flatten(witness(self.session, self._witnessed)))
        nodes.set_states(self.session, self._states.values())
        kept_samples.store(self.session, self._samples)
        self.outcome.samples += len(self._samples)
        write_rows(self.session, _INSERT_LETTER, self._letters)
        self._clear()

    def flush_heard(self) -> None:
        """Write who was heard and the latest metrics."""
        nodes.see(self.session, sorted(self.pending.seen.values(), key=lambda seen: seen.node_id))
        latest = {self._device(*key): metrics for key, metrics in sorted(self.pending.metrics.items())}
        nodes.set_metrics(self.session, {key: metrics for key, metrics in latest.items() if key is not None})

    def _device(self, node_id: str, key: str) -> str | None:
        if (node_id, key) not in self.devices:
            self.devices |= nodes.device_keys(self.session, [node_id])
        return self.devices.get((node_id, key))

    def _before_lifecycle(self, node_id: str) -> None:
        if node_id in self._busy:
            self.flush()
        seen = self.pending.seen.get(node_id)
        if seen is not None:
            nodes.see(self.session, [seen])

    def _node_born(self, effect: NodeBorn) -> None:
        birth = effect.birth
        self._before_lifecycle(birth.node_id)
        known = nodes.known_node(self.session, birth.node_id)
        if effect.journal_first is not None and birth.journal_epoch is not None:
            mark, spans = usage.announce(
                self.session, birth.node_id, birth.journal_epoch, effect.journal_first, self.now_ms
            )
            self.outcome.marks.append(mark)
            self._reopen(spans)
        elif known is not None and not (known.online and known.bd_seq == birth.bd_seq):
            self._lose(list(nodes.device_keys(self.session, [birth.node_id]).values()))
        nodes.apply_node_birth(self.session, birth)
        self.outcome.registered |= known is None

    def _device_born(self, effect: DeviceBorn) -> None:
        birth = effect.birth
        self._before_lifecycle(birth.node_id)
        self.devices[birth.node_id, birth.device_key] = nodes.apply_device_birth(self.session, birth, self.now)

    def _node_died(self, effect: NodeDied) -> None:
        self._before_lifecycle(effect.node_id)
        known = nodes.known_node(self.session, effect.node_id)
        gone = nodes.apply_node_death(self.session, effect.node_id, effect.bd_seq)
        if gone is not None:
            self.pending.seen.pop(effect.node_id, None)
        if gone and known is not None and known.journal_epoch is None:
            self._lose(gone)

    def _device_died(self, effect: DeviceDied) -> None:
        self._before_lifecycle(effect.node_id)
        device_id = self._device(effect.node_id, effect.device_key)
        if device_id is None:
            return
        nodes.apply_device_death(self.session, device_id)
        if not effect.journaled:
            self._lose([device_id])

    def _lose(self, device_ids: Sequence[str]) -> None:
        """End what devices without a journal were doing where they were last heard."""
        cause = UnknownCause.BOX_OFFLINE.value
        spans = end(self.session, device_ids, cause)
        self._reopen(flatten(spans))
        nodes.lose_states(self.session, device_ids, cause)

    def _recorded(self, effect: Recorded) -> None:
        self._busy.add(effect.node_id)
        self._records.append(effect)

    def _shown(self, effect: StateShown) -> None:
        device_id = self._device(effect.node_id, effect.device_key)
        if device_id is None:
            return
        self._busy.add(effect.node_id)
        if effect.live:
            self._states[device_id] = LiveState(device_id, effect.state, effect.since_ms, effect.cause)
        if not effect.journaled:
            step = Transition(effect.since_ms, effect.state, None, effect.cause)
            self._witnessed.append((device_id, step, effect.live))

    def _heard(self, effect: Heard) -> None:
        self.pending.note(effect)

    def _sampled(self, effect: Sampled) -> None:
        device_id = self._device(effect.node_id, effect.device_key)
        if device_id is not None:
            self._samples.append((device_id, effect.at_ms, effect.readings))

    def _refused(self, effect: Refused) -> None:
        payload = effect.payload[:LETTER_BYTES].hex()
        topic = effect.topic.replace("\0", "")[:255]
        reason = effect.reason.replace("\0", "")[:300]
        self._letters.append((new_id("dead"), effect.at_ms, topic, effect.node_id, reason, payload))

    def _write_records(self) -> None:
        if not self._records:
            return
        applied = usage.apply_deliveries(self.session, [self._delivery(item) for item in self._records], self.now_ms)
        self.outcome.marks += applied.marks
        self.outcome.records += applied.received
        self.outcome.fresh += len(applied.fresh)
        nodes.set_journal_acks(self.session, {mark.node_id: mark.high_water for mark in applied.marks})
        self._reopen(applied.spans)

    def _delivery(self, item: Recorded) -> Delivery:
        keys = {record.device for record in item.records if record.device is not None}
        ids = {key: self._device(item.node_id, key) for key in keys}
        found = {key: device_id for key, device_id in ids.items() if device_id is not None}
        return Delivery(
            item.node_id,
            item.epoch,
            item.records,
            found,
            item.received_ms,
            item.offset_ms,
            item.refused,
            item.anchor,
        )

    def _reopen(self, spans: DeviceSpans) -> None:
        if spans:
            reopen(self.session, spans)
