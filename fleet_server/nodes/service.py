"""Edge nodes and devices: births, deaths, what is heard of them, and whether they are heard at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.core.clock import from_ms, new_id
from fleet_server.nodes.binding import bind_by_serial
from fleet_server.nodes.models import Device, Node
from fleet_server.organizations.models import Organization
from telemetry.metrics import Value
from telemetry.states import DeviceState, Liveness

REFUSED_STATUSES = frozenset({"quarantined", "revoked", "retired"})
UNKNOWN = DeviceState.UNKNOWN.value
_NODES, _DEVICES = cast(sa.Table, sa.inspect(Node).local_table), cast(sa.Table, sa.inspect(Device).local_table)


@dataclass(frozen=True, slots=True)
class NodeBirth:
    """What a node birth says; `at_ms` is the server's time of receipt."""

    node_id: str
    group: str
    at_ms: int
    bd_seq: int | None = None
    agent_version: str = ""
    properties: Mapping[str, Value] = field(default_factory=dict)
    clock_offset_ms: int | None = None
    journal_epoch: str | None = None
    journal_next: int | None = None
    journal_pending: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceBirth:
    """What a device birth says; `metrics` maps names to [value, time in ms]."""

    node_id: str
    device_key: str
    at_ms: int
    kind: str = ""
    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    driver: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveState:
    """A device's state now, as its birth or a live message says; `since_ms` is corrected UTC."""

    device_id: str
    state: str
    since_ms: int
    cause: str = ""


@dataclass(slots=True)
class Seen:
    """What was last heard of a node in a batch; clock and journal figures are None where it said nothing of them."""

    node_id: str
    at_ms: int
    clock_offset_ms: int | None = None
    journal_next: int | None = None
    journal_pending: int | None = None


def known_node(session: Session, node_id: str) -> Node | None:
    """Return the node of this id."""
    return session.get(Node, node_id)


def registrations(session: Session) -> dict[str, tuple[str, str]]:
    """Return (site, status) of every node: what each message's address is checked against."""
    rows = session.exec(select(Node.id, Node.site_id, Node.status))
    return {node_id: (site_id, status) for node_id, site_id, status in rows}


def online_nodes(session: Session) -> frozenset[str]:
    """Return the nodes whose session is open."""
    return frozenset(session.exec(select(Node.id).where(col(Node.online))))


def device_keys(session: Session, node_ids: Iterable[str]) -> dict[tuple[str, str], str]:
    """Return device ids by (node id, device key)."""
    rows = session.exec(select(Device.node_id, Device.device_key, Device.id).where(col(Device.node_id).in_(node_ids)))
    return {(node_id, key): device_id for node_id, key, device_id in rows}


def apply_node_birth(session: Session, birth: NodeBirth) -> Node:
    """Open the node's session; a node nobody registered is taken in as foreign, at the place its group names."""
    node = session.get(Node, birth.node_id)
    if node is None:
        place = session.exec(select(Organization.id).where(Organization.site_id == birth.group)).first()
        node = Node(id=birth.node_id, site_id=birth.group, organization_id=place, status="foreign", foreign_node=True)
    node.online, node.liveness = True, Liveness.ONLINE.value
    node.born_at = node.last_seen = from_ms(birth.at_ms)
    node.bd_seq = birth.bd_seq
    node.agent_version = birth.agent_version
    node.properties = dict(birth.properties)
    node.clock_offset_ms = birth.clock_offset_ms
    node.journal_epoch, node.journal_next = birth.journal_epoch, birth.journal_next
    node.journal_pending = birth.journal_pending
    session.add(node)
    session.flush()
    session.execute(sa.update(_DEVICES).where(_DEVICES.c.node_id == node.id).values(online=False))
    return node


def apply_device_birth(session: Session, birth: DeviceBirth, now: datetime) -> str:
    """Register the device or bring it up to date, bind it to the asset of its serial, and return its id."""
    device = session.exec(
        select(Device).where(Device.node_id == birth.node_id, Device.device_key == birth.device_key)
    ).first()
    node = session.get_one(Node, birth.node_id)
    fresh = device is None or device.serial != birth.serial
    if device is None:
        device = Device(id=new_id("dev"), node_id=birth.node_id, device_key=birth.device_key)
    device.organization_id = node.organization_id
    for name in ("driver", "kind", "make", "model", "serial", "firmware"):
        setattr(device, name, getattr(birth, name))
    device.manifest, device.metrics = dict(birth.manifest), dict(birth.metrics)
    device.online, device.last_seen = True, from_ms(birth.at_ms)
    device.known_until_ms = max(device.known_until_ms, birth.at_ms)
    session.add(device)
    session.flush()
    bind_by_serial(session, device, now, fresh=fresh)
    return device.id


def apply_node_death(session: Session, node_id: str, bd_seq: int | None) -> list[str] | None:
    """Close the node's session and return the ids of its devices; None if the death belongs to another session.

    A foreign node may count one further than its birth said (pysparkplug does at an orderly stop).
    """
    node = session.get(Node, node_id)
    if node is None or not _same_session(node, bd_seq):
        return None
    node.online, node.liveness = False, Liveness.OFFLINE.value
    session.add(node)
    session.flush()
    session.execute(sa.update(_DEVICES).where(_DEVICES.c.node_id == node_id).values(online=False, rival_id=None))
    return list(session.exec(select(Device.id).where(Device.node_id == node_id)))


