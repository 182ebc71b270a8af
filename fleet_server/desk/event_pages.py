"""Live updates: the stream of events, and the same as an answer for browsers that cannot keep a stream open."""

import threading
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from sqlmodel import Session

from fleet_server.core.requests import Now, ReadSession, database_of
from fleet_server.core.scope import Viewer, visible
from fleet_server.desk.events import MOST_LISTENERS, Hub, TooManyStreams, stream
from fleet_server.desk.watching import live_devices
from fleet_server.nodes.models import Device
from fleet_server.organizations.models import Organization
from fleet_server.people.access import CurrentViewer

router = APIRouter(include_in_schema=False)
_O: Any = Organization
_D: Any = Device
_guard = threading.Lock()
LastId = Annotated[str, Header(alias="last-event-id", max_length=40)]
Ids = Annotated[list[str], Query(alias="device", max_length=100)]


@router.get("/events")
@router.get("/api/v1/events")
def events(request: Request, viewer: CurrentViewer, session: ReadSession, last_id: LastId = "") -> Response:
    """Stream what changes in the viewer's part of the tree, from the event a returning browser names."""
    hub = hub_of(request)
    if hub.listening >= MOST_LISTENERS:
        raise TooManyStreams(retry_after_s=30)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        stream(hub, places_of(session, viewer), last_id), headers=headers, media_type="text/event-stream"
    )


@router.get("/events/now")
def events_now(viewer: CurrentViewer, session: ReadSession, now: Now, device: Ids) -> JSONResponse:
    """Answer how up to 100 devices stand now; those outside the viewer's part of the tree are left out."""
    places = places_of(session, viewer)
    found = live_devices(session, now, _D.id.in_(device))
    return JSONResponse(
        {"devices": [one.body() for one in found.values() if not places.isdisjoint(one.places)]},
        headers={"Cache-Control": "no-store"},
    )


def hub_of(request: Request) -> Hub:
    """Return the application's hub, made at the first need."""
    state = request.app.state
    with _guard:
        if not hasattr(state, "event_hub"):
            state.event_hub = Hub(database_of(request), state.clock)
    hub: Hub = state.event_hub
    return hub


def places_of(session: Session, viewer: Viewer) -> frozenset[str]:
    """Return the organizations of the viewer's part of the tree."""
    return frozenset(session.execute(sa.select(_O.id).where(visible(_O.id, viewer))).scalars())
