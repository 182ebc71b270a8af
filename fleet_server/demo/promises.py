"""Rows of the past and the coming weeks: claims, bookings and joint lessons, in bulk and of the services' own shape."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlmodel import Session

from fleet_server.bookings.models import Booking, BookingEvent, JointLesson
from fleet_server.bookings.rules import State, busy_range
from fleet_server.core.clock import from_ms
from fleet_server.demo.catalog import TYPES
from fleet_server.demo.daily import Lesson, Promise
from fleet_server.demo.district import ZONE, District
from fleet_server.demo.rows import Row, insert
from fleet_server.demo.travel import minutes_between
from fleet_server.schedule.models import Claim

_ASKED_BEFORE = timedelta(days=3, hours=5)
_NEEDS_ANSWER = 10
"""One in so many coming loans to another school still waits for the lender's answer."""


def write_promises(session: Session, district: District, promises: Iterable[Promise], now: datetime) -> int:
    """Insert bookings with their claims, events and joint lessons; return how many bookings."""
    kept = list(apart(promises, district))
    insert(session, JointLesson, _joint_lessons(district, kept, now))
    insert(session, Claim, [_claim(district, promise, now) for promise in kept])
    insert(session, Booking, [_booking(district, promise, now) for promise in kept])
    insert(session, BookingEvent, [row for promise in kept for row in _events(district, promise, now)])
    return len(kept)


def write_lessons(session: Session, district: District, lessons: Iterable[Lesson], now: datetime) -> int:
    """Insert the timetable's claims on fixed devices; return how many."""
    rows = [_lesson_claim(district, lesson, now) for lesson in lessons]
    insert(session, Claim, rows)
    return len(rows)


def apart(promises: Iterable[Promise], district: District) -> Iterator[Promise]:
    """Yield the promises in order of time, leaving out what would collide with an earlier one of the same asset."""
    busy: dict[str, datetime] = {}
    for promise in sorted(promises, key=lambda promise: promise.start_ms):
        busy_from, busy_until = _busy(district, promise)
        if busy_from >= busy.get(promise.item.id, busy_from):
            busy[promise.item.id] = busy_until
            yield promise


def state_of(promise: Promise, district: District, now: datetime) -> State:
    """Return where a booking stands at a moment."""
    start, end = from_ms(promise.start_ms), from_ms(promise.end_ms)
    if promise.fate == "cancelled":
        return State.CANCELLED
    if start > now:
        return State.REQUESTED if _waits(promise, district, now) else State.APPROVED
    if promise.fate == "no_show":
        return State.NO_SHOW
    roams = promise.item.kind == "printer_3d"
    if end > now:
        return State.CHECKED_OUT if roams else State.APPROVED
    return State.RETURNED if roams else State.COMPLETED


def _waits(promise: Promise, district: District, now: datetime) -> bool:
    lent = promise.user_id != _lender(promise)
    soon = from_ms(promise.start_ms) < now + timedelta(hours=2)
    return lent and not soon and int(district.ident("n", promise.key)[2:], 36) % _NEEDS_ANSWER == 0


def _lender(promise: Promise) -> str:
    return promise.item.held_on(from_ms(promise.start_ms).astimezone(ZONE).date()).school_id


def _busy(district: District, promise: Promise) -> tuple[datetime, datetime]:
    setup, clear = (timedelta(minutes=minutes) for minutes in TYPES[promise.item.type_key].prepare)
    lender, user = district.school(_lender(promise)), district.school(promise.user_id)
    travel = timedelta(minutes=minutes_between(lender, user))
    return busy_range(from_ms(promise.start_ms), from_ms(promise.end_ms), setup, clear, travel, travel)


def _asked_at(promise: Promise, now: datetime) -> datetime:
    return min(from_ms(promise.start_ms) - _ASKED_BEFORE, now - timedelta(minutes=40))


def _claim(district: District, promise: Promise, now: datetime) -> Row:
    state = state_of(promise, district, now)
    busy_from, busy_until = _busy(district, promise)
    status = {State.REQUESTED: "held", State.APPROVED: "active", State.CHECKED_OUT: "active"}.get(state, "released")
    held = min(now + timedelta(hours=24), from_ms(promise.start_ms) - timedelta(hours=1))
    return {
        "id": district.ident("clm", promise.key),
        "resource_kind": "asset",
        "resource_id": promise.item.id,
        "busy_from": busy_from,
        "busy_until": busy_until,
        "kind": "booking",
        "source_id": district.ident("bkg", promise.key),
        "title": promise.purpose,
        "status": status,
        "held_until": held if status == "held" else None,
        "created_at": _asked_at(promise, now),
        "released_at": _decided_at(promise, state, now) if status == "released" else None,
    }


