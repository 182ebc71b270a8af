"""Pure rules of bookings: states and what leads from one to the next, busy ranges, holds, grace, opening hours."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from fleet_server.core.errors import Conflict, Invalid
from fleet_server.schedule.rules import Range

HOLD_LONGEST = timedelta(hours=24)
HOLD_ENDS_BEFORE_START = timedelta(hours=1)
LATE_START_ALLOWED = timedelta(minutes=15)
LONGEST = timedelta(days=120)
FARTHEST = timedelta(days=400)
UNDECIDED_AT_MOST = timedelta(hours=72)
"""How long after its end a booking waits for a box that is off line before it counts as completed, use unknown."""


class State(StrEnum):
    """Where a booking stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    CHECKED_OUT = "checked_out"
    RETURNED = "returned"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"
    RELEASED = "released"
    COMPLETED = "completed"


class Action(StrEnum):
    """What a person or a job does to a booking's state."""

    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    CANCEL = "cancel"
    ASK_AGAIN = "ask_again"
    CHECK_OUT = "check_out"
    CHECK_IN = "check_in"
    MISS = "miss"
    DISPLACE = "displace"
    COMPLETE = "complete"


TRANSITIONS: Mapping[tuple[State, Action], State] = {
    (State.REQUESTED, Action.APPROVE): State.APPROVED,
    (State.REQUESTED, Action.REJECT): State.REJECTED,
    (State.REQUESTED, Action.EXPIRE): State.EXPIRED,
    (State.REQUESTED, Action.CANCEL): State.CANCELLED,
    (State.REQUESTED, Action.DISPLACE): State.RELEASED,
    (State.APPROVED, Action.ASK_AGAIN): State.REQUESTED,
    (State.APPROVED, Action.CANCEL): State.CANCELLED,
    (State.APPROVED, Action.CHECK_OUT): State.CHECKED_OUT,
    (State.APPROVED, Action.MISS): State.NO_SHOW,
    (State.APPROVED, Action.DISPLACE): State.RELEASED,
    (State.APPROVED, Action.COMPLETE): State.COMPLETED,
    (State.CHECKED_OUT, Action.CHECK_IN): State.RETURNED,
}
"""Every way from one state to another; a pair that is not here is refused."""

OPEN = frozenset({State.REQUESTED, State.APPROVED, State.CHECKED_OUT})
"""States whose claim is kept."""

DUE = frozenset({State.APPROVED, State.CHECKED_OUT, State.RETURNED, State.COMPLETED, State.NO_SHOW})
"""States of bookings that were due to take place."""


class TransitionRefused(Conflict):
    """The booking stands where this action does not lead on."""

    code = "booking_state_wrong"


def after(state: str, action: Action) -> State:
    """Return the state an action leads to.

    Raises: TransitionRefused for a pair outside TRANSITIONS.
    """
    try:
        return TRANSITIONS[State(state), action]
    except (KeyError, ValueError):
        raise TransitionRefused(state=state, action=action.value) from None


def busy_range(
    start: datetime, end: datetime, setup: timedelta, clear: timedelta, inbound: timedelta, outbound: timedelta
) -> Range:
    """Return the time a slot occupies its resource, preparation and transport included, half-open."""
    return start - setup - inbound, end + clear + outbound


def hold_until(start: datetime, now: datetime) -> datetime | None:
    """Return when a request's hold ends, min(24 h from now, 1 h before the start), or None when it is past."""
    until = min(now + HOLD_LONGEST, start - HOLD_ENDS_BEFORE_START)
    return until if until > now else None


def check_slot(start: datetime, end: datetime, now: datetime) -> None:
    """Let a slot pass that starts before it ends, not in the past, and within what can be planned.

    Raises: Invalid `slot_wrong`, `slot_past`, `slot_too_long` (120 days) or `slot_too_far` (400 days).
    """
    if start >= end:
        raise Invalid("slot_wrong", field="end")
    if start < now - LATE_START_ALLOWED or end <= now:
        raise Invalid("slot_past", field="start")
    if end - start > LONGEST:
        raise Invalid("slot_too_long", field="end", days=LONGEST.days)
    if start - now > FARTHEST:
        raise Invalid("slot_too_far", field="start", days=FARTHEST.days)


def within_opening(start: datetime, end: datetime, opens: time | None, closes: time | None, zone: ZoneInfo) -> bool:
    """Return whether a slot lies inside one day's opening hours; a room without hours is always open."""
    if opens is None or closes is None:
        return True
    first, last = start.astimezone(zone), end.astimezone(zone)
    return first.date() == last.date() and opens <= first.time() and last.time() <= closes


def overlap_ms(a_start: int, a_end: int, b_start: int, b_end: int) -> int:
    """Return the common milliseconds of two half-open ranges."""
    return max(0, min(a_end, b_end) - max(a_start, b_start))
