"""REST of the desk: assets in one view."""

import hashlib
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query, Response
from sqlmodel import Session

from fleet_server.core.access import CurrentViewer
from fleet_server.core.fields import Code, Remark
from fleet_server.core.paging import Page, PageQuery, encode_cursor
from fleet_server.core.requests import Now, ReadSession
from fleet_server.core.scope import Viewer
from fleet_server.desk import agenda, rules
from fleet_server.desk.filters import cursor_key
from fleet_server.desk.fleet import asset_row, fleet_rows
from fleet_server.desk.rules import FleetRow
from fleet_server.desk.schemas import AssetNowView, NextBookingView, PlaceView
from fleet_server.inventory.models import Asset
from fleet_server.organizations.models import Reach
from fleet_server.utilization.figures import GroupBy, Scope, sums_by
from fleet_server.utilization.rules import rates
from fleet_server.utilization.service import last_days

router = APIRouter(prefix="/api/v1", tags=["assets"])
COVERAGE_DAYS = 7
_R: Any = Reach
_A: Any = Asset


@router.get("/assets")
def list_assets(
    response: Response,
    session: ReadSession,
    viewer: CurrentViewer,
    now: Now,
    paging: PageQuery,
    organization: Code | None = None,
    capability: Annotated[str | None, Query(max_length=60)] = None,
    status: Annotated[str | None, Query(max_length=20)] = None,
    state: Annotated[str | None, Query(max_length=20)] = None,
    q: Remark = "",
) -> Page[AssetNowView]:
    """List assets in one view: kind, state of use now, next booking, holder, owner, coverage.

    `organization` takes in all below it; `capability` is a kind of equipment.
    """
    below = _below(session, organization) if organization else None
    found = [
        row
        for row in fleet_rows(session, viewer, now)
        if row.asset_id
        and (below is None or row.organization_id in below)
        and capability in (None, row.kind)
        and status in (None, row.status)
        and state in (None, row.state)
        and rules.found(row, q)
    ]
    after = cursor_key(paging.cursor or "", "school")
    page, last = rules.page_after(found, "school", after, paging.size)
    answer = Page[AssetNowView](
        items=_views(session, viewer, page, now),
        next_cursor=encode_cursor(last) if last else None,
        total=len(found),
    )
    response.headers["ETag"] = f'W/"{hashlib.sha256(answer.model_dump_json().encode()).hexdigest()[:24]}"'
    return answer


@router.get("/assets/{asset_code}")
def read_asset(
    response: Response,
    session: ReadSession,
    viewer: CurrentViewer,
    now: Now,
    asset_code: Annotated[str, Path(max_length=64)],
) -> AssetNowView:
    """Read one asset in one view; its ETag is what changes of it name in If-Match."""
    row = asset_row(session, viewer, asset_code, now)
    version = session.execute(sa.select(_A.version).where(_A.id == row.asset_id)).scalar_one()
    response.headers["ETag"] = f'"{version}"'
    return _views(session, viewer, [row], now)[0]


def _below(session: Session, organization_id: str) -> set[str]:
    below = sa.select(_R.descendant_id).where(_R.ancestor_id == organization_id, _R.until.is_(None))
    return set(session.execute(below).scalars())


def _views(session: Session, viewer: Viewer, rows: list[FleetRow], now: datetime) -> list[AssetNowView]:
    booked = agenda.next_by_asset(session, [row.asset_id for row in rows], now)
    first, until = last_days(COVERAGE_DAYS, now)
    counted = sums_by(session, viewer, Scope(None, first, until), GroupBy.ASSET)
    covered = {code: rates(sums).coverage for code, sums in counted.items()}
    return [_view(row, booked.get(row.asset_id), covered.get(row.asset_code)) for row in rows]


def _view(row: FleetRow, promise: agenda.Promise | None, coverage: float | None) -> AssetNowView:
    return AssetNowView(
        asset_code=row.asset_code,
        id=row.asset_id,
        kind=row.kind,
        make=row.make,
        model=row.model,
        name_zh=row.name_zh,
        name_en=row.name_en,
        serial=row.serial or None,
        status=row.status,
        bookable=row.bookable,
        owner=PlaceView(id=row.owner_id, name_zh=row.owner_zh, name_en=row.owner_en),
        holder=PlaceView(id=row.organization_id, name_zh=row.organization_zh, name_en=row.organization_en),
        room_zh=row.room_zh or None,
        room_en=row.room_en or None,
        state=row.state,
        state_since=row.since,
        device_id=row.device_id or None,
        node_id=row.node_id or None,
        online=row.online and row.liveness != "offline",
        last_seen=row.seen,
        next_booking=_next(promise),
        coverage=coverage,
    )


def _next(promise: agenda.Promise | None) -> NextBookingView | None:
    if promise is None:
        return None
    return NextBookingView(
        id=promise.id,
        state=promise.state,
        organization_id=promise.organization_id,
        start=promise.starts_at,
        end=promise.ends_at,
    )
