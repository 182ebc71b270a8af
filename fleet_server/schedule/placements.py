"""Where assets will be: planned placements over today's holder."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from fleet_server.core.clock import new_id
from fleet_server.inventory.models import Asset
from fleet_server.schedule.models import Placement


def place_at(session: Session, asset: Asset, at: datetime) -> str:
    """Return the organization an asset will be at: the placement begun last, else its holder."""
    planned = placements_of(session, [asset.id], at, at).get(asset.id, ())
    return at_moment(planned, at) or asset.holder_id


def at_moment(planned: Sequence[Placement], at: datetime) -> str | None:
    """Return the organization of the placement that began last among those in force at a moment."""
    in_force = [one for one in planned if one.since <= at and (one.until is None or at < one.until)]
    return max(in_force, key=lambda one: one.since).organization_id if in_force else None


def placements_of(
    session: Session, asset_ids: Sequence[str], start: datetime, end: datetime
) -> Mapping[str, list[Placement]]:
    """Return the placements of assets in force anywhere in [start, end], by asset."""
    statement = select(Placement).where(
        col(Placement.asset_id).in_(asset_ids),
        Placement.since <= end,
        col(Placement.until).is_(None) | (col(Placement.until) > start),
    )
    found: dict[str, list[Placement]] = {}
    for placement in session.exec(statement):
        found.setdefault(placement.asset_id, []).append(placement)
    return found


def place(
    session: Session, asset_id: str, organization_id: str, since: datetime, until: datetime | None, source_id: str
) -> Placement:
    """Plan an asset at an organization for [since, until); `source_id` is the paper that says so."""
    placement = Placement(
        id=new_id("plc"),
        asset_id=asset_id,
        organization_id=organization_id,
        since=since,
        until=until,
        source_id=source_id,
    )
    session.add(placement)
    session.flush()
    return placement


def close(session: Session, source_id: str, now: datetime) -> None:
    """End what a paper planned: a placement in force ends now, one not begun never begins."""
    for placement in session.exec(select(Placement).where(Placement.source_id == source_id)).all():
        placement.until = max(placement.since, min(placement.until or now, now))
        session.add(placement)
    session.flush()
