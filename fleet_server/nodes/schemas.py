"""Answers of the nodes API."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from fleet_server.core.clock import from_ms
from fleet_server.nodes.models import Device, Node
from fleet_server.nodes.rules import is_online, present


class Answer(BaseModel):
    """What every answer here has in common."""

    model_config = ConfigDict(extra="forbid")


class JournalView(Answer):
    """Where a node's journal stands: offsets up to `acknowledged` are kept by the server."""

    epoch: str | None
    next: int | None
    pending: int | None
    acknowledged: int | None


class NodeView(Answer):
    """One edge node."""

    id: str
    site_id: str
    organization_id: str | None
    name: str
    status: str
    online: bool
    liveness: str
    last_seen: datetime | None
    born_at: datetime | None
    agent_version: str
    clock_offset_ms: int | None
    journal: JournalView
    properties: dict[str, Any]

    @classmethod
    def of(cls, node: Node) -> "NodeView":
        """Return the answer for a row."""
        plain = set(cls.model_fields) - {"online", "journal"}
        return cls(
            **{name: getattr(node, name) for name in plain},
            online=node.liveness == "online",
            journal=JournalView(
                epoch=node.journal_epoch,
                next=node.journal_next,
                pending=node.journal_pending,
                acknowledged=node.journal_ack,
            ),
        )


class MetricView(Answer):
    """The latest value of one metric."""

    value: str | int | float | bool | None
    at: datetime


class DeviceView(Answer):
    """One device: what it is, whether it is heard, what it does."""

    id: str
    node_id: str
    device_key: str
    organization_id: str | None
    asset_code: str | None
    kind: str
    make: str
    model: str
    serial: str
    firmware: str
    driver: str
    online: bool
    state: str
    state_since: datetime | None
    state_cause: str
    last_seen: datetime | None
    metrics: dict[str, MetricView]
    rival_id: str | None

    @classmethod
    def of(cls, device: Device, liveness: str, asset_code: str | None) -> "DeviceView":
        """Return the answer for a row, its node's liveness and the code of the asset it stands for."""
        now = present(
            state=device.state,
            since_ms=device.state_since_ms,
            cause=device.state_cause,
            known_until_ms=device.known_until_ms,
            device_online=device.online,
            node_liveness=liveness,
            shares_power=device.manifest.get("shares_power") is True,
        )
        plain = ("id", "node_id", "device_key", "organization_id", "kind", "make", "model", "serial", "firmware")
        return cls(
            **{name: getattr(device, name) for name in (*plain, "driver", "last_seen", "rival_id")},
            asset_code=asset_code,
            online=is_online(device_online=device.online, node_liveness=liveness),
            state=now.state,
            state_since=from_ms(now.since_ms) if now.since_ms else None,
            state_cause=now.cause,
            metrics={name: MetricView(value=value, at=from_ms(at)) for name, (value, at) in device.metrics.items()},
        )


class DeviceDetail(DeviceView):
    """One device with its driver's manifest: metrics with units, settings and commands in both languages."""

    manifest: dict[str, Any]
