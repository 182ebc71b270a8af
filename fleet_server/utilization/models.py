"""Tables of utilization: what each asset did on each day and hour, and which days are to be computed again."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE


class AssetDay(SQLModel, table=True):
    """One asset on one local day of its holder, split by who used it; milliseconds.

    `all_*` sum to the time accounted for, `core_*` to the core hours within it. `booked`, `lesson` and what was used
    within them count inside available core hours. `contradiction_ms` is use measured during maintenance or transport.
    """

    __tablename__ = "asset_day"

    asset_id: str = Field(primary_key=True, max_length=32)
    day: date = Field(primary_key=True)
    holder_id: str = Field(primary_key=True, max_length=32)
    user_id: str = Field(primary_key=True, max_length=32)
    owner_id: str = Field(max_length=32)
    all_in_use: int = Field(default=0, sa_type=sa.BigInteger)
    all_setup: int = Field(default=0, sa_type=sa.BigInteger)
    all_standby: int = Field(default=0, sa_type=sa.BigInteger)
    all_maintenance: int = Field(default=0, sa_type=sa.BigInteger)
    all_fault: int = Field(default=0, sa_type=sa.BigInteger)
    all_off: int = Field(default=0, sa_type=sa.BigInteger)
    all_in_transit: int = Field(default=0, sa_type=sa.BigInteger)
    all_unknown: int = Field(default=0, sa_type=sa.BigInteger)
    core_in_use: int = Field(default=0, sa_type=sa.BigInteger)
    core_setup: int = Field(default=0, sa_type=sa.BigInteger)
    core_standby: int = Field(default=0, sa_type=sa.BigInteger)
    core_maintenance: int = Field(default=0, sa_type=sa.BigInteger)
    core_fault: int = Field(default=0, sa_type=sa.BigInteger)
    core_off: int = Field(default=0, sa_type=sa.BigInteger)
    core_in_transit: int = Field(default=0, sa_type=sa.BigInteger)
    core_unknown: int = Field(default=0, sa_type=sa.BigInteger)
    booked_ms: int = Field(default=0, sa_type=sa.BigInteger)
    used_booked_ms: int = Field(default=0, sa_type=sa.BigInteger)
    lesson_ms: int = Field(default=0, sa_type=sa.BigInteger)
    used_lesson_ms: int = Field(default=0, sa_type=sa.BigInteger)
    contradiction_ms: int = Field(default=0, sa_type=sa.BigInteger)
    due: int = 0
    no_shows: int = 0

    __table_args__ = (sa.Index("ix_asset_day_holder", "holder_id", "day"), sa.Index("ix_asset_day_day", "day"))


class AssetHour(SQLModel, table=True):
    """One asset in one local hour of its holder's core hours, split by who used it; milliseconds."""

    __tablename__ = "asset_hour"

    asset_id: str = Field(primary_key=True, max_length=32)
    day: date = Field(primary_key=True)
    hour: int = Field(primary_key=True)
    holder_id: str = Field(primary_key=True, max_length=32)
    user_id: str = Field(primary_key=True, max_length=32)
    owner_id: str = Field(max_length=32)
    core_ms: int = Field(default=0, sa_type=sa.BigInteger)
    available_ms: int = Field(default=0, sa_type=sa.BigInteger)
    known_ms: int = Field(default=0, sa_type=sa.BigInteger)
    used_ms: int = Field(default=0, sa_type=sa.BigInteger)
    booked_ms: int = Field(default=0, sa_type=sa.BigInteger)
    used_booked_ms: int = Field(default=0, sa_type=sa.BigInteger)
    lesson_ms: int = Field(default=0, sa_type=sa.BigInteger)
    used_lesson_ms: int = Field(default=0, sa_type=sa.BigInteger)

    __table_args__ = (sa.Index("ix_asset_hour_holder", "holder_id", "day"),)


class DirtyDay(SQLModel, table=True):
    """A stretch of one UTC day that must be computed again; `subject_id` is a device or an asset.

    `seal` is new at every mark, so that a mark renewed while its day was being computed survives.
    """

    __tablename__ = "dirty_day"

    subject_id: str = Field(primary_key=True, max_length=32)
    utc_day: int = Field(primary_key=True)
    from_ms: int = Field(sa_type=sa.BigInteger)
    until_ms: int = Field(sa_type=sa.BigInteger)
    seal: int = Field(sa_type=sa.BigInteger)


class Watched(SQLModel, table=True):
    """What a computation of days last saw of a subject: its histories, or the calendars; a difference re-opens."""

    __tablename__ = "utilization_watched"

    subject_id: str = Field(primary_key=True, max_length=32)
    seen_until_ms: int = Field(default=0, sa_type=sa.BigInteger)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_TYPE)