def _booking(district: District, promise: Promise, now: datetime) -> Row:
    state = state_of(promise, district, now)
    taken = state in (State.CHECKED_OUT, State.RETURNED)
    return {
        "id": district.ident("bkg", promise.key),
        "asset_id": promise.item.id,
        "room_id": None,
        "organization_id": promise.user_id,
        "lender_id": _lender(promise),
        "requester_id": promise.person_id,
        "starts_at": from_ms(promise.start_ms),
        "ends_at": from_ms(promise.end_ms),
        "state": state.value,
        "purpose": promise.purpose,
        "participants": promise.participants,
        "joint_lesson_id": district.ident("jnt", promise.joint) if promise.joint else None,
        "claim_id": district.ident("clm", promise.key),
        "checked_out_at": from_ms(promise.start_ms) if taken else None,
        "returned_at": from_ms(promise.end_ms) if state is State.RETURNED else None,
        "rating": _rating(district, promise) if state in (State.RETURNED, State.COMPLETED) else None,
        "feedback": "",
        "created_at": _asked_at(promise, now),
        "version": len(_steps(promise, state, now)),
    }


def _rating(district: District, promise: Promise) -> int | None:
    return (None, None, 5, 5, 4, 4, 5, 3)[int(district.ident("r", promise.key)[2:], 36) % 8]


def _decided_at(promise: Promise, state: State, now: datetime) -> datetime:
    start, end = from_ms(promise.start_ms), from_ms(promise.end_ms)
    if state is State.CANCELLED:
        return min(now, start) - timedelta(minutes=35)
    return start + timedelta(minutes=15) if state is State.NO_SHOW else end


def _steps(promise: Promise, state: State, now: datetime) -> list[tuple[datetime, str, State, State | None]]:
    """Return (time, actor, new state, old state) of each step to where the booking stands."""
    asked, start = _asked_at(promise, now), from_ms(promise.start_ms)
    if state is State.REQUESTED:
        return [(asked, promise.person_id, State.REQUESTED, None)]
    steps: list[tuple[datetime, str, State, State | None]] = [(asked, promise.person_id, State.APPROVED, None)]
    if state in (State.CHECKED_OUT, State.RETURNED):
        steps.append((start, promise.person_id, State.CHECKED_OUT, State.APPROVED))
    if state is State.RETURNED:
        steps.append((from_ms(promise.end_ms), promise.person_id, state, State.CHECKED_OUT))
    elif state in (State.CANCELLED, State.NO_SHOW, State.COMPLETED):
        actor = promise.person_id if state is State.CANCELLED else "system"
        steps.append((_decided_at(promise, state, now), actor, state, State.APPROVED))
    return steps


def _events(district: District, promise: Promise, now: datetime) -> Iterator[Row]:
    for at, actor, to_state, from_state in _steps(promise, state_of(promise, district, now), now):
        yield {
            "booking_id": district.ident("bkg", promise.key),
            "at": at,
            "actor_id": actor,
            "from_state": from_state.value if from_state else "",
            "to_state": to_state.value,
            "reason": "",
        }


def _joint_lessons(district: District, promises: list[Promise], now: datetime) -> list[Row]:
    rows: dict[str, Row] = {}
    for promise in promises:
        if promise.joint:
            rows[promise.joint] = {
                "id": district.ident("jnt", promise.joint),
                "title": promise.purpose,
                "starts_at": from_ms(promise.start_ms),
                "ends_at": from_ms(promise.end_ms),
                "created_at": _asked_at(promise, now),
            }
    return list(rows.values())


def _lesson_claim(district: District, lesson: Lesson, now: datetime) -> Row:
    return {
        "id": district.ident("clm", lesson.key),
        "resource_kind": "asset",
        "resource_id": lesson.item.id,
        "busy_from": from_ms(lesson.start_ms),
        "busy_until": from_ms(lesson.end_ms),
        "kind": "lesson",
        "source_id": district.ident("tmt", lesson.item.id),
        "title": lesson.title,
        "status": "active",
        "created_at": now,
    }
