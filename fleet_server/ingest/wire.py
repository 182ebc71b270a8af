"""Sparkplug sessions as the host remembers them: numbers, aliases, devices and the clock of each node."""

from dataclasses import dataclass, field
from typing import Any

from fleet_server.ingest.lean import Column, column
from fleet_server.usage.rules import TOLERANCE_MS, Anchor, correct
from telemetry.errors import SequenceGap, UnknownAlias
from telemetry.journal import Record
from telemetry.metrics import DataType, Metric
from telemetry.payload import with_type
from telemetry.sequence import SequenceTracker, next_seq

FRESH_MS = 5_000
"""A record whose time is this close to its message's was made on the clock the box has now."""
TRANSPORT_MS = 5_000
"""A delay up to this may be the network's; only beyond is a box's clock held to be off without its own word."""

AliasEntry = tuple[str | None, str, DataType | None]


@dataclass(slots=True)
class DeviceSession:
    """A device between its birth and its death; `latest` maps names to [value, time in ms].

    `columns` says how its aliases are read the short way.
    """

    key: str
    columns: dict[int, Column] = field(default_factory=dict)
    types: dict[str, DataType | None] = field(default_factory=dict)
    latest: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class NodeSession:
    """A node between its birth and its death."""

    group: str
    node_id: str
    bd_seq: int | None = None
    epoch: str | None = None
    sequence: SequenceTracker = field(default_factory=SequenceTracker)
    types: dict[str, DataType | None] = field(default_factory=dict)
    aliases: dict[int, AliasEntry] = field(default_factory=dict)
    devices: dict[str, DeviceSession] = field(default_factory=dict)
    anchor: Anchor | None = None
    in_doubt: bool = False
    _lost_number: bool = False
    _reported_offset: int | None = None
    _least_delay: int | None = None

    def accept(self, seq: int | None) -> None:
        """Take the number of a message that follows the birth.

        Raises: SequenceGap when numbers are missing: the session stays in doubt until the next birth, since a birth
        with other aliases or another journal may be among what was lost.
        """
        expected = self.sequence.expected
        if self._lost_number and expected is not None and seq == next_seq(expected):
            self.sequence.expected = seq
        self._lost_number = False
        try:
            self.sequence.accept(seq)
        except SequenceGap:
            self.in_doubt = True
            raise

    def spoiled(self) -> None:
        """Note a message that could not be read: it may have used up a number."""
        self._lost_number = True

    def declare(self, device: str | None, metrics: tuple[Metric, ...]) -> None:
        """Keep the names, types and aliases of a birth."""
        types = self.types if device is None else self.devices[device].types
        for metric in metrics:
            if metric.name is None:
                continue
            types[metric.name] = metric.datatype
            if metric.alias is not None:
                self.aliases[metric.alias] = (device, metric.name, metric.datatype)
                self._declare_column(device, metric)

    def _declare_column(self, device: str | None, metric: Metric) -> None:
        short = column(metric.name, metric.datatype)
        if device is not None and metric.alias is not None and short is not None:
            self.devices[device].columns[metric.alias] = short

    def resolve(self, device: str | None, metric: Metric) -> Metric:
        """Return a data metric with the name and type its birth declared.

        Raises: UnknownAlias; MalformedPayload for a value its type cannot hold.
        """
        if metric.name is None:
            owner, name, datatype = self.aliases.get(metric.alias if metric.alias is not None else -1, ("", "", None))
            if owner != device:
                raise UnknownAlias(f"alias {metric.alias} was not declared")
            metric = Metric(
                name,
                metric.value,
                metric.datatype,
                metric.timestamp,
                metric.alias,
                metric.is_historical,
                metric.properties,
            )
        elif metric.datatype is None:
            known = self.devices.get(device) if device is not None else None
            datatype = (self.types if known is None else known.types).get(metric.name)
        return metric if metric.datatype is not None or datatype is None else with_type(metric, datatype)

    def time_heard(self, sent_ms: int | None, received_ms: int) -> None:
        """Learn from a message's own time how far the box's clock is off at most."""
        if sent_ms is not None:
            delay = received_ms - sent_ms
            self._least_delay = delay if self._least_delay is None else min(self._least_delay, delay)

    def report_offset(self, offset_ms: int | None) -> None:
        """Keep the offset the box has measured itself."""
        if offset_ms is not None:
            self._reported_offset = offset_ms

    @property
    def offset_ms(self) -> int:
        """Server time minus the box's wall clock: its own word, else what messages' times show beyond transport."""
        if self._reported_offset is not None:
            return self._reported_offset
        delay = self._least_delay or 0
        return delay if abs(delay) > TRANSPORT_MS else 0

    def corrected(self, device_ms: int | None, received_ms: int) -> int:
        """Return a message's or metric's own time in corrected UTC, never later than it was received."""
        if device_ms is None:
            return received_ms
        offset = self.offset_ms
        return min(received_ms, device_ms if abs(offset) <= TOLERANCE_MS else device_ms + offset)

    def corrected_record(self, record: Record, received_ms: int) -> int:
        """Return when a record's state began, in corrected UTC, never later than it was received."""
        found = correct(
            record.timestamp,
            record.boottime_ms,
            record.boot,
            record.quality,
            self.offset_ms,
            self.anchor,
            received_ms,
        )
        return min(received_ms, found[0])

    def note_boot(self, record: Record, historical: bool, sent_ms: int | None) -> None:
        """Learn from a record just made where the box's boot-time clock stands."""
        if historical or sent_ms is None or abs(sent_ms - record.timestamp) > FRESH_MS:
            return
        self.anchor = Anchor(record.boot, record.timestamp + self.offset_ms - record.boottime_ms)
