"""Tables of the schedule: claims on time and planned placements of assets."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import UtcDateTime


class Claim(SQLModel, table=True):
    """A busy range [busy_from, busy_until) of one resource; held and active claims of a resource never overlap.

    `resource_kind` is asset or room; `kind` is booking, lesson, maintenance, transfer or round; `status` is held,
    active or released.
    """

    id: str = Field(primary_key=True, max_length=32)
    resource_kind: str = Field(max_length=10)
    resource_id: str = Field(max_length=32)
    busy_from: datetime = Field(sa_type=UtcDateTime)
    busy_until: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(max_length=20)
    source_id: str = Field(max_length=32, index=True)
    title: str = Field(default="", max_length=120)
    status: str = Field(max_length=10)
    held_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    __table_args__ = (
        sa.CheckConstraint("busy_from < busy_until", name="claim_range"),
        sa.CheckConstraint("status IN ('held', 'active', 'released')", name="claim_status"),
        sa.Index("ix_claim_resource_time", "resource_id", "busy_until"),
    )


class Placement(SQLModel, table=True):
    """Where an asset will be: organization and room, from and until, and what says so."""

    id: str = Field(primary_key=True, max_length=32)
    asset_id: str = Field(foreign_key="asset.id", index=True)
    organization_id: str = Field(foreign_key="organization.id")
    room_id: str | None = Field(default=None, foreign_key="room.id")
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source_id: str = Field(default="", max_length=32)
