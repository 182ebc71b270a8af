"""Tables of measured use: journal records, chains, state segments, hours by state, samples, dead letters."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE


class JournalEpoch(SQLModel, table=True):
    """One journal file of a node: its contiguous high-water mark and the digest of the last record acknowledged.

    `ahead` counts records stored beyond the mark. `boot` and `boot_base_ms` say where the node's present boot-time
    clock stands in corrected UTC: corrected time = base + boot-time. `gap_last` and `gap_cause` tell of the
    last gap passed.
    """

    __tablename__ = "journal_epoch"

    node_id: str = Field(primary_key=True, max_length=120)
    epoch: str = Field(primary_key=True, max_length=64)
    first_offset: int = Field(sa_type=sa.BigInteger)
    high_water: int = Field(sa_type=sa.BigInteger)
    ahead: int = 0
    digest: str = Field(default="", max_length=64)
    started_ms: int = Field(sa_type=sa.BigInteger)
    boot: str = Field(default="", max_length=64)
    boot_base_ms: int | None = Field(default=None, sa_type=sa.BigInteger)
    gap_last: int = Field(default=0, sa_type=sa.BigInteger)
    gap_cause: str = Field(default="", max_length=40)


class JournalGap(SQLModel, table=True):
    """Offsets of a journal that will never come, both ends included, and why."""

    __tablename__ = "journal_gap"

    node_id: str = Field(primary_key=True, max_length=120)
    epoch: str = Field(primary_key=True, max_length=64)
    first: int = Field(primary_key=True, sa_type=sa.BigInteger)
    last: int = Field(sa_type=sa.BigInteger)
    cause: str = Field(max_length=40)
    at_ms: int = Field(sa_type=sa.BigInteger)


class JournalRecord(SQLModel, table=True):
    """One record received, once by (node, epoch, offset); times in milliseconds UTC.

    `device_ms` is the box's wall clock, `offset_ms` what was added to correct it. `body` is the JSON text as it
    came. Kind `refused` marks a record that went to the dead letters: it counts as received.
    """

    __tablename__ = "journal_record"

    node_id: str = Field(primary_key=True, max_length=120)
    epoch: str = Field(primary_key=True, max_length=64)
    offset: int = Field(primary_key=True, sa_type=sa.BigInteger)
    device_id: str | None = Field(default=None, max_length=32)
    device_key: str | None = Field(default=None, max_length=120)
    kind: str = Field(max_length=12)
    device_ms: int = Field(sa_type=sa.BigInteger)
    received_ms: int = Field(sa_type=sa.BigInteger)
    offset_ms: int = Field(default=0, sa_type=sa.BigInteger)
    boot: str = Field(default="", max_length=64)
    boottime_ms: int = Field(default=0, sa_type=sa.BigInteger)
    state: str | None = Field(default=None, max_length=20)
    prev_ms: int | None = Field(default=None, sa_type=sa.BigInteger)
    quality: str | None = Field(default=None, max_length=20)
    cause: str | None = Field(default=None, max_length=200)
    body: str | None = Field(default=None, sa_type=sa.Text)


class Chain(SQLModel, table=True):
    """Where a device's segments end: the newest transition derived so far, whose state has not been closed.

    `epoch` is empty for a device without a journal.
    """

    device_id: str = Field(primary_key=True, max_length=32)
    epoch: str = Field(default="", max_length=64)
    offset: int = Field(default=0, sa_type=sa.BigInteger)
    start_ms: int = Field(sa_type=sa.BigInteger)
    state: str = Field(max_length=20)
    cause: str = Field(default="", max_length=200)
    quality: str = Field(default="synced", max_length=12)


class Segment(SQLModel, table=True):
    """One device in one state over [start_ms, end_ms), corrected UTC; closed. The open one is the device's chain."""

    device_id: str = Field(primary_key=True, max_length=32)
    start_ms: int = Field(primary_key=True, sa_type=sa.BigInteger)
    end_ms: int = Field(sa_type=sa.BigInteger)
    state: str = Field(max_length=20)
    cause: str = Field(default="", max_length=200)
    quality: str = Field(default="synced", max_length=12)


class DeviceHour(SQLModel, table=True):
    """Milliseconds of one device in one state within one UTC hour; `hour_ms` is the hour's start."""

    __tablename__ = "device_hour"

    device_id: str = Field(primary_key=True, max_length=32)
    hour_ms: int = Field(primary_key=True, sa_type=sa.BigInteger)
    state: str = Field(primary_key=True, max_length=20)
    ms: int = Field(sa_type=sa.BigInteger)


class Sample(SQLModel, table=True):
    """One message's telemetry of a device: name → value."""

    device_id: str = Field(primary_key=True, max_length=32)
    at_ms: int = Field(primary_key=True, sa_type=sa.BigInteger)
    readings: dict[str, Any] = Field(sa_type=JSON_TYPE)


class DeadLetter(SQLModel, table=True):
    """A message or record that could not be taken, with the reason and the bytes (hex, cut at 4 KiB)."""

    __tablename__ = "dead_letter"

    id: str = Field(primary_key=True, max_length=32)
    at_ms: int = Field(sa_type=sa.BigInteger, index=True)
    topic: str = Field(max_length=255)
    node_id: str = Field(default="", max_length=120)
    reason: str = Field(max_length=300)
    payload_hex: str = Field(default="", sa_type=sa.Text)
