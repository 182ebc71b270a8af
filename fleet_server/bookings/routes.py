"""REST of bookings, joint lessons and availability."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from sqlmodel import Session

from fleet_server.bookings import availability, joint_lessons, ratings, service, views
from fleet_server.bookings.models import Booking
from fleet_server.bookings.rights import default_organization, find
from fleet_server.bookings.schemas import (
    BookingBody,
    BookingChange,
    BookingDetail,
    BookingView,
    JointLessonBody,
    JointLessonView,
    OfferView,
    RatingBody,
    ReasonBody,
    StateName,
)
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.fields import Code, Moment, Seconds
from fleet_server.core.paging import Page, PageQuery, page_of_list
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.core.scope import Viewer
from fleet_server.inventory.etags import etag, version_of
from fleet_server.people.access import CurrentViewer

router = APIRouter(prefix="/api/v1", tags=["bookings"])
Id = Annotated[Code, Path()]
Filter = Annotated[Code | None, Query()]
NONE = ReasonBody()
IfMatch = Annotated[str | None, Header(max_length=40)]


@router.get("/availability")
def list_available(
    session: ReadSession,
    viewer: CurrentViewer,
    now: Now,
    paging: PageQuery,
    start: Annotated[Moment, Query()],
    end: Annotated[Moment, Query()],
    duration: Annotated[Seconds | None, Query()] = None,
    capability: Filter = None,
    organization: Filter = None,
) -> Page[OfferView]:
    """List assets and rooms with when they are free for `duration` seconds (default: the whole window), or why not."""
    wish = availability.Wish(
        organization_id=organization or default_organization(viewer),
        start=start,
        end=end,
        length=timedelta(seconds=duration) if duration else end - max(start, now),
        capability=capability,
    )
    items, cursor, total = page_of_list(availability.find(session, viewer, wish, now), paging)
    return Page(items=[OfferView.of(offer) for offer in items], next_cursor=cursor, total=total)


@router.post("/bookings", status_code=201)
def make_booking(
    session: WriteSession, viewer: CurrentViewer, now: Now, response: Response, body: BookingBody
) -> BookingDetail:
    """Book an asset, a room or the nearest free asset of a kind; 409 `slot_taken` comes with alternatives."""
    request = BookingRequest(
        starts_at=body.start,
        ends_at=body.end,
        organization_id=body.organization_id or default_organization(viewer),
        asset_code=body.asset_code,
        room_id=body.room_id,
        capability=body.capability,
        purpose=body.purpose,
        participants=body.participants,
    )
    booking = service.book(session, viewer, request, now)
    response.headers["Location"] = f"/api/v1/bookings/{booking.id}"
    return _answer(session, viewer, response, booking)


@router.get("/bookings")
def list_bookings(
    session: ReadSession,
    viewer: CurrentViewer,
    paging: PageQuery,
    organization: Filter = None,
    asset_code: Annotated[str | None, Query(max_length=48)] = None,
    room_id: Filter = None,
    state: Annotated[StateName | None, Query()] = None,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    mine: Annotated[bool, Query()] = False,
) -> Page[BookingView]:
    """List bookings by start: `organization` keeps those it uses or lends, `from` and `to` those that touch."""
    items, cursor, total = views.page(
        session,
        viewer,
        paging,
        organization=organization,
        asset_code=asset_code,
        room_id=room_id,
        state=state,
        start=start,
        end=end,
        mine=mine,
    )
    return Page(items=items, next_cursor=cursor, total=total)


@router.get("/bookings/{booking_id}")
def read_booking(session: ReadSession, viewer: CurrentViewer, response: Response, booking_id: Id) -> BookingDetail:
    """Return one booking with its steps."""
    return _answer(session, viewer, response, find(session, viewer, booking_id))


@router.patch("/bookings/{booking_id}")
def change_booking(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    booking_id: Id,
    body: BookingChange,
    if_match: IfMatch = None,
) -> BookingDetail:
    """Move a booking, or extend it by its end alone; `If-Match` with the ETag read refuses a stale change."""
    booking = find(session, viewer, booking_id)
    start, end = body.start or booking.starts_at, body.end
    if end is None:
        end = start + (booking.ends_at - booking.starts_at)
    service.move(session, viewer, booking, start, end, version_of(if_match), now)
    return _answer(session, viewer, response, booking)


@router.post("/bookings/{booking_id}/approve")
def approve_booking(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    booking_id: Id,
    body: ReasonBody = NONE,
) -> BookingDetail:
    """Grant a request."""
    booking = service.approve(session, viewer, find(session, viewer, booking_id), now, body.reason)
    return _answer(session, viewer, response, booking)


@router.post("/bookings/{booking_id}/reject")
def reject_booking(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    booking_id: Id,
    body: ReasonBody = NONE,
) -> BookingDetail:
    """Refuse a request."""
    booking = service.reject(session, viewer, find(session, viewer, booking_id), now, body.reason)
    return _answer(session, viewer, response, booking)


@router.post("/bookings/{booking_id}/cancel")
def cancel_booking(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    booking_id: Id,
    body: ReasonBody = NONE,
) -> BookingDetail:
    """Give a booking up."""
    booking = service.cancel(session, viewer, find(session, viewer, booking_id), now, body.reason)
    return _answer(session, viewer, response, booking)


@router.post("/bookings/{booking_id}/rate")
def rate_booking(
    session: WriteSession, viewer: CurrentViewer, now: Now, response: Response, booking_id: Id, body: RatingBody
) -> BookingDetail:
    """Judge what was booked, 1 to 5 stars, once its use has ended."""
    booking = ratings.rate(session, viewer, find(session, viewer, booking_id), body.stars, body.feedback, now)
    return _answer(session, viewer, response, booking)


@router.post("/joint-lessons", status_code=201)
def make_joint_lesson(
    session: WriteSession, viewer: CurrentViewer, now: Now, response: Response, body: JointLessonBody
) -> JointLessonView:
    """Book a room or set in each of two or more schools for one lesson, all or none."""
    request = joint_lessons.JointLessonRequest(
        starts_at=body.start,
        ends_at=body.end,
        title=body.title,
        room_ids=body.rooms,
        asset_codes=body.asset_codes,
        participants=body.participants,
    )
    lesson, bookings = joint_lessons.book(session, viewer, request, now)
    response.headers["Location"] = f"/api/v1/joint-lessons/{lesson.id}"
    return JointLessonView.of(lesson, views.views(session, viewer, bookings))


@router.get("/joint-lessons/{lesson_id}")
def read_joint_lesson(session: ReadSession, viewer: CurrentViewer, lesson_id: Id) -> JointLessonView:
    """Return a joint lesson with its bookings."""
    lesson, bookings = joint_lessons.find(session, viewer, lesson_id)
    return JointLessonView.of(lesson, views.views(session, viewer, bookings))


def _answer(session: Session, viewer: Viewer, response: Response, booking: Booking) -> BookingDetail:
    response.headers["ETag"] = etag(booking.version)
    return views.detail(session, viewer, booking)
