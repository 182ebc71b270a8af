"""The forms that hand out what was booked and take it back."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from fleet_server.bookings.booking_pages import act
from fleet_server.bookings.models import Booking
from fleet_server.core.access import PageViewer
from fleet_server.core.requests import Now, WriteSession
from fleet_server.core.scope import Viewer
from fleet_server.custody import service
from fleet_server.custody.service import CONDITIONS

router = APIRouter(include_in_schema=False)

Condition = Annotated[str, Form(max_length=20)]
Note = Annotated[str, Form(max_length=2000)]


@router.post("/bookings/{booking_id}/check-out")
def check_out(
    request: Request,
    viewer: PageViewer,
    session: WriteSession,
    now: Now,
    booking_id: str,
    condition: Condition = "good",
    reason: Note = "",
) -> Response:
    """Hand what was booked to its user."""
    return act(request, viewer, session, now, booking_id, partial(_out, condition=_known(condition)), reason, "")


@router.post("/bookings/{booking_id}/check-in")
def check_in(
    request: Request,
    viewer: PageViewer,
    session: WriteSession,
    now: Now,
    booking_id: str,
    condition: Condition = "good",
    reason: Note = "",
) -> Response:
    """Take back what was booked."""
    return act(request, viewer, session, now, booking_id, partial(_in, condition=_known(condition)), reason, "")


def _out(session: Session, viewer: Viewer, booking: Booking, now: datetime, note: str, *, condition: str) -> Booking:
    return service.check_out(session, viewer, booking, now, condition=condition, note=note)


def _in(session: Session, viewer: Viewer, booking: Booking, now: datetime, note: str, *, condition: str) -> Booking:
    return service.check_in(session, viewer, booking, now, condition=condition, note=note)


def _known(condition: str) -> str:
    return condition if condition in CONDITIONS else CONDITIONS[0]
