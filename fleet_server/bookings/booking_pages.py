"""The list of bookings, what waits for approval, and one booking with all one can do to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from fleet_server.bookings import service, targets, transitions
from fleet_server.bookings.drafting import clean
from fleet_server.bookings.models import Booking, BookingSession
from fleet_server.bookings.pages import words_of, zone_of
from fleet_server.bookings.rights import BOOKERS, DECIDERS, find, may_change, may_decide, seen_by
from fleet_server.bookings.rules import State
from fleet_server.bookings.targets import Target
from fleet_server.bookings.views import reads_names
from fleet_server.core.access import PageViewer
from fleet_server.core.errors import FleetError
from fleet_server.core.problems import status_of
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.organizations.models import Organization
from fleet_server.people.models import Person
from fleet_server.schedule.models import Claim
from fleet_server.web.page import render

router = APIRouter(include_in_schema=False)

A_PAGE = 60
RUNNING = (State.APPROVED.value, State.CHECKED_OUT.value, State.REQUESTED.value)
CONDITIONS = ("good", "worn", "damaged", "incomplete")
REASONS = {
    "moved": "moved to another slot",
    "the joint lesson fell through": "the joint lesson fell through",
}
"""What jobs and services write as the reason of a step."""


@dataclass(frozen=True, slots=True)
class Line:
    """One booking as a list shows it."""

    booking: Booking
    name_zh: str
    name_en: str
    asset_code: str | None
    user: Organization
    lender: Organization
    zone: str
    may_decide: bool
    named: bool
    held_until: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """The list's query: which part of it, which state, for how long back."""

    tab: str = "coming"
    page: int = 1


