"""Who sees a booking and who may do what to it."""

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from fleet_server.bookings.models import Booking
from fleet_server.core.errors import Forbidden, NotFound
from fleet_server.core.scope import SYSTEM, Role, Viewer, visible
from fleet_server.inventory.models import Asset
from fleet_server.inventory.rights import may

BOOKERS = (Role.REQUESTER, Role.COORDINATOR, Role.TECHNICIAN, Role.ADMINISTRATOR)
"""Roles that book for an organization."""

DECIDERS = (Role.COORDINATOR, Role.ADMINISTRATOR)
"""Roles that grant or refuse what others want to borrow."""

HANDLERS = (Role.COORDINATOR, Role.TECHNICIAN, Role.ADMINISTRATOR)
"""Roles that hand equipment over and take it back."""


def seen_by(viewer: Viewer) -> ColumnElement[bool]:
    """Return the clause that keeps bookings whose user or lender lies in the viewer's part of the tree."""
    return visible(col(Booking.organization_id), viewer) | visible(col(Booking.lender_id), viewer)


def find(session: Session, viewer: Viewer, booking_id: str) -> Booking:
    """Return a booking the viewer sees.

    Raises: NotFound `booking_not_found`.
    """
    statement = select(Booking).where(Booking.id == booking_id)
    if viewer != SYSTEM:
        statement = statement.where(seen_by(viewer))
    booking = session.exec(statement).first()
    if booking is None:
        raise NotFound("booking_not_found", booking_id=booking_id)
    return booking


def default_organization(viewer: Viewer) -> str:
    """Return the organization a viewer books for unless another is named: where the first role that books starts.

    Raises: Forbidden `role_missing` for a viewer without such a role.
    """
    for role in BOOKERS:
        places = viewer.roots(role)
        if places:
            return min(places)
    raise Forbidden("role_missing", roles=", ".join(BOOKERS))


def may_change(session: Session, viewer: Viewer, booking: Booking) -> bool:
    """Return whether the viewer made the booking or handles equipment on either side of it."""
    if booking.requester_id == viewer.person_id:
        return True
    return any(may(session, viewer, side, *HANDLERS) for side in (booking.organization_id, booking.lender_id))


def may_decide(session: Session, viewer: Viewer, booking: Booking) -> bool:
    """Return whether the viewer coordinates the lender, or the owner of the asset."""
    sides = {booking.lender_id}
    if booking.asset_id is not None:
        sides.add(session.get_one(Asset, booking.asset_id).owner_id)
    return any(may(session, viewer, side, *DECIDERS) for side in sides)
