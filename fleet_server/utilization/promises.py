"""What was promised of an asset: bookings, lessons, maintenance and transport, as tracks of milliseconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.bookings.models import Booking
from fleet_server.bookings.rules import DUE
from fleet_server.core.clock import from_ms, to_ms
from fleet_server.inventory.models import Asset, AssetType
from fleet_server.schedule.models import Claim
from fleet_server.utilization.accounting import Due, Promise
from fleet_server.utilization.intervals import Track, at, clip, disjoint, layered
from telemetry.states import DeviceState

MAINTENANCE, IN_TRANSIT = DeviceState.MAINTENANCE.value, DeviceState.IN_TRANSIT.value
MINUTE_MS = 60_000
_OVERLAID = {"maintenance": MAINTENANCE, "transfer": IN_TRANSIT}


@dataclass(frozen=True, slots=True)
class Held:
    """Who held the asset over [start, end), in which room, in which zone."""

    start: int
    end: int
    holder_id: str
    room_id: str | None
    zone: str


@dataclass(frozen=True, slots=True)
class Booked:
    """A booking that was due to take place; `own` is false for one of the room the asset stands in."""

    booking_id: str
    start: int
    end: int
    busy_from: int
    busy_until: int
    user_id: str
    state: str
    own: bool


def fixed_rooms(asset: Asset, held: Sequence[Held]) -> Track[str]:
    """Return the rooms whose bookings and lessons an asset serves: where it stood, unless it roams."""
    return [] if asset.roams else [(one.start, one.end, one.room_id) for one in held if one.room_id]


def bookings(session: Session, asset: Asset, rooms: Track[str], start: int, end: int) -> list[Booked]:
    """Return the bookings of an asset and its rooms that touch [start, end), by start; a released rest is left out."""
    own = col(Booking.asset_id) == asset.id
    room_ids = {room for _, _, room in clip(rooms, start, end)}
    found = (
        sa.select(Booking, Claim)
        .join(Claim, col(Claim.id) == col(Booking.claim_id))
        .where(sa.or_(own, col(Booking.room_id).in_(room_ids)) if room_ids else own)
        .where(col(Booking.state).in_([state.value for state in DUE]))
        .where(col(Claim.busy_from) < from_ms(end), col(Claim.busy_until) > from_ms(start))
        .order_by(col(Booking.starts_at), col(Booking.id))
    )
    made = [_booked(booking, claim) for booking, claim in session.execute(found)]
    return [one for one in made if one.own or at(rooms, one.start) is not None]


def promised(booked: Sequence[Booked]) -> Track[Promise]:
    """Return the time spoken for by bookings; the asset's own come before those of its room."""
    own, room = (
        disjoint((one.start, one.end, Promise("booking", one.user_id)) for one in booked if one.own is which)
        for which in (True, False)
    )
    return layered(own, room)


def lessons(session: Session, asset: Asset, rooms: Track[str], start: int, end: int) -> Track[Promise]:
    """Return the time spoken for by lessons of the timetable, of the asset or of the room it stands in."""
    spans = [(a, b) for _, a, b in _claimed(session, "asset", asset.id, ("lesson",), start, end)]
    for since, until, room in clip(rooms, start, end):
        claimed = _claimed(session, "room", room, ("lesson",), since, until)
        spans += [(max(a, since), min(b, until)) for _, a, b in claimed]
    return disjoint((a, b, Promise("lesson", "")) for a, b in spans if a < b)


def overlays(session: Session, asset: Asset, booked: Sequence[Booked], start: int, end: int) -> Track[str]:
    """Return maintenance and transport, with the way of a booked asset to its user and back."""
    claimed = _claimed(session, "asset", asset.id, tuple(_OVERLAID), start, end)
    laid = [(a, b, _OVERLAID[kind]) for kind, a, b in claimed]
    asset_type = session.get(AssetType, asset.asset_type_id)
    setup, clear = (asset_type.setup_minutes, asset_type.clear_minutes) if asset_type else (0, 0)
    for one in booked:
        if one.own:
            laid.append((one.busy_from, one.start - setup * MINUTE_MS, IN_TRANSIT))
            laid.append((one.end + clear * MINUTE_MS, one.busy_until, IN_TRANSIT))
    return disjoint(piece for piece in laid if piece[0] < piece[1])


def dues(booked: Sequence[Booked], horizon: int) -> list[Due]:
    """Return the bookings that have ended by the horizon."""
    return [
        Due(one.start, one.end, one.user_id, one.state == "no_show") for one in booked if one.start < one.end <= horizon
    ]


def _booked(booking: Booking, claim: Claim) -> Booked:
    start, released = to_ms(booking.starts_at), _released(claim)
    return Booked(
        booking_id=booking.id,
        start=start,
        end=max(start, min(to_ms(booking.ends_at), released)),
        busy_from=to_ms(claim.busy_from),
        busy_until=released,
        user_id=booking.organization_id,
        state=booking.state,
        own=booking.asset_id is not None,
    )


def _claimed(
    session: Session, resource_kind: str, resource_id: str, kinds: Sequence[str], start: int, end: int
) -> list[tuple[str, int, int]]:
    found = select(Claim).where(
        Claim.resource_kind == resource_kind,
        Claim.resource_id == resource_id,
        col(Claim.kind).in_(kinds),
        Claim.status != "held",
        Claim.busy_from < from_ms(end),
        Claim.busy_until > from_ms(start),
    )
    spans = [(claim.kind, to_ms(claim.busy_from), _released(claim)) for claim in session.exec(found)]
    return [span for span in spans if span[1] < span[2]]


def _released(claim: Claim) -> int:
    until = to_ms(claim.busy_until)
    return until if claim.released_at is None else min(until, to_ms(claim.released_at))
