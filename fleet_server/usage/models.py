"""Tables of measured use: journal records, state segments, hours by state, samples, events."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE


class JournalEpoch(SQLModel, table=True):
    """One journal file of a node: its contiguous high-water mark and the digest of the last record acknowledged."""

    __tablename__ = "journal_epoch"

    node_id: str = Field(primary_key=True, max_length=120)
    epoch: str = Field(primary_key=True, max_length=64)
    first_offset: int = Field(sa_type=sa.BigInteger)
    high_water: int = Field(sa_type=sa.BigInteger)
    digest: str = Field(default="", max_length=64)
    started_ms: int = Field(sa_type=sa.BigInteger)


class JournalRecord(SQLModel, table=True):
    """One record received, once by (node, epoch, offset); times in milliseconds UTC."""

    __tablename__ = "journal_record"

    node_id: str = Field(primary_key=True, max_length=120)
    epoch: str = Field(primary_key=True, max_length=64)
    offset: int = Field(primary_key=True, sa_type=sa.BigInteger)
    device_id: str | None = Field(default=None, max_length=32)
    kind: str = Field(max_length=12)
    device_ms: int = Field(sa_type=sa.BigInteger)
    received_ms: int = Field(sa_type=sa.BigInteger)
    offset_ms: int = Field(default=0, sa_type=sa.BigInteger)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_TYPE)


class Segment(SQLModel, table=True):
    """One device in one state over [start_ms, end_ms), corrected UTC; closed. The open one lives in `device`."""

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
