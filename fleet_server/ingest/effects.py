"""What messages mean for the database, as plain facts in the order they came.

The four made for every message are not frozen, though nothing changes them: freezing triples the time to make one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet_server.nodes.service import DeviceBirth, NodeBirth
from fleet_server.usage.rules import Anchor
from telemetry.journal import Record
from telemetry.metrics import Value


@dataclass(slots=True)
class Message:
    """One message as the broker delivered it; `received_ms` is the server's time."""

    topic: str
    payload: bytes
    received_ms: int


@dataclass(frozen=True, slots=True)
class NodeBorn:
    """A node's session opened; `journal_first` is the lowest offset it holds, None without a journal."""

    birth: NodeBirth
    journal_first: int | None


@dataclass(frozen=True, slots=True)
class DeviceBorn:
    """A device was declared."""

    birth: DeviceBirth


@dataclass(frozen=True, slots=True)
class NodeDied:
    """A node's session closed, orderly or by its will."""

    node_id: str
    bd_seq: int | None


@dataclass(frozen=True, slots=True)
class DeviceDied:
    """A device left while its node lives on."""

    node_id: str
    device_key: str
    journaled: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """Journal records of one message; `refused` are offsets of records that could not be read."""

    node_id: str
    epoch: str
    records: Sequence[Record]
    received_ms: int
    offset_ms: int
    refused: Sequence[int] = ()
    anchor: Anchor | None = None


@dataclass(frozen=True, slots=True)
class StateShown:
    """A device's state; of a device without a journal it also ends the state before. `live` unless it is history."""

    node_id: str
    device_key: str
    state: str
    since_ms: int
    cause: str
    journaled: bool
    live: bool = True


@dataclass(slots=True)
class Heard:
    """A node spoke; `latest` are the newest metrics of the device the message is about, the node's own if None."""

    node_id: str
    at_ms: int
    clock_offset_ms: int | None = None
    journal_next: int | None = None
    journal_pending: int | None = None
    device_key: str | None = None
    latest: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Sampled:
    """Telemetry of one instant."""

    node_id: str
    device_key: str
    at_ms: int
    readings: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Refused:
    """A message or a part of one that could not be taken, for the dead letters."""

    topic: str
    node_id: str
    reason: str
    payload: bytes
    at_ms: int


Effect = NodeBorn | DeviceBorn | NodeDied | DeviceDied | Recorded | StateShown | Heard | Sampled | Refused


@dataclass(slots=True)
class Read:
    """A message with what it means; `sent_ms` is the corrected time it was sent, None where it says none."""

    message: Message
    effects: Sequence[Effect]
    sent_ms: int | None = None
