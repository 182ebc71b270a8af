"""The page of one asset with its device, and of a device that stands for no asset yet."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from fleet_server.core.errors import NotFound
from fleet_server.core.fields import EARLIEST, LATEST
from fleet_server.core.requests import Now, ReadSession
from fleet_server.desk import agenda, assets
from fleet_server.desk.days import STATES
from fleet_server.desk.filters import state_word
from fleet_server.desk.fleet import asset_row, device_row
from fleet_server.desk.rules import FleetRow
from fleet_server.nodes.models import Device
from fleet_server.people.access import PageViewer
from fleet_server.web.i18n import CHINESE, Translator, locale_of, translator
from fleet_server.web.page import render

router = APIRouter(include_in_schema=False)
Key = Annotated[str, Path(max_length=64)]
Chosen = Annotated[date | None, Query(alias="day")]


@router.get("/assets/{asset_code}")
def asset_page(
    request: Request, viewer: PageViewer, session: ReadSession, now: Now, asset_code: Key, day: Chosen = None
) -> Response:
    """Show an asset: what it does, one day against its bookings, where it has been."""
    row = asset_row(session, viewer, asset_code, now)
    texts = translator(locale_of(request, viewer))
    context: dict[str, Any] = (
        {"row": row, "zone": row.zone} | _asset_parts(session, row, now) | _parts(session, row, day, now, texts)
    )
    return render(request, viewer, "desk/asset.html", **context)


@router.get("/devices/{device_id}")
def device_page(
    request: Request, viewer: PageViewer, session: ReadSession, now: Now, device_id: Key, day: Chosen = None
) -> Response:
    """Show a device; one that stands for an asset is shown with it."""
    row = device_row(session, viewer, device_id, now)
    if row.asset_code:
        return RedirectResponse(row.path, 303)
    texts = translator(locale_of(request, viewer))
    nothing: dict[str, Any] = {"promises": [], "used": {}, "stays": [], "running": None, "coming": [], "abilities": {}}
    context: dict[str, Any] = {"row": row, "zone": row.zone} | nothing | _parts(session, row, day, now, texts)
    return render(request, viewer, "desk/asset.html", **context)


def _asset_parts(session: Session, row: FleetRow, now: datetime) -> dict[str, Any]:
    promises = agenda.begun(session, row.asset_id, now)
    running = (one for one in promises if one.ends_at > now and one.state in agenda.OPEN)
    return {
        "promises": promises,
        "used": assets.used_by_booking(session, row.asset_id, promises, now),
        "stays": assets.stays(session, row.asset_id),
        "running": next(running, None),
        "coming": agenda.coming(session, row.asset_id, now),
        "abilities": assets.capabilities_of(session, row),
    }


def _parts(session: Session, row: FleetRow, chosen: date | None, now: datetime, _: Translator) -> dict[str, Any]:
    if chosen is not None and not EARLIEST.date() < chosen < LATEST.date():
        raise NotFound(id=row.key)
    node = assets.node_of(session, row)
    device = session.get(Device, row.device_id) if row.device_id else None
    if device is None:
        return {"strip": None, "charts": [], "node": node, "device": None, "progress": None}
    strip = assets.strip(session, row, chosen, now, _letters(_))
    today = now.astimezone(strip.day.start.tzinfo).date()
    return {
        "strip": strip,
        "today": strip.day.date == today,
        "before": strip.day.date - timedelta(days=1),
        "after": strip.day.date + timedelta(days=1) if strip.day.date < today else None,
        "charts": assets.device_charts(session, device, strip.day, now),
        "node": node,
        "device": device,
        "progress": _progress(row, device),
    }


def _letters(_: Translator) -> dict[str, int]:
    """Return how wide each state's word is, in half-width letters."""
    wide = 2 if _.locale == CHINESE else 1
    return {state: wide * len(state_word(state, _)) for state in STATES}


def _progress(row: FleetRow, device: Device) -> float | None:
    """Return how far a running job is, 0 to 1."""
    kept = device.metrics.get(assets.PROGRESS)
    value = kept[0] if isinstance(kept, list) and kept else None
    if row.state != "in_use" or not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return min(1.0, max(0.0, value / 100))
