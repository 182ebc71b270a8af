"""Check-out and check-in of what was booked: custody passes from the lender to the user and back."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from fleet_server.bookings import rules, targets
from fleet_server.bookings.models import Booking
from fleet_server.bookings.rights import may_change
from fleet_server.bookings.transitions import check_version, step
from fleet_server.core.clock import new_id, to_ms
from fleet_server.core.errors import Conflict, Forbidden
from fleet_server.core.outbox import publish
from fleet_server.core.scope import Viewer
from fleet_server.custody.models import HandOver
from fleet_server.inventory import holdings
from fleet_server.inventory.models import Asset, Holding
from fleet_server.schedule import service as schedule
from fleet_server.schedule.models import Claim

CONDITIONS = ("good", "worn", "damaged", "incomplete")
EARLY = timedelta(minutes=30)
TOPIC = "custody"
"""Outbox topic of every change of custody: `asset_id`, `since_ms`, `holder_id`, `condition`."""


def check_out(
    session: Session,
    viewer: Viewer,
    booking: Booking,
    now: datetime,
    *,
    condition: str = "good",
    note: str = "",
    version: int | None = None,
) -> Booking:
    """Hand what was booked to its user; an asset that travels is held by the user's organization until it is back.

    Raises: Forbidden; Conflict `check_out_too_early` more than 30 min before its busy range, `check_out_too_late`
    after its end; TransitionRefused unless it is approved.
    """
    _check(session, viewer, booking, version)
    held = session.get_one(Claim, booking.claim_id)
    if now < held.busy_from - EARLY:
        earliest = (held.busy_from - EARLY).astimezone(UTC)
        raise Conflict("check_out_too_early", from_time=earliest.strftime("%Y-%m-%d %H:%M UTC"))
    if booking.state == rules.State.APPROVED and now >= booking.ends_at:
        raise Conflict("check_out_too_late")
    step(session, booking, rules.Action.CHECK_OUT, viewer, now, reason=note, checked_out_at=now)
    asset = _asset(session, booking)
    if asset is not None and asset.roams and booking.organization_id != asset.holder_id:
        _hold(session, asset, booking.organization_id, None, condition, now)
    _write(session, viewer, booking, "check_out", booking.lender_id, booking.organization_id, condition, note, now)
    return booking


def check_in(
    session: Session,
    viewer: Viewer,
    booking: Booking,
    now: datetime,
    *,
    condition: str = "good",
    note: str = "",
    version: int | None = None,
) -> Booking:
    """Take back what was booked; the rest of its time, but for clearing down and the way back, is free again.

    Raises: Forbidden; TransitionRefused unless it is checked out.
    """
    _check(session, viewer, booking, version)
    step(session, booking, rules.Action.CHECK_IN, viewer, now, reason=note, returned_at=now)
    target = targets.of_booking(session, booking.asset_id, booking.room_id)
    _, free_from = targets.busy_range(session, target, booking.organization_id, now, now)
    schedule.shorten(session, booking.claim_id, free_from)
    asset = _asset(session, booking)
    if asset is not None and asset.holder_id == booking.organization_id != booking.lender_id:
        _hold(session, asset, booking.lender_id, _room_before(session, asset, booking.lender_id), condition, now)
    _write(session, viewer, booking, "check_in", booking.organization_id, booking.lender_id, condition, note, now)
    return booking


def hand_overs(session: Session, booking_id: str) -> list[HandOver]:
    """Return the hand-overs of a booking, oldest first."""
    statement = select(HandOver).where(HandOver.booking_id == booking_id).order_by(col(HandOver.at), col(HandOver.id))
    return list(session.exec(statement))


def _check(session: Session, viewer: Viewer, booking: Booking, version: int | None) -> None:
    if not may_change(session, viewer, booking):
        raise Forbidden("booking_right_missing", booking_id=booking.id)
    session.refresh(booking, with_for_update=True)
    check_version(booking, version)


def _asset(session: Session, booking: Booking) -> Asset | None:
    return None if booking.asset_id is None else session.get_one(Asset, booking.asset_id)


def _hold(session: Session, asset: Asset, holder_id: str, room_id: str | None, condition: str, now: datetime) -> None:
    if holdings.change(session, asset, holder_id, room_id, now):
        body = {"asset_id": asset.id, "since_ms": to_ms(now), "holder_id": holder_id, "condition": condition}
        publish(session, TOPIC, body, now)


def _room_before(session: Session, asset: Asset, holder_id: str) -> str | None:
    earlier = (
        select(Holding.room_id)
        .where(Holding.asset_id == asset.id, Holding.holder_id == holder_id, col(Holding.until).is_not(None))
        .order_by(col(Holding.since).desc())
    )
    return session.exec(earlier).first()


def _write(
    session: Session,
    viewer: Viewer,
    booking: Booking,
    kind: str,
    from_id: str,
    to_id: str,
    condition: str,
    note: str,
    now: datetime,
) -> None:
    session.add(
        HandOver(
            id=new_id("hov"),
            booking_id=booking.id,
            asset_id=booking.asset_id,
            kind=kind,
            at=now,
            actor_id=viewer.person_id,
            from_id=from_id,
            to_id=to_id,
            condition=condition,
            note=note,
        )
    )
    session.flush()
