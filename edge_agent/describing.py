"""The metrics of births and heartbeats: what a box and its devices say of themselves."""

from collections.abc import Iterable, Mapping

from edge_agent.clocks import Moment
from edge_agent.device import Device, wire_type
from edge_agent.outbox import Outbox
from telemetry import births
from telemetry.journal import RecordKind, metric_name, to_metric
from telemetry.manifest import MetricSpec
from telemetry.metrics import DataType, Metric, Property, Value

_NODE_KINDS = (RecordKind.OUTCOME, RecordKind.EVENT, RecordKind.DROP)
_DEVICE_KINDS = (RecordKind.JOB, RecordKind.OUTCOME, RecordKind.EVENT, RecordKind.SAMPLE)
_HEALTH_TYPES = {births.UPTIME: DataType.INT64, births.CLOCK_OFFSET: DataType.INT64}


def text(name: str, value: str | None, at_ms: int) -> Metric:
    """Return a metric that holds a text, or null."""
    return Metric(name, value, DataType.STRING, at_ms)


def whole(name: str, value: int | None, at_ms: int) -> Metric:
    """Return a metric that holds a whole number, or null."""
    return Metric(name, value, DataType.INT64, at_ms)


def flag(name: str, at_ms: int) -> Metric:
    """Return a metric a host may write true to."""
    return Metric(name, False, DataType.BOOLEAN, at_ms)


def node_birth(
    bd_seq: int, facts: Mapping[str, str], health: Iterable[Metric], outbox: Outbox, now: Moment
) -> list[Metric]:
    """Return the metrics of an NBIRTH; `facts` are texts by metric name.

    Boot and boot time let a server place records whose wall time was wrong when they were made.
    """
    at = now.wall_ms
    return [
        whole(births.BD_SEQ, bd_seq, at),
        flag(births.REBIRTH, at),
        text(births.PROFILE_VERSION, births.PROFILE, at),
        *(text(name, value, at) for name, value in facts.items()),
        *health,
        text(births.JOURNAL_EPOCH, outbox.epoch, at),
        whole(births.JOURNAL_FIRST, outbox.first, at),
        *journal_figures(outbox, at),
        text(births.JOURNAL_BOOT, now.boot, at),
        whole(births.JOURNAL_BOOTTIME, now.boottime_ms, at),
        text(births.COMMAND_REQUEST, None, at),
        *(text(metric_name(kind), None, at) for kind in _NODE_KINDS),
    ]


def journal_figures(outbox: Outbox, at: int) -> list[Metric]:
    """Return what a heartbeat says of the journal."""
    return [
        whole(births.JOURNAL_NEXT, outbox.next, at),
        whole(births.JOURNAL_PENDING, outbox.pending, at),
        whole(births.JOURNAL_ACK, outbox.acked, at),
    ]


def health_metrics(figures: Mapping[str, Value], at: int) -> list[Metric]:
    """Return health figures as metrics: percentages and degrees as doubles, uptime and clock offset as integers."""
    return [Metric(name, value, _HEALTH_TYPES.get(name, DataType.DOUBLE), at) for name, value in figures.items()]


def device_birth(device: Device, outbox: Outbox, at: int) -> list[Metric]:
    """Return the metrics of a DBIRTH; the state carries its journal properties while it is not acknowledged."""
    identity, manifest = device.identity, device.manifest
    return [
        text(births.KIND, manifest.kind, at),
        text(births.MAKE, identity.make, at),
        text(births.MODEL, identity.model, at),
        text(births.SERIAL, identity.serial, at),
        text(births.FIRMWARE, identity.firmware, at),
        text(births.DRIVER, device.driver, at),
        Metric(births.SHARES_POWER, manifest.shares_power, DataType.BOOLEAN, at),
        text(births.MANIFEST, births.manifest_to_json(manifest), at),
        _state(device, outbox, at),
        flag(births.DEVICE_REBIRTH, at),
        text(births.COMMAND_REQUEST, None, at),
        *(text(metric_name(kind), None, at) for kind in _DEVICE_KINDS),
        *(_declared(device, spec, outbox, at) for spec in manifest.metrics),
    ]


def _state(device: Device, outbox: Outbox, at: int) -> Metric:
    record = outbox.record(device.offset) if device.offset is not None else None
    if record is not None:
        return to_metric(record, historical=False)
    since = device.meter.since
    cause = {"cause": Property(DataType.STRING, device.meter.cause)} if device.meter.cause else {}
    return Metric(
        births.STATE, device.state.value, DataType.STRING, at if since is None else since.wall_ms, properties=cause
    )


def alias_name(device: Device, spec: MetricSpec) -> str | None:
    """Return the name a metric's alias is kept under, None for metrics that go by name."""
    if spec.name.startswith((births.TELEMETRY_PREFIX, births.USAGE_PREFIX)):
        return f"{device.key}/{spec.name}"
    return None


def _declared(device: Device, spec: MetricSpec, outbox: Outbox, at: int) -> Metric:
    value, at_ms = device.values.get(spec.name, (None, at))
    key = alias_name(device, spec)
    return Metric(
        name=spec.name,
        value=value,
        datatype=wire_type(spec.datatype),
        timestamp=at_ms,
        alias=None if key is None else outbox.alias(key),
        properties=_limits(spec),
    )


def _limits(spec: MetricSpec) -> dict[str, Property]:
    found = {}
    if spec.unit:
        found["engUnit"] = Property(DataType.STRING, spec.unit)
    if spec.low is not None:
        found["engLow"] = Property(DataType.DOUBLE, float(spec.low))
    if spec.high is not None:
        found["engHigh"] = Property(DataType.DOUBLE, float(spec.high))
    return found


def current_values(device: Device, specs: Iterable[MetricSpec], outbox: Outbox) -> list[Metric]:
    """Return the present values of some metrics for a DDATA: by alias where there is one, else by name."""
    found = []
    for spec in specs:
        value, at_ms = device.values[spec.name]
        key = alias_name(device, spec)
        named = (spec.name, None) if key is None else (None, outbox.alias(key))
        found.append(Metric(named[0], value, wire_type(spec.datatype), at_ms, named[1]))
    return found
