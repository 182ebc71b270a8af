"""Bookings: making, moving, extending, deciding on and cancelling them."""

from datetime import datetime

from sqlmodel import Session

from fleet_server.bookings import alternatives, consequences, lending, rules, targets, transitions
from fleet_server.bookings.models import Booking
from fleet_server.bookings.rights import BOOKERS, DECIDERS, may_change, may_decide
from fleet_server.bookings.targets import Target
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.clock import new_id
from fleet_server.core.errors import Conflict, Forbidden, Invalid
from fleet_server.core.scope import Viewer
from fleet_server.inventory.rights import may, require
from fleet_server.schedule import service as schedule
from fleet_server.schedule.models import Claim
from fleet_server.schedule.service import SlotTaken, Wanted


class ApprovalTooLate(Conflict):
    """The lender would have less than no time to decide."""

    code = "approval_too_late"


def book(session: Session, viewer: Viewer, request: BookingRequest, now: datetime) -> Booking:
    """Book an asset, a room or the nearest free asset of a kind.

    Within one school, or by a coordinator of the lender, the booking is approved at once; else it is a request that
    holds its slot for at most 24 h and until 1 h before the start.

    Raises: SlotTaken with alternatives; NotFound, Forbidden, Invalid and Conflict as `targets`, `rules.check_slot` and
    ApprovalTooLate say.
    """
    require(session, viewer, request.organization_id, *BOOKERS)
    rules.check_slot(request.starts_at, request.ends_at, now)
    found = targets.held_then(session, candidates(session, request, now), request.starts_at)
    if len(found) == 1:
        targets.check(found[0], request.starts_at, request.ends_at)
    refused: SlotTaken | None = None
    for target in found:
        held_until = hold_for(session, viewer, target, request.organization_id, request.starts_at, now)
        try:
            return make(session, viewer, target, request, held_until, now)
        except SlotTaken as error:
            refused = refused or error
    raise alternatives.offered(session, refused or SlotTaken(()), found[0], request, now)


def candidates(session: Session, request: BookingRequest, now: datetime) -> list[Target]:
    """Return what would satisfy a request, best first.

    Raises: Invalid `resource_missing` unless exactly one resource is named; NotFound.
    """
    named = [name for name in (request.asset_code, request.room_id, request.capability) if name is not None]
    if len(named) != 1:
        raise Invalid("resource_missing", field="asset_code")
    if request.asset_code is not None:
        return [targets.by_asset_code(session, request.asset_code, request.organization_id, now)]
    if request.room_id is not None:
        return [targets.by_room_id(session, request.room_id, request.organization_id, now)]
    return targets.by_capability(session, named[0], request.organization_id, now)


def make(
    session: Session,
    viewer: Viewer,
    target: Target,
    request: BookingRequest,
    held_until: datetime | None,
    now: datetime,
    joint_lesson_id: str | None = None,
) -> Booking:
    """Claim a target's busy range and write the booking: a request with `held_until`, approved without.

    Raises: SlotTaken.
    """
    busy_from, busy_until = targets.busy_range(
        session, target, request.organization_id, request.starts_at, request.ends_at
    )
    booking_id = new_id("bkg")
    claim = schedule.claim(
        session,
        Wanted(
            target.resource_kind,
            target.id,
            busy_from,
            busy_until,
            "booking",
            booking_id,
            request.purpose[:120],
            held_until,
        ),
        now,
    )
    booking = Booking(
        id=booking_id,
        asset_id=target.id if target.resource_kind == "asset" else None,
        room_id=target.id if target.resource_kind == "room" else None,
        organization_id=request.organization_id,
        lender_id=target.lender_id,
        requester_id=viewer.person_id,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        state=(rules.State.REQUESTED if held_until else rules.State.APPROVED).value,
        purpose=request.purpose,
        participants=request.participants,
        joint_lesson_id=joint_lesson_id,
        claim_id=claim.id,
        created_at=now,
    )
    session.add(booking)
    session.flush()
    transitions.begun(session, booking, viewer, now)
    return booking


