"""The fleet as one list: assets with their devices, and devices without an asset, in one query."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session

from fleet_server.core.errors import NotFound
from fleet_server.core.scope import Viewer, visible
from fleet_server.desk.rules import FleetRow
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.nodes.models import Binding, Device, Node
from fleet_server.organizations.models import Organization
from fleet_server.schedule.models import Claim

_A: Any = Asset
_T: Any = AssetType
_R: Any = Room
_D: Any = Device
_N: Any = Node
_B: Any = Binding
_C: Any = Claim
_HOLDER: Any = aliased(Organization)
_OWNER: Any = aliased(Organization)
_NOTHING = sa.literal("")
_NO = sa.literal(False, sa.Boolean)
_DEVICE_COLUMNS: tuple[tuple[str, Any, object], ...] = (
    ("device_id", _D.id, ""),
    ("device_key", _D.device_key, ""),
    ("node_id", _N.id, ""),
    ("liveness", _N.liveness, ""),
    ("node_seen", _N.last_seen, None),
    ("online", _D.online, False),
    ("measured", _D.state, ""),
    ("since_ms", _D.state_since_ms, 0),
    ("cause", _D.state_cause, ""),
    ("known_until_ms", _D.known_until_ms, 0),
    ("seen", _D.last_seen, None),
)
"""What a row says of its device, each with what stands there for an asset that no device stands for."""


def fleet_rows(session: Session, viewer: Viewer, now: datetime) -> list[FleetRow]:
    """Return everything in service that the viewer's part of the tree owns or holds, in no order."""
    assets = _assets(viewer, now).where(_A.status != "retired")
    return [FleetRow(*row) for row in session.execute(sa.union_all(assets, _loose_devices(viewer)))]


def asset_row(session: Session, viewer: Viewer, asset_code: str, now: datetime) -> FleetRow:
    """Return the row of one asset, also of a retired one.

    Raises: NotFound for a code that does not exist or lies outside the viewer's part of the tree.
    """
    return _one(session, _assets(viewer, now).where(_A.asset_code == asset_code), asset_code)


def device_row(session: Session, viewer: Viewer, device_id: str, now: datetime) -> FleetRow:
    """Return the row of one device, with the asset it stands for where there is one.

    Raises: NotFound for a device that does not exist or lies outside the viewer's part of the tree.
    """
    bound = _assets(viewer, now).where(_D.id == device_id)
    loose = _loose_devices(viewer).where(_D.id == device_id)
    return _one(session, sa.union_all(bound, loose), device_id)


def _one(session: Session, statement: sa.Executable, wanted: str) -> FleetRow:
    found = session.execute(statement).first()
    if found is None:
        raise NotFound(id=wanted)
    return FleetRow(*found)


def _assets(viewer: Viewer, now: datetime) -> sa.Select[Any]:
    columns = (
        ("key", _A.id + sa.func.coalesce("." + _D.id, "")),
        ("asset_id", _A.id),
        ("asset_code", _A.asset_code),
        ("serial", sa.func.coalesce(_A.serial, "")),
        ("kind", _T.kind),
        ("make", _T.make),
        ("model", _T.model),
        ("name_zh", _T.name_zh),
        ("name_en", _T.name_en),
        ("status", _A.status),
        ("bookable", _A.bookable),
        *_holder_columns(),
        ("owner_id", _OWNER.id),
        ("owner_zh", _OWNER.name_zh),
        ("owner_en", _OWNER.name_en),
        ("room_zh", sa.func.coalesce(_R.name_zh, "")),
        ("room_en", sa.func.coalesce(_R.name_en, "")),
        *((name, column if empty is None else _or(column, empty)) for name, column, empty in _DEVICE_COLUMNS),
        ("claim_kind", sa.func.coalesce(claim_now(now), "")),
    )
    return (
        sa.select(*(column.label(name) for name, column in columns))
        .select_from(_A)
        .join(_T, _T.id == _A.asset_type_id)
        .join(_HOLDER, _HOLDER.id == _A.holder_id)
        .join(_OWNER, _OWNER.id == _A.owner_id)
        .outerjoin(_R, _R.id == _A.room_id)
        .outerjoin(_B, sa.and_(_B.asset_id == _A.id, _B.until_ms.is_(None)))
        .outerjoin(_D, _D.id == _B.device_id)
        .outerjoin(_N, _N.id == _D.node_id)
        .where(sa.or_(visible(_A.holder_id, viewer), visible(_A.owner_id, viewer)))
    )


def _loose_devices(viewer: Viewer) -> sa.Select[Any]:
    columns = (
        ("key", _D.id),
        ("asset_id", _NOTHING),
        ("asset_code", _NOTHING),
        ("serial", _D.serial),
        ("kind", _D.kind),
        ("make", _D.make),
        ("model", _D.model),
        ("name_zh", _D.model),
        ("name_en", _D.model),
        ("status", _NOTHING),
        ("bookable", _NO),
        *_holder_columns(),
        ("owner_id", _NOTHING),
        ("owner_zh", _NOTHING),
        ("owner_en", _NOTHING),
        ("room_zh", _NOTHING),
        ("room_en", _NOTHING),
        *((name, column) for name, column, _ in _DEVICE_COLUMNS),
        ("claim_kind", _NOTHING),
    )
    bound = sa.exists().where(_B.device_id == _D.id, _B.until_ms.is_(None))
    return (
        sa.select(*(column.label(name) for name, column in columns))
        .select_from(_D)
        .join(_N, _N.id == _D.node_id)
        .join(_HOLDER, _HOLDER.id == _D.organization_id)
        .where(~bound, visible(_D.organization_id, viewer))
    )


def _holder_columns() -> tuple[tuple[str, Any], ...]:
    return (
        ("organization_id", _HOLDER.id),
        ("organization_zh", _HOLDER.name_zh),
        ("organization_en", _HOLDER.name_en),
        ("zone", _HOLDER.timezone),
    )


def _or(column: Any, empty: object) -> Any:
    return sa.func.coalesce(column, sa.literal(empty), type_=column.type)


def claim_now(now: datetime) -> Any:
    """Return a scalar query of the kind of maintenance or transport that claims the asset of the row now."""
    return (
        sa.select(sa.func.max(_C.kind))
        .where(
            _C.resource_kind == "asset",
            _C.resource_id == _A.id,
            _C.status == "active",
            _C.kind.in_(("maintenance", "transfer")),
            _C.busy_from <= now,
            _C.busy_until > now,
        )
        .scalar_subquery()
    )
