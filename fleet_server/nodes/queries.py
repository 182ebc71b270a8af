"""Which nodes and devices a viewer sees."""

from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from fleet_server.core.errors import NotFound
from fleet_server.core.scope import Role, Viewer, visible
from fleet_server.inventory.models import Asset
from fleet_server.nodes.models import Binding, Device, Node


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list is narrowed to; None means anything."""

    organization_id: str | None = None
    liveness: str | None = None
    node_id: str | None = None
    state: str | None = None
    serial: str | None = None
    text: str | None = None


def seen_nodes(viewer: Viewer, wanted: Filter) -> Select[Any]:
    """Return the nodes a viewer sees."""
    found = sa.select(Node).where(_in_sight(col(Node.organization_id), viewer))
    if wanted.organization_id is not None:
        found = found.where(col(Node.organization_id) == wanted.organization_id)
    if wanted.liveness is not None:
        found = found.where(col(Node.liveness) == wanted.liveness)
    if wanted.text:
        found = found.where(_any_like(wanted.text, col(Node.id), col(Node.name), col(Node.site_id)))
    return found


def seen_devices(viewer: Viewer, wanted: Filter) -> Select[Any, Any, Any]:
    """Return (device, liveness of its node, code of the asset it stands for) of the devices a viewer sees."""
    bound = sa.and_(col(Binding.device_id) == col(Device.id), col(Binding.until_ms).is_(None))
    found: Select[Any, Any, Any] = (
        sa.select(Device, col(Node.liveness), col(Asset.asset_code))
        .join(Node, col(Node.id) == col(Device.node_id))
        .join(Binding, bound, isouter=True)
        .join(Asset, col(Asset.id) == col(Binding.asset_id), isouter=True)
        .where(_in_sight(col(Device.organization_id), viewer))
    )
    equal = (
        (Device.organization_id, wanted.organization_id),
        (Device.node_id, wanted.node_id),
        (Device.state, wanted.state),
        (Device.serial, wanted.serial),
    )
    for column, value in equal:
        if value is not None:
            found = found.where(col(column) == value)
    if wanted.text:
        names = (Device.device_key, Device.make, Device.model, Device.serial)
        found = found.where(_any_like(wanted.text, *(col(name) for name in names)))
    return found


def node_in_sight(session: Session, viewer: Viewer, node_id: str) -> Node:
    """Return a node.

    Raises: NotFound outside the viewer's part of the tree.
    """
    node: Node | None = session.execute(seen_nodes(viewer, Filter()).where(col(Node.id) == node_id)).scalar()
    if node is None:
        raise NotFound("node_not_found", id=node_id)
    return node


def device_in_sight(session: Session, viewer: Viewer, device_id: str) -> tuple[Device, str, str | None]:
    """Return a device, its node's liveness and its asset's code.

    Raises: NotFound outside the viewer's part of the tree.
    """
    row = session.execute(seen_devices(viewer, Filter()).where(col(Device.id) == device_id)).first()
    if row is None:
        raise NotFound("device_not_found", id=device_id)
    return row[0], row[1], row[2]


def _in_sight(column: Mapped[str | None], viewer: Viewer) -> ColumnElement[bool]:
    """Return the scope clause; a box at no known place is shown to administrators, who can give it one."""
    inside = visible(cast(ColumnElement[str], column), viewer)
    return sa.or_(inside, column.is_(None)) if viewer.has(Role.ADMINISTRATOR) else inside


def _any_like(text: str, *columns: Mapped[str]) -> ColumnElement[bool]:
    return sa.or_(*(column.icontains(text, autoescape=True) for column in columns))