def move(
    session: Session,
    viewer: Viewer,
    booking: Booking,
    starts_at: datetime,
    ends_at: datetime,
    version: int | None,
    now: datetime,
) -> Booking:
    """Give a booking another slot of the same asset or room, or leave it as it is.

    A borrowed booking that was approved asks for approval again; one that is checked out may only change its end.

    Raises: SlotTaken with alternatives, BookingStale, Forbidden, TransitionRefused for a booking that is over.
    """
    _check_change(session, viewer, booking, version)
    if booking.state not in rules.OPEN or (booking.state == rules.State.CHECKED_OUT and starts_at != booking.starts_at):
        raise rules.TransitionRefused(state=booking.state, action="move")
    if starts_at != booking.starts_at or ends_at <= now:
        rules.check_slot(starts_at, ends_at, now)
    elif starts_at >= ends_at:
        raise Invalid("slot_wrong", field="end")
    target = targets.of_booking(session, booking.asset_id, booking.room_id)
    targets.check(target, starts_at, ends_at)
    held_until = None
    if booking.state != rules.State.CHECKED_OUT:
        held_until = hold_for(session, viewer, target, booking.organization_id, starts_at, now)
    _move_claim(session, booking, target, starts_at, ends_at, now)
    before = transitions.facts(booking)
    booking.starts_at, booking.ends_at = starts_at, ends_at
    booking.version += 1
    session.add(booking)
    session.flush()
    if held_until is not None:
        schedule.hold(session, booking.claim_id, held_until)
        if booking.state == rules.State.APPROVED:
            return transitions.step(session, booking, rules.Action.ASK_AGAIN, viewer, now, reason="moved")
    transitions.note(session, booking, viewer, "booking.moved", before, now)
    return booking


def extend(
    session: Session, viewer: Viewer, booking: Booking, ends_at: datetime, version: int | None, now: datetime
) -> Booking:
    """Give a booking another end; raises as `move`."""
    return move(session, viewer, booking, booking.starts_at, ends_at, version, now)


def approve(session: Session, viewer: Viewer, booking: Booking, now: datetime, reason: str = "") -> Booking:
    """Grant a request.

    Raises: Forbidden unless the viewer coordinates the lender or owner; TransitionRefused when it is decided already;
    schedule.HoldLapsed when its hold ran out.
    """
    _check_decide(session, viewer, booking)
    transitions.step(session, booking, rules.Action.APPROVE, viewer, now, reason=reason)
    schedule.confirm(session, booking.claim_id, now)
    return booking


def reject(session: Session, viewer: Viewer, booking: Booking, now: datetime, reason: str = "") -> Booking:
    """Refuse a request; the other bookings of its joint lesson are cancelled with it.

    Raises: Forbidden, TransitionRefused.
    """
    _check_decide(session, viewer, booking)
    transitions.step(session, booking, rules.Action.REJECT, viewer, now, reason=reason)
    consequences.fall_through(session, viewer, booking, now)
    return booking


def cancel(session: Session, viewer: Viewer, booking: Booking, now: datetime, reason: str = "") -> Booking:
    """Give a booking up; the other bookings of its joint lesson are cancelled with it.

    Raises: Forbidden, TransitionRefused once it is checked out or over.
    """
    _check_change(session, viewer, booking, None)
    transitions.step(session, booking, rules.Action.CANCEL, viewer, now, reason=reason)
    consequences.fall_through(session, viewer, booking, now)
    return booking


def hold_for(
    session: Session, viewer: Viewer, target: Target, organization_id: str, start: datetime, now: datetime
) -> datetime | None:
    """Return until when a slot is held for the lender's decision, None where none is needed.

    Raises: ApprovalTooLate when the start is too near for one.
    """
    if not needs_approval(session, viewer, target, organization_id):
        return None
    return asked_until(start, now)


def asked_until(start: datetime, now: datetime) -> datetime:
    """Return when a request made now runs out.

    Raises: ApprovalTooLate.
    """
    held_until = rules.hold_until(start, now)
    if held_until is None:
        raise ApprovalTooLate(field="start")
    return held_until


def needs_approval(session: Session, viewer: Viewer, target: Target, organization_id: str) -> bool:
    """Return whether the lender must grant a booking: it is another school's and the viewer does not coordinate it."""
    if lending.legal_person(session, organization_id) == lending.legal_person(session, target.lender_id):
        return False
    return not any(may(session, viewer, side, *DECIDERS) for side in {target.lender_id, target.owner_id})


def _move_claim(
    session: Session, booking: Booking, target: Target, starts_at: datetime, ends_at: datetime, now: datetime
) -> None:
    held = session.get_one(Claim, booking.claim_id)
    busy_from, busy_until = targets.busy_range(session, target, booking.organization_id, starts_at, ends_at)
    if booking.state == rules.State.CHECKED_OUT:
        busy_from = held.busy_from
    try:
        schedule.move(session, held, busy_from, busy_until, now)
    except SlotTaken as error:
        request = BookingRequest(starts_at=starts_at, ends_at=ends_at, organization_id=booking.organization_id)
        raise alternatives.offered(session, error, target, request, now, held.id) from error


def _check_change(session: Session, viewer: Viewer, booking: Booking, version: int | None) -> None:
    if not may_change(session, viewer, booking):
        raise Forbidden("booking_right_missing", booking_id=booking.id)
    session.refresh(booking, with_for_update=True)
    transitions.check_version(booking, version)


def _check_decide(session: Session, viewer: Viewer, booking: Booking) -> None:
    if not may_decide(session, viewer, booking):
        raise Forbidden("booking_right_missing", booking_id=booking.id)
    session.refresh(booking)
