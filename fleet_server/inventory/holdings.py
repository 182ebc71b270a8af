"""Who held an asset and where: the history that decides for whom its use counts."""

from datetime import datetime

from sqlmodel import Session, col, select

from fleet_server.core.clock import new_id
from fleet_server.inventory.models import Asset, Holding


def begin(session: Session, asset: Asset, now: datetime) -> Holding:
    """Open the asset's holding with its present holder and room."""
    holding = Holding(id=new_id("hld"), asset_id=asset.id, holder_id=asset.holder_id, room_id=asset.room_id, since=now)
    session.add(holding)
    return holding


def change(session: Session, asset: Asset, holder_id: str, room_id: str | None, now: datetime) -> bool:
    """Hand the asset to a holder and room from now on; return whether anything changed."""
    if (asset.holder_id, asset.room_id) == (holder_id, room_id):
        return False
    asset.holder_id, asset.room_id = holder_id, room_id
    asset.version += 1
    current = session.exec(select(Holding).where(Holding.asset_id == asset.id, col(Holding.until).is_(None))).first()
    if current is not None:
        current.until = now
        session.add(current)
    session.add(asset)
    begin(session, asset, now)
    session.flush()
    return True


def history(session: Session, asset_id: str) -> list[Holding]:
    """Return the holdings of an asset, oldest first."""
    return list(session.exec(select(Holding).where(Holding.asset_id == asset_id).order_by(col(Holding.since))))


def holder_at(session: Session, asset_id: str, at: datetime) -> str | None:
    """Return who held the asset at a moment."""
    held = select(Holding.holder_id).where(
        Holding.asset_id == asset_id, Holding.since <= at, col(Holding.until).is_(None) | (col(Holding.until) > at)
    )
    return session.exec(held).first()
