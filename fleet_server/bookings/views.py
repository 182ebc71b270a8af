"""Bookings as the API shows them: one query for a page, names only for whoever may read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from fleet_server.bookings.models import Booking
from fleet_server.bookings.rights import BOOKERS, seen_by
from fleet_server.bookings.schemas import BookingDetail, BookingView, EventView, booking_fields
from fleet_server.bookings.transitions import events
from fleet_server.core.paging import Paging, page_by_keys
from fleet_server.core.scope import SYSTEM, Viewer
from fleet_server.inventory.codes import parse
from fleet_server.inventory.models import Asset
from fleet_server.schedule.models import Claim


def page(
    session: Session,
    viewer: Viewer,
    paging: Paging,
    *,
    organization: str | None = None,
    asset_code: str | None = None,
    room_id: str | None = None,
    state: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    mine: bool = False,
) -> tuple[list[BookingView], str | None, int]:
    """Return a page of the bookings a viewer sees, by start; `start` and `end` keep what touches that range."""
    wanted = select(Booking).where(seen_by(viewer))
    if organization is not None:
        wanted = wanted.where((Booking.organization_id == organization) | (Booking.lender_id == organization))
    if asset_code is not None:
        asset = select(Asset.id).where(Asset.asset_code == parse(asset_code))
        wanted = wanted.where(col(Booking.asset_id).in_(asset))
    if room_id is not None:
        wanted = wanted.where(Booking.room_id == room_id)
    if state is not None:
        wanted = wanted.where(Booking.state == state)
    if start is not None:
        wanted = wanted.where(Booking.ends_at > start)
    if end is not None:
        wanted = wanted.where(Booking.starts_at < end)
    if mine:
        wanted = wanted.where(Booking.requester_id == viewer.person_id)
    rows, cursor, total = page_by_keys(session, wanted, paging, col(Booking.starts_at), col(Booking.id))
    return views(session, viewer, rows), cursor, total


def views(session: Session, viewer: Viewer, bookings: Sequence[Booking]) -> list[BookingView]:
    """Return the answers for bookings the viewer sees, in their order."""
    ids = [booking.id for booking in bookings]
    statement = (
        select(Booking.id, Claim, Asset.asset_code)
        .join(Claim, col(Claim.id) == col(Booking.claim_id))
        .join(Asset, col(Asset.id) == col(Booking.asset_id), isouter=True)
        .where(col(Booking.id).in_(ids))
    )
    found = {key: (claim, code) for key, claim, code in session.exec(statement)}
    return [BookingView(**_fields(viewer, booking, *found[booking.id])) for booking in bookings]


def detail(session: Session, viewer: Viewer, booking: Booking) -> BookingDetail:
    """Return the answer for one booking with its steps."""
    (view,) = views(session, viewer, [booking])
    named = reads_names(viewer, booking)
    steps = [EventView.of(row, named) for row in events(session, booking.id)]
    return BookingDetail(**view.model_dump(), events=steps)


def reads_names(viewer: Viewer, booking: Booking) -> bool:
    """Return whether a viewer may read who booked: staff who book do, auditors see figures only."""
    return viewer == SYSTEM or viewer.has(*BOOKERS) or booking.requester_id == viewer.person_id


def _fields(viewer: Viewer, booking: Booking, claim: Claim, asset_code: str | None) -> dict[str, Any]:
    named = reads_names(viewer, booking)
    return booking_fields(booking) | {
        "asset_code": asset_code,
        "requester_id": booking.requester_id if named else None,
        "purpose": booking.purpose if named else "",
        "start": booking.starts_at,
        "end": booking.ends_at,
        "busy_from": claim.busy_from,
        "busy_until": claim.busy_until,
        "held_until": claim.held_until if claim.status == "held" else None,
    }
