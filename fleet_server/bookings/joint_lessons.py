"""Joint lessons: one lesson that books a room or set in each of two or more schools, all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from fleet_server.bookings import alternatives, rules, service, targets
from fleet_server.bookings.models import Booking, JointLesson
from fleet_server.bookings.rights import BOOKERS, default_organization, seen_by
from fleet_server.bookings.targets import Target
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.clock import new_id
from fleet_server.core.errors import Invalid, NotFound
from fleet_server.core.scope import SYSTEM, Viewer
from fleet_server.inventory.rights import may
from fleet_server.schedule.service import SlotTaken


@dataclass(frozen=True, slots=True, kw_only=True)
class JointLessonRequest:
    """One lesson in the rooms and with the sets named, each used by the school it is in."""

    starts_at: datetime
    ends_at: datetime
    title: str
    room_ids: Sequence[str] = ()
    asset_codes: Sequence[str] = ()
    participants: int | None = None


def book(
    session: Session, viewer: Viewer, request: JointLessonRequest, now: datetime
) -> tuple[JointLesson, list[Booking]]:
    """Book every room and set of a joint lesson, or none.

    Schools where the viewer may book approve at once; the others are asked.

    Raises: Invalid `joint_lesson_too_small` below two schools; SlotTaken with alternatives for what is taken;
    Forbidden for who books nowhere; NotFound; everything is undone when the caller rolls back.
    """
    rules.check_slot(request.starts_at, request.ends_at, now)
    home = default_organization(viewer)
    found = [targets.by_room_id(session, room_id, home, now) for room_id in request.room_ids]
    found += [targets.by_asset_code(session, asset_code, home, now) for asset_code in request.asset_codes]
    if len({one.id for one in found}) != len(found) or len({one.lender_id for one in found}) < 2:
        raise Invalid("joint_lesson_too_small", field="rooms")
    lesson = JointLesson(
        id=new_id("jnt"),
        title=request.title,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        created_at=now,
    )
    session.add(lesson)
    session.flush()
    # The order of resources is the same in every joint lesson, so that two of them cannot lock each other.
    ordered = sorted(found, key=lambda one: (one.resource_kind, one.id))
    made = {one.id: _book_one(session, viewer, one, request, lesson.id, now) for one in ordered}
    return lesson, [made[one.id] for one in found]


def find(session: Session, viewer: Viewer, lesson_id: str) -> tuple[JointLesson, list[Booking]]:
    """Return a joint lesson with its bookings, if the viewer sees one of them.

    Raises: NotFound.
    """
    lesson = session.get(JointLesson, lesson_id)
    mine = select(Booking.id).where(Booking.joint_lesson_id == lesson_id)
    if viewer != SYSTEM:
        mine = mine.where(seen_by(viewer))
    if lesson is None or session.exec(mine).first() is None:
        raise NotFound("joint_lesson_not_found", id=lesson_id)
    bookings = select(Booking).where(Booking.joint_lesson_id == lesson_id).order_by(col(Booking.id))
    return lesson, list(session.exec(bookings))


def _book_one(
    session: Session,
    viewer: Viewer,
    target: Target,
    request: JointLessonRequest,
    lesson_id: str,
    now: datetime,
) -> Booking:
    targets.check(target, request.starts_at, request.ends_at)
    granted = may(session, viewer, target.lender_id, *BOOKERS)
    held_until = None if granted else service.asked_until(request.starts_at, now)
    wish = BookingRequest(
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        organization_id=target.lender_id,
        purpose=request.title,
        participants=request.participants,
    )
    try:
        return service.make(session, viewer, target, wish, held_until, now, lesson_id)
    except SlotTaken as refused:
        raise alternatives.offered(session, refused, target, wish, now) from refused
