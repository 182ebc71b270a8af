"""Tables of the edge: nodes, devices with their current state, bindings of devices to assets."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE, UtcDateTime


class Node(SQLModel, table=True):
    """A box that runs an agent; its id is the Sparkplug edge node id, journal figures are its last message's.

    `status` is active, foreign (speaks Sparkplug, was never registered), quarantined, revoked or retired. `online`
    says whether its session is open, `liveness` (online, stale, offline) also how long it has been silent.
    """

    id: str = Field(primary_key=True, max_length=120)
    site_id: str = Field(max_length=120, index=True)
    organization_id: str | None = Field(default=None, foreign_key="organization.id", index=True)
    name: str = Field(default="", max_length=120)
    status: str = Field(default="active", max_length=20, index=True)
    foreign_node: bool = False
    online: bool = False
    liveness: str = Field(default="offline", max_length=10)
    last_seen: datetime | None = Field(default=None, sa_type=UtcDateTime)
    born_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bd_seq: int | None = None
    agent_version: str = Field(default="", max_length=40)
    properties: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_TYPE)
    clock_offset_ms: int | None = Field(default=None, sa_type=sa.BigInteger)
    journal_epoch: str | None = Field(default=None, max_length=64)
    journal_next: int | None = Field(default=None, sa_type=sa.BigInteger)
    journal_pending: int | None = Field(default=None, sa_type=sa.BigInteger)
    journal_ack: int | None = Field(default=None, sa_type=sa.BigInteger)


class Device(SQLModel, table=True):
    """What a node speaks to through a driver; owns the open state and the latest metrics (name → [value, at_ms]).

    `rival_id` names the device that was born later with the same serial and took the asset.
    """

    id: str = Field(primary_key=True, max_length=32)
    node_id: str = Field(foreign_key="node.id", index=True, max_length=120)
    device_key: str = Field(max_length=120)
    organization_id: str | None = Field(default=None, foreign_key="organization.id", index=True)
    driver: str = Field(default="", max_length=60)
    kind: str = Field(default="", max_length=30)
    make: str = Field(default="", max_length=60)
    model: str = Field(default="", max_length=60)
    serial: str = Field(default="", max_length=80, index=True)
    firmware: str = Field(default="", max_length=60)
    manifest: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_TYPE)
    online: bool = False
    state: str = Field(default="unknown", max_length=20, index=True)
    state_since_ms: int = Field(default=0, sa_type=sa.BigInteger)
    state_cause: str = Field(default="", max_length=200)
    known_until_ms: int = Field(default=0, sa_type=sa.BigInteger)
    last_seen: datetime | None = Field(default=None, sa_type=UtcDateTime)
    metrics: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_TYPE)
    rival_id: str | None = Field(default=None, max_length=32)

    __table_args__ = (sa.UniqueConstraint("node_id", "device_key"),)


class Binding(SQLModel, table=True):
    """Which device stood for which asset, half-open in milliseconds UTC."""

    id: str = Field(primary_key=True, max_length=32)
    device_id: str = Field(foreign_key="device.id", index=True)
    asset_id: str = Field(foreign_key="asset.id", index=True)
    since_ms: int = Field(sa_type=sa.BigInteger)
    until_ms: int | None = Field(default=None, sa_type=sa.BigInteger)