def _same_session(node: Node, bd_seq: int | None) -> bool:
    if bd_seq is None or node.bd_seq is None:
        return node.foreign_node or bd_seq == node.bd_seq
    return bd_seq == node.bd_seq or (node.foreign_node and bd_seq == (node.bd_seq + 1) % 256)


def apply_device_death(session: Session, device_id: str) -> None:
    """Mark a device as gone while its node lives on."""
    session.execute(sa.update(_DEVICES).where(_DEVICES.c.id == device_id).values(online=False, rival_id=None))


def set_states(session: Session, states: Iterable[LiveState]) -> None:
    """Move the devices' present states; what is older than the present state is passed over."""
    rows = [
        {"key": item.device_id, "new_state": item.state, "since": item.since_ms, "new_cause": item.cause}
        for item in states
    ]
    if rows:
        change = (
            sa.update(_DEVICES)
            .where(_DEVICES.c.id == sa.bindparam("key"), _DEVICES.c.state_since_ms <= sa.bindparam("since"))
            .values(
                state=sa.bindparam("new_state"),
                state_since_ms=sa.bindparam("since"),
                state_cause=sa.bindparam("new_cause"),
            )
        )
        session.connection().execute(change, rows)


def lose_states(session: Session, device_ids: Iterable[str], cause: str) -> None:
    """Set devices without a journal to unknown from when they were last heard: nothing will say what they did."""
    change = sa.update(_DEVICES).where(_DEVICES.c.id.in_(sorted(device_ids)), _DEVICES.c.state != UNKNOWN)
    since = sa.case(
        (_DEVICES.c.known_until_ms > _DEVICES.c.state_since_ms, _DEVICES.c.known_until_ms),
        else_=_DEVICES.c.state_since_ms,
    )
    session.execute(change.values(state=UNKNOWN, state_since_ms=since, state_cause=cause))


def set_metrics(session: Session, metrics: Mapping[str, Mapping[str, Any]]) -> None:
    """Store the latest metrics of devices, by id."""
    rows = [{"key": key, "latest": dict(latest)} for key, latest in metrics.items()]
    if rows:
        change = sa.update(_DEVICES).where(_DEVICES.c.id == sa.bindparam("key"))
        session.connection().execute(change.values(metrics=sa.bindparam("latest")), rows)


def see(session: Session, seen: Sequence[Seen]) -> None:
    """Store when nodes were last heard; it is also until when their born devices' open states are known."""
    if not seen:
        return
    connection = session.connection()
    rows = [
        {
            "key": item.node_id,
            "at": from_ms(item.at_ms),
            "offset": item.clock_offset_ms,
            "next": item.journal_next,
            "pending": item.journal_pending,
        }
        for item in seen
    ]
    connection.execute(_SEE_NODE, rows)
    heard = [{"key": item.node_id, "at_ms": item.at_ms, "at": from_ms(item.at_ms)} for item in seen]
    connection.execute(_SEE_DEVICES, heard)


_SEE_NODE = (
    sa.update(_NODES)
    .where(_NODES.c.id == sa.bindparam("key"))
    .values(
        last_seen=sa.bindparam("at"),
        online=True,
        liveness=Liveness.ONLINE.value,
        clock_offset_ms=sa.func.coalesce(sa.bindparam("offset", type_=sa.BigInteger), _NODES.c.clock_offset_ms),
        journal_next=sa.func.coalesce(sa.bindparam("next", type_=sa.BigInteger), _NODES.c.journal_next),
        journal_pending=sa.func.coalesce(sa.bindparam("pending", type_=sa.BigInteger), _NODES.c.journal_pending),
    )
)
_SEE_DEVICES = (
    sa.update(_DEVICES)
    .where(
        _DEVICES.c.node_id == sa.bindparam("key"),
        _DEVICES.c.online,
        _DEVICES.c.known_until_ms < sa.bindparam("at_ms"),
    )
    .values(known_until_ms=sa.bindparam("at_ms"), last_seen=sa.bindparam("at"))
)


def set_journal_acks(session: Session, acks: Mapping[str, int]) -> None:
    """Store up to which offset each node's journal is here."""
    rows = [{"key": node_id, "ack": offset} for node_id, offset in acks.items()]
    if rows:
        change = sa.update(_NODES).where(_NODES.c.id == sa.bindparam("key")).values(journal_ack=sa.bindparam("ack"))
        session.connection().execute(change, rows)


def mark_liveness(session: Session, now: datetime, stale_after_s: int, offline_after_s: int) -> int:
    """Derive from silence who is stale and who is offline; return how many nodes changed."""
    silent, gone = now - timedelta(seconds=stale_after_s), now - timedelta(seconds=offline_after_s)
    stale, offline = Liveness.STALE.value, Liveness.OFFLINE.value
    went = (
        sa.update(_NODES)
        .where(_NODES.c.liveness != offline, sa.or_(_NODES.c.last_seen <= gone, ~_NODES.c.online))
        .values(liveness=offline, online=False)
    )
    faded = (
        sa.update(_NODES)
        .where(_NODES.c.liveness == Liveness.ONLINE.value, _NODES.c.last_seen <= silent)
        .values(liveness=stale)
    )
    connection = session.connection()
    return connection.execute(went).rowcount + connection.execute(faded).rowcount


def mark_all_stale(session: Session) -> None:
    """Mark every node stale: the broker is gone, so nothing heard before is known to hold."""
    change = sa.update(_NODES).where(_NODES.c.liveness == Liveness.ONLINE.value)
    session.execute(change.values(liveness=Liveness.STALE.value))
