"""REST of calendar feeds: their addresses for whoever sees the thing, their text for whoever has the address."""

import hashlib
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session, col, select

from fleet_server.bookings import feeds
from fleet_server.bookings.schemas import CalendarLink
from fleet_server.core.errors import NotFound
from fleet_server.core.fields import Code
from fleet_server.core.requests import Now, ReadSession, settings_of
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory.models import Room
from fleet_server.inventory.rights import may
from fleet_server.inventory.service import seen
from fleet_server.people.access import CurrentViewer

router = APIRouter(prefix="/api/v1", tags=["calendars"])


@router.get("/calendars")
def read_calendar_link(
    request: Request,
    session: ReadSession,
    viewer: CurrentViewer,
    of: Annotated[Literal["asset", "room", "organization"], Query()],
    id: Annotated[Code, Query()],
) -> CalendarLink:
    """Return where the calendar of an asset (by code), a room or an organization can be subscribed to."""
    kind, key = _thing(session, viewer, of, id)
    settings = settings_of(request)
    token = feeds.token_of(settings.secret_key, kind, key)
    base = settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return CalendarLink(title=id, url=f"{base}/api/v1/calendars/{token}.ics")


@router.get("/calendars/{token}.ics", response_class=Response, responses={200: {"content": {"text/calendar": {}}}})
def read_calendar_feed(
    request: Request, session: ReadSession, now: Now, token: Annotated[str, Path(max_length=120)]
) -> Response:
    """Return the bookings of a thing as iCalendar, without names of persons."""
    text = feeds.as_ical(feeds.read(session, settings_of(request).secret_key, token, now)).encode()
    tag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)


def _thing(session: Session, viewer: Viewer, of: str, key: str) -> tuple[str, str]:
    if of == "asset":
        return "a", seen(session, viewer, key).id
    if of == "organization":
        if not may(session, viewer, key):
            raise NotFound("organization_not_found", id=key)
        return "o", key
    found = select(Room.id).where(Room.id == key, visible(col(Room.organization_id), viewer))
    if session.exec(found).first() is None:
        raise NotFound("room_not_found", room_id=key)
    return "r", key
