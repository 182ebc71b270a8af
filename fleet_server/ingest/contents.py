"""What data metrics say: journal records, present states, samples and latest values."""

from collections.abc import Iterable, Sequence
from typing import Any

from fleet_server.ingest.births import is_shown
from fleet_server.ingest.effects import Effect, Recorded, Sampled, StateShown
from fleet_server.ingest.texts import MAX_METRICS, plain, plain_text
from fleet_server.ingest.wire import DeviceSession, NodeSession
from telemetry.births import STATE, TELEMETRY_PREFIX, USAGE_PREFIX
from telemetry.errors import MalformedPayload
from telemetry.journal import MAX_OFFSET, Record, RecordKind, from_metric, read_body
from telemetry.metrics import Metric, Payload
from telemetry.states import REPORTED_STATES, DeviceState, UnknownCause

_MEASURED = (TELEMETRY_PREFIX, USAGE_PREFIX)


def records(
    session: NodeSession, device: str | None, metrics: Iterable[Metric], payload: Payload, received_ms: int
) -> tuple[list[Effect], list[str]]:
    """Return the journal records among the metrics, and what is wrong with those that cannot be read."""
    if session.epoch is None:
        return [], []
    found: list[Record] = []
    refused: list[int] = []
    problems: list[str] = []
    for metric in metrics:
        if not metric.properties:
            continue
        try:
            record = from_metric(metric, device)
        except MalformedPayload as error:
            refused += _offset_of(metric)
            problems.append(str(error))
            continue
        if record is not None:
            session.note_boot(record, metric.is_historical, payload.timestamp)
            found.append(record)
    if not found and not refused:
        return [], problems
    taken = Recorded(session.node_id, session.epoch, found, received_ms, session.offset_ms, refused, session.anchor)
    return [taken, *_journaled_samples(session, found, received_ms)], problems


def _offset_of(metric: Metric) -> list[int]:
    entry = metric.properties.get("j")
    value = None if entry is None else entry.value
    return [value] if isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_OFFSET else []


def _journaled_samples(session: NodeSession, found: Iterable[Record], received_ms: int) -> list[Effect]:
    """Return the samples a box kept while it was off line."""
    return [
        Sampled(session.node_id, record.device, session.corrected_record(record, received_ms), _readings(record))
        for record in found
        if record.kind is RecordKind.SAMPLE and record.device is not None
    ]


def _readings(record: Record) -> dict[str, Any]:
    return {plain_text(name, 120): plain(value) for name, value in read_body(record.body or "{}").items()}


def states(session: NodeSession, device: str, metrics: Iterable[Metric], received_ms: int) -> list[Effect]:
    """Return the states the metrics show; history of a journaled device is its records' business alone."""
    journaled = session.epoch is not None
    return [
        _shown(session, device, metric, received_ms)
        for metric in metrics
        if metric.name == STATE and not (journaled and metric.is_historical)
    ]


def _shown(session: NodeSession, device: str, metric: Metric, received_ms: int) -> StateShown:
    journaled, live = session.epoch is not None, not metric.is_historical
    state, cause = metric.value, metric.properties.get("cause")
    text = plain_text(cause.value, 200) if cause is not None and isinstance(cause.value, str) else ""
    if not isinstance(state, str) or state not in REPORTED_STATES:
        state, text = DeviceState.UNKNOWN.value, UnknownCause.BAD_ANSWER.value
    since = _since(session, device, metric, received_ms)
    return StateShown(session.node_id, device, state, since, text, journaled, live)


def _since(session: NodeSession, device: str, metric: Metric, received_ms: int) -> int:
    try:
        record = from_metric(metric, device) if session.epoch is not None else None
    except MalformedPayload:
        record = None
    if record is None:
        return session.corrected(metric.timestamp, received_ms)
    return session.corrected_record(record, received_ms)


def samples(
    session: NodeSession, device: str, payload: Payload, metrics: Iterable[Metric], received_ms: int
) -> list[Effect]:
    """Return one sample a time stamp: live readings share the message's, history keeps its own."""
    rows: dict[int | None, dict[str, Any]] = {}
    for metric in metrics:
        name = metric.name
        if name is not None and name.startswith(_MEASURED):
            at = metric.timestamp if metric.is_historical else payload.timestamp
            rows.setdefault(at, {})[name[:120]] = plain(metric.value)
    return [
        Sampled(session.node_id, device, session.corrected(at, received_ms), readings) for at, readings in rows.items()
    ]


def keep_latest(
    session: NodeSession, device: DeviceSession, payload: Payload, metrics: Sequence[Metric], received_ms: int
) -> bool:
    """Keep the live values and return whether any was there; historical ones never move them (section 6.4.6)."""
    moved = False
    at = session.corrected(payload.timestamp, received_ms)
    for metric in metrics:
        name = metric.name or ""
        if metric.is_historical or not is_shown(name):
            continue
        if name in device.latest or len(device.latest) < MAX_METRICS:
            device.latest[plain_text(name, 120)] = [plain(metric.value), at]
            moved = True
    return moved
