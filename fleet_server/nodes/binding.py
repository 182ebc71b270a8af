"""Which device stands for which asset: by the same serial when the device is born, or by hand."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.changes.service import record
from fleet_server.core.clock import new_id, to_ms
from fleet_server.core.outbox import publish
from fleet_server.core.scope import SYSTEM, Viewer
from fleet_server.inventory.models import Asset
from fleet_server.nodes.models import Binding, Device

BINDING_CHANGED = "binding_changed"
SERIAL_CONFLICT = "serial_conflict"


def bind(
    session: Session, device_id: str, asset_id: str, since_ms: int, now: datetime, actor: Viewer = SYSTEM
) -> Binding:
    """Let a device stand for an asset from `since_ms` on; what stood for either before ends there."""
    open_ones = session.exec(
        select(Binding).where(
            sa.or_(col(Binding.device_id) == device_id, col(Binding.asset_id) == asset_id),
            col(Binding.until_ms).is_(None),
        )
    ).all()
    for other in open_ones:
        if (other.device_id, other.asset_id) == (device_id, asset_id):
            return other
    for other in open_ones:
        other.until_ms = max(other.since_ms, since_ms)
        session.add(other)
    made = Binding(id=new_id("bind"), device_id=device_id, asset_id=asset_id, since_ms=since_ms)
    session.add(made)
    session.flush()
    before = {"bindings": [other.id for other in open_ones]}
    after = {"device_id": device_id, "asset_id": asset_id, "since_ms": since_ms}
    record(session, actor, "device_bound", "asset", asset_id, before=before, after=after, now=now)
    publish(session, BINDING_CHANGED, after, now)
    return made


def bind_by_serial(session: Session, device: Device, now: datetime, *, fresh: bool) -> None:
    """Bind a device just born to the asset of its serial; of two live devices with one serial the newer one wins.

    `fresh` says that the device or its serial was not known before: one that is merely announced again takes nothing
    from a rival. Where neither had a partner before, the device's whole history counts as the asset's.
    """
    if not device.serial:
        return
    rivals = session.exec(
        select(Device).where(Device.serial == device.serial, Device.id != device.id, col(Device.online))
    ).all()
    if rivals and not fresh and device.rival_id in {rival.id for rival in rivals}:
        return
    device.rival_id = None
    session.add(device)
    for rival in rivals:
        if rival.rival_id != device.id:
            _yield_to(session, rival, device, now)
    asset_id = session.exec(select(Asset.id).where(Asset.serial == device.serial)).first()
    if asset_id is not None:
        _bind_own(session, device, asset_id, now)


def _yield_to(session: Session, rival: Device, winner: Device, now: datetime) -> None:
    rival.rival_id = winner.id
    session.add(rival)
    session.flush()
    publish(session, SERIAL_CONFLICT, {"serial": winner.serial, "device_id": winner.id, "rival_id": rival.id}, now)


def _bind_own(session: Session, device: Device, asset_id: str, now: datetime) -> None:
    either = sa.or_(col(Binding.asset_id) == asset_id, col(Binding.device_id) == device.id)
    earlier = session.exec(select(Binding.id).where(either).limit(1)).first()
    bind(session, device.id, asset_id, 0 if earlier is None else to_ms(now), now)
