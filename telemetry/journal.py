"""Journal records: what a box keeps until the server has it, and how a record travels in a metric."""

from dataclasses import dataclass
from enum import StrEnum


class RecordKind(StrEnum):
    """What a journal record says."""

    TRANSITION = "transition"
    JOB = "job"
    OUTCOME = "outcome"
    EVENT = "event"
    SAMPLE = "sample"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Record:
    """One journal record as the server receives it; times in milliseconds since 1970 UTC, device wall clock.

    `prev_ms` is the measured length of the state that ended with this transition (monotonic clock), None at a
    device's first. `boottime_ms` is the boot-time clock at `timestamp`. `body` is JSON text for kinds other than
    transition.
    """

    offset: int
    kind: RecordKind
    device: str | None
    timestamp: int
    boot: str
    boottime_ms: int
    state: str | None = None
    prev_ms: int | None = None
    quality: str | None = None
    cause: str | None = None
    body: str | None = None
