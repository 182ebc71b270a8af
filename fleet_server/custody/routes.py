"""REST of custody: check-out and check-in by booking."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, ConfigDict

from fleet_server.bookings import views
from fleet_server.bookings.rights import find
from fleet_server.bookings.schemas import BookingDetail, HandOverBody
from fleet_server.core.fields import Code
from fleet_server.core.paging import Page, PageQuery, page_of_list
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.custody import service
from fleet_server.custody.models import HandOver
from fleet_server.inventory.etags import etag, version_of
from fleet_server.people.access import CurrentViewer

router = APIRouter(prefix="/api/v1", tags=["custody"])
Id = Annotated[Code, Path()]
AS_NEW = HandOverBody()
IfMatch = Annotated[str | None, Header(max_length=40)]


class HandOverView(BaseModel):
    """One hand-over; `actor_id` is null for whoever may not read names."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    at: datetime
    actor_id: str | None
    from_id: str
    to_id: str
    condition: str
    note: str


@router.post("/bookings/{booking_id}/check-out")
def check_out(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    booking_id: Id,
    body: HandOverBody = AS_NEW,
    if_match: IfMatch = None,
) -> BookingDetail:
    """Hand what was booked to its user."""
    booking = find(session, viewer, booking_id)
    version = version_of(if_match)
    service.check_out(session, viewer, booking, now, condition=body.condition, note=body.note, version=version)
    response.headers["ETag"] = etag(booking.version)
    return views.detail(session, viewer, booking)


@router.post("/bookings/{booking_id}/check-in")
def check_in(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    booking_id: Id,
    body: HandOverBody = AS_NEW,
    if_match: IfMatch = None,
) -> BookingDetail:
    """Take back what was booked; the rest of its time is free again."""
    booking = find(session, viewer, booking_id)
    version = version_of(if_match)
    service.check_in(session, viewer, booking, now, condition=body.condition, note=body.note, version=version)
    response.headers["ETag"] = etag(booking.version)
    return views.detail(session, viewer, booking)


@router.get("/bookings/{booking_id}/hand-overs")
def list_hand_overs(
    session: ReadSession, viewer: CurrentViewer, paging: PageQuery, booking_id: Id
) -> Page[HandOverView]:
    """List the hand-overs of a booking, oldest first."""
    booking = find(session, viewer, booking_id)
    named = views.reads_names(viewer, booking)
    rows, cursor, total = page_of_list(service.hand_overs(session, booking.id), paging)
    items = [
        HandOverView(**row.model_dump(exclude={"id", "booking_id", "asset_id", "actor_id"}), actor_id=_name(row, named))
        for row in rows
    ]
    return Page(items=items, next_cursor=cursor, total=total)


def _name(row: HandOver, named: bool) -> str | None:
    return row.actor_id if named else None