def listed_of(
    tab: Annotated[str, Query(max_length=12)] = "",
    mine: Annotated[str, Query(max_length=4)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Listed:
    """Read the query; `?mine=1` and `?state=requested` are the addresses other pages use."""
    if state == State.REQUESTED:
        return Listed("waiting", page)
    return Listed("mine" if mine else tab if tab in ("coming", "mine", "waiting", "past") else "coming", page)


ListQuery = Annotated[Listed, Depends(listed_of)]
Reason = Annotated[str, Form(max_length=2000)]


@router.get("/bookings")
def bookings_page(request: Request, viewer: PageViewer, session: ReadSession, now: Now, listed: ListQuery) -> Response:
    """Show bookings: what comes, mine, what waits for me, what is over."""
    return _list(request, viewer, session, now, listed)


@router.get("/bookings/{booking_id}")
def booking_page(request: Request, viewer: PageViewer, session: ReadSession, booking_id: str) -> Response:
    """Show one booking: its slot, its steps, what was measured, and what one can do."""
    return detail(request, viewer, session, find(session, viewer, booking_id))


@router.post("/bookings/{booking_id}/approve")
def approve(
    request: Request, viewer: PageViewer, session: WriteSession, now: Now, booking_id: str, reason: Reason = ""
) -> Response:
    """Grant a request."""
    return act(request, viewer, session, now, booking_id, service.approve, reason, "/bookings?state=requested")


@router.post("/bookings/{booking_id}/reject")
def reject(
    request: Request, viewer: PageViewer, session: WriteSession, now: Now, booking_id: str, reason: Reason = ""
) -> Response:
    """Refuse a request."""
    return act(request, viewer, session, now, booking_id, service.reject, reason, "/bookings?state=requested")


@router.post("/bookings/{booking_id}/cancel")
def cancel(
    request: Request, viewer: PageViewer, session: WriteSession, now: Now, booking_id: str, reason: Reason = ""
) -> Response:
    """Give a booking up."""
    return act(request, viewer, session, now, booking_id, service.cancel, reason, "")


def act(
    request: Request,
    viewer: Viewer,
    session: Session,
    now: datetime,
    booking_id: str,
    step: Callable[[Session, Viewer, Booking, datetime, str], Booking],
    reason: str,
    back: str,
) -> Response:
    """Take a step and go back to where it was taken; what keeps it from being taken is said on the booking's page."""
    booking = find(session, viewer, booking_id)
    try:
        with session.begin_nested():
            step(session, viewer, booking, now, clean(reason)[:300])
    except FleetError as error:
        session.refresh(booking)
        return detail(request, viewer, session, booking, error)
    return RedirectResponse(back or f"/bookings/{booking.id}", 303)


def detail(
    request: Request,
    viewer: Viewer,
    session: Session,
    booking: Booking,
    error: FleetError | None = None,
) -> Response:
    """Render one booking, with what kept a step from being taken."""
    target = targets.of_booking(session, booking.asset_id, booking.room_id)
    zone = zone_of(session, booking.organization_id)
    words = words_of(request, viewer, zone)
    events = transitions.events(session, booking.id)
    named = reads_names(viewer, booking)
    return render(
        request,
        viewer,
        "bookings/booking.html",
        status=status_of(error) if error else 200,
        failure=words.say(error) if error else "",
        line=_line(session, viewer, booking, target, zone, named),
        booking=booking,
        target=target,
        events=events,
        people=_people(session, [event.actor_id for event in events] + [booking.requester_id]) if named else {},
        claim=session.get_one(Claim, booking.claim_id),
        sessions=session.exec(
            select(BookingSession).where(BookingSession.booking_id == booking.id).order_by(col(BookingSession.start_ms))
        ).all(),
        may_change=may_change(session, viewer, booking),
        conditions=CONDITIONS,
        reasons=REASONS,
        delta=lambda days: timedelta(days=days),
        zone=zone,
    )


def _line(session: Session, viewer: Viewer, booking: Booking, target: Target, zone: str, named: bool) -> Line:
    zh, en = _name(session, target)
    claim = session.get_one(Claim, booking.claim_id)
    return Line(
        booking,
        zh,
        en,
        target.name if target.resource_kind == "asset" else None,
        session.get_one(Organization, booking.organization_id),
        session.get_one(Organization, booking.lender_id),
        zone,
        booking.state == State.REQUESTED and may_decide(session, viewer, booking),
        named,
        claim.held_until,
    )


def _name(session: Session, target: Target) -> tuple[str, str]:
    if target.asset is not None:
        made = session.get_one(AssetType, target.asset.asset_type_id)
        return made.name_zh, made.name_en
    room = session.get_one(Room, target.id)
    return room.name_zh, room.name_en


def _people(session: Session, ids: list[str]) -> Mapping[str, Person]:
    return {person.id: person for person in session.exec(select(Person).where(col(Person.id).in_(set(ids))))}


def _list(request: Request, viewer: Viewer, session: Session, now: datetime, listed: Listed) -> Response:
    waiting = _count(session, _waiting(viewer, now))
    lines = _lines(session, viewer, _wanted(viewer, listed, now), listed.page)
    return render(
        request,
        viewer,
        "bookings/list.html",
        listed=listed,
        lines=lines[:A_PAGE],
        more=len(lines) > A_PAGE,
        waiting=waiting,
        decides=viewer.has(*DECIDERS),
        books=viewer.has(*BOOKERS),
    )


def _waiting(viewer: Viewer, now: datetime) -> sa.Select[Any]:
    """Return the requests whose lender the viewer coordinates and whose hold has not run out."""
    owned = sa.select(col(Asset.id)).where(visible(col(Asset.owner_id), viewer, *DECIDERS))
    return (
        sa.select(Booking)
        .join(Claim, col(Claim.id) == col(Booking.claim_id))
        .where(col(Booking.state) == State.REQUESTED.value, col(Claim.held_until) > now)
        .where(visible(col(Booking.lender_id), viewer, *DECIDERS) | col(Booking.asset_id).in_(owned))
        .order_by(col(Booking.starts_at), col(Booking.id))
    )


def _wanted(viewer: Viewer, listed: Listed, now: datetime) -> sa.Select[Any]:
    if listed.tab == "waiting":
        return _waiting(viewer, now)
    found = sa.select(Booking).where(seen_by(viewer))
    if listed.tab == "mine":
        return found.where(col(Booking.requester_id) == viewer.person_id).order_by(col(Booking.starts_at).desc())
    if listed.tab == "past":
        return found.where(col(Booking.ends_at) <= now).order_by(col(Booking.starts_at).desc(), col(Booking.id))
    coming = found.where(col(Booking.ends_at) > now, col(Booking.state).in_(RUNNING))
    return coming.order_by(col(Booking.starts_at), col(Booking.id))


def _count(session: Session, wanted: sa.Select[Any]) -> int:
    return int(session.execute(sa.select(sa.func.count()).select_from(wanted.order_by(None).subquery())).scalar_one())


def _lines(session: Session, viewer: Viewer, wanted: sa.Select[Any], page: int) -> list[Line]:
    bookings = session.execute(wanted.limit(A_PAGE + 1).offset((page - 1) * A_PAGE)).scalars().all()
    return [_line_of(session, viewer, booking) for booking in bookings]


def _line_of(session: Session, viewer: Viewer, booking: Booking) -> Line:
    target = targets.of_booking(session, booking.asset_id, booking.room_id)
    zone = zone_of(session, booking.organization_id)
    return _line(session, viewer, booking, target, zone, reads_names(viewer, booking))
