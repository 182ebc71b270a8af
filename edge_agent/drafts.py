"""What a box has to say before it is journaled, and device texts made fit to travel."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from edge_agent.clocks import Moment
from telemetry.journal import MAX_CAUSE_CHARS, RecordKind
from telemetry.metrics import Value
from telemetry.states import ClockQuality, DeviceState


@dataclass(frozen=True, slots=True)
class Draft:
    """A journal record without its offset; `cause` None where there is none to give."""

    kind: RecordKind
    device: str | None
    at: Moment
    quality: ClockQuality
    state: DeviceState | None = None
    prev_ms: int | None = None
    cause: str | None = None
    body: str | None = None


def plain(text: str, most: int = MAX_CAUSE_CHARS) -> str:
    """Return a device's text as one line of at most `most` characters that any database can hold."""
    kept = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(letter if letter.isprintable() else " " for letter in kept[: 4 * most]).strip()[:most]


def body_of(entries: Mapping[str, Value]) -> str:
    """Return a record's body; numbers no database can hold become null, texts are made plain."""
    return json.dumps({key: _plain_value(value) for key, value in entries.items()}, separators=(",", ":"))


def _plain_value(value: Value) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return None
    return plain(value) if isinstance(value, str) else value
