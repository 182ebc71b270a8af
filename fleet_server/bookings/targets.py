"""What a booking may be for: an asset or room with what its busy range and its approval depend on."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from fleet_server.bookings import lending, rules
from fleet_server.bookings.travel import travel_of
from fleet_server.core.errors import Conflict, NotFound
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.inventory.service import by_code
from fleet_server.organizations.models import Organization
from fleet_server.schedule import placements
from fleet_server.schedule.rules import Range


@dataclass(frozen=True, slots=True)
class Target:
    """One asset or room; `lender_id` holds it now, `owner_id` owns it, `kind` is the asset type's or `room`."""

    resource_kind: str
    id: str
    name: str
    kind: str
    lender_id: str
    owner_id: str
    status: str
    bookable: bool
    roams: bool = False
    setup: timedelta = timedelta()
    clear: timedelta = timedelta()
    opens: time | None = None
    closes: time | None = None
    zone: str = "Asia/Shanghai"
    asset: Asset | None = None


def asset_target(session: Session, asset: Asset) -> Target:
    """Return an asset as a target."""
    make = session.get_one(AssetType, asset.asset_type_id)
    return Target(
        "asset",
        asset.id,
        asset.asset_code,
        make.kind,
        asset.holder_id,
        asset.owner_id,
        asset.status,
        asset.bookable,
        asset.roams,
        timedelta(minutes=make.setup_minutes),
        timedelta(minutes=make.clear_minutes),
        asset=asset,
    )


def room_target(session: Session, room: Room) -> Target:
    """Return a room as a target, with its opening hours in its school's zone."""
    home = session.get_one(Organization, room.organization_id)
    return Target(
        "room",
        room.id,
        room.name_en,
        "room",
        home.id,
        home.id,
        "in_service",
        room.bookable,
        opens=room.opens,
        closes=room.closes,
        zone=home.timezone,
    )


def by_asset_code(session: Session, asset_code: str, organization_id: str, now: datetime) -> Target:
    """Return the asset of a code, if the organization may book it.

    Raises: NotFound, also for assets nobody shares with the organization.
    """
    target = asset_target(session, by_code(session, asset_code))
    if not lending.may_borrow(session, organization_id, target.lender_id, target.kind, now.date()):
        raise NotFound("asset_not_found", asset_code=target.name)
    return target


def by_room_id(session: Session, room_id: str, organization_id: str, now: datetime) -> Target:
    """Return a room, if the organization may book it.

    Raises: NotFound.
    """
    room = session.get(Room, room_id)
    if room is None or not lending.may_borrow(session, organization_id, room.organization_id, "room", now.date()):
        raise NotFound("room_not_found", room_id=room_id)
    return room_target(session, room)


def by_capability(session: Session, capability: str, organization_id: str, now: datetime) -> list[Target]:
    """Return the assets of a kind the organization may book: its own first, then by travel time and code.

    Raises: NotFound `capability_unknown` when there are none.
    """
    shared = lending.shared_with(organization_id, now.date(), col(Asset.holder_id), col(AssetType.kind))
    statement = (
        select(Asset, AssetType)
        .join(AssetType, col(Asset.asset_type_id) == col(AssetType.id))
        .where(AssetType.kind == capability, Asset.status == "in_service", Asset.bookable, shared)
    )
    found = [asset_target(session, asset) for asset, _ in session.exec(statement)]
    if not found:
        raise NotFound("capability_unknown", capability=capability)
    travel = travel_of(session, organization_id)
    return sorted(found, key=lambda one: (travel.to_user(one.lender_id), one.name))


def held_then(session: Session, found: list[Target], at: datetime) -> list[Target]:
    """Return the targets with the organization that will hold each at a moment as its lender."""
    planned = placements.placements_of(session, [one.id for one in found], at, at)
    return [replace(one, lender_id=placements.at_moment(planned.get(one.id, ()), at) or one.lender_id) for one in found]


def of_booking(session: Session, asset_id: str | None, room_id: str | None) -> Target:
    """Return the target of a booking that exists."""
    if asset_id is not None:
        return asset_target(session, session.get_one(Asset, asset_id))
    return room_target(session, session.get_one(Room, room_id))


def check(target: Target, start: datetime, end: datetime) -> None:
    """Let a target pass that can be used in a slot.

    Raises: Conflict `asset_retired`, `asset_in_maintenance`, `asset_not_bookable`, `room_not_bookable`, `room_closed`.
    """
    refusal = why_not(target, start, end)
    if refusal is not None:
        raise Conflict(refusal, asset_code=target.name, opens=_hour(target.opens), closes=_hour(target.closes))


def why_not(target: Target, start: datetime, end: datetime) -> str | None:
    """Return the code of what keeps a target from being used in a slot, claims aside."""
    if target.resource_kind == "room":
        if not target.bookable:
            return "room_not_bookable"
        zone = ZoneInfo(target.zone)
        return None if rules.within_opening(start, end, target.opens, target.closes, zone) else "room_closed"
    if target.status != "in_service":
        return "asset_retired" if target.status == "retired" else "asset_in_maintenance"
    return None if target.bookable else "asset_not_bookable"


def busy_range(session: Session, target: Target, organization_id: str, start: datetime, end: datetime) -> Range:
    """Return the busy range of a slot: an asset that roams travels from where it will be and back."""
    inbound = outbound = timedelta()
    if target.roams and target.asset is not None:
        before = placements.place_at(session, target.asset, start)
        later = placements.place_at(session, target.asset, end)
        inbound, outbound = travel_of(session, organization_id).round_trip(before, later)
    return rules.busy_range(start, end, target.setup, target.clear, inbound, outbound)


def _hour(moment: time | None) -> str:
    return moment.strftime("%H:%M") if moment else ""
