"""No-shows: booked, known not to be used by the grace time; never decided while a box is off line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from fleet_server.bookings import rules
from fleet_server.bookings.models import Booking
from fleet_server.bookings.transitions import step
from fleet_server.core.clock import to_ms
from fleet_server.core.scope import SYSTEM
from fleet_server.inventory.models import Asset
from fleet_server.nodes.models import Binding
from fleet_server.usage.rules import Span
from fleet_server.usage.service import timelines
from telemetry.states import DeviceState

_USE = frozenset({DeviceState.IN_USE.value, DeviceState.SETUP.value})
_UNKNOWN = DeviceState.UNKNOWN.value


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the devices of a booking say of its time until now; milliseconds, summed over the devices."""

    device_ids: tuple[str, ...]
    from_ms: int
    until_ms: int
    used_ms: int
    unknown_ms: int

    @property
    def used(self) -> bool:
        """Return whether anyone used it."""
        return self.used_ms > 0

    @property
    def unused(self) -> bool:
        """Return whether it is known, for the whole time and every device, that nobody did."""
        return bool(self.device_ids) and self.used_ms == 0 and self.unknown_ms == 0

    def as_fact(self) -> dict[str, Any]:
        """Return it as the event keeps it."""
        return {
            "device_ids": list(self.device_ids),
            "from_ms": self.from_ms,
            "until_ms": self.until_ms,
            "used_ms": self.used_ms,
            "unknown_ms": self.unknown_ms,
        }


def sweep(session: Session, now: datetime, grace_s: int) -> list[str]:
    """Decide on bookings whose grace time has passed; return the ids of those nobody came to.

    A booking is a no-show when its devices are known for its whole grace time and in use at no known moment since its
    start; its claim is released and the evidence kept. Where anything of that time is unknown, it stays undecided.
    """
    grace = timedelta(seconds=grace_s)
    due = (
        select(Booking)
        .where(Booking.state == rules.State.APPROVED.value, Booking.starts_at <= now - grace)
        .where(Booking.ends_at > now - rules.UNDECIDED_AT_MOST)
        .order_by(col(Booking.starts_at), col(Booking.id))
    )
    missed = []
    for booking in session.exec(due).all():
        until = min(booking.starts_at + grace, booking.ends_at)
        if not evidence(session, booking, until, now).unused:
            continue
        since = evidence(session, booking, min(now, booking.ends_at), now)
        if not since.used:
            step(session, booking, rules.Action.MISS, SYSTEM, now, reason="not used", evidence=since.as_fact())
            missed.append(booking.id)
    return missed


def evidence(session: Session, booking: Booking, until: datetime, now: datetime) -> Evidence:
    """Return what is known of a booking's use from its start to `until`."""
    start_ms, until_ms = to_ms(booking.starts_at), to_ms(until)
    device_ids = devices_of(session, booking)
    spans = timelines(session, device_ids, start_ms, until_ms, to_ms(now)) if device_ids else {}
    every = [span for found in spans.values() for span in found]
    return Evidence(tuple(device_ids), start_ms, until_ms, _length(every, _USE), _length(every, frozenset({_UNKNOWN})))


def devices_of(session: Session, booking: Booking) -> list[str]:
    """Return the devices that stood for the booked asset, or for the fixed assets of the booked room."""
    start, end = to_ms(booking.starts_at), to_ms(booking.ends_at)
    statement = (
        select(Binding.device_id)
        .join(Asset, col(Asset.id) == col(Binding.asset_id))
        .where(Binding.since_ms < end, col(Binding.until_ms).is_(None) | (col(Binding.until_ms) > start))
        .order_by(col(Binding.device_id))
    )
    if booking.asset_id is not None:
        statement = statement.where(Binding.asset_id == booking.asset_id)
    else:
        statement = statement.where(Asset.room_id == booking.room_id, col(Asset.roams).is_(False))
    return list(dict.fromkeys(session.exec(statement)))


def _length(spans: Sequence[Span], states: frozenset[str]) -> int:
    return sum(span.end_ms - span.start_ms for span in spans if span.state in states)
