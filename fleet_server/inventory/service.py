"""Registering and changing assets, types and rooms."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from fleet_server.changes.service import record
from fleet_server.core.clock import new_id
from fleet_server.core.errors import Conflict, Invalid, NotFound, Stale
from fleet_server.core.scope import SYSTEM, Viewer, visible
from fleet_server.inventory import codes, holdings
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.inventory.rights import KEEPERS, require

STATUSES = ("in_service", "maintenance", "retired")
_ATTEMPTS = 5


class AssetCodeTaken(Conflict):
    """Another asset carries the code."""

    code = "asset_code_taken"


class AssetStale(Stale):
    """The asset changed since the caller read it."""

    code = "asset_stale"


class AssetRetired(Conflict):
    """The asset has left service for good."""

    code = "asset_retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsset:
    """What is known of an asset when it is registered; holder defaults to the owner, the code to a fresh one."""

    asset_type_id: str
    owner_id: str
    id: str | None = None
    holder_id: str | None = None
    room_id: str | None = None
    asset_code: str | None = None
    prefix: str = codes.DEFAULT_PREFIX
    serial: str | None = None
    status: str = "in_service"
    roams: bool = False
    bookable: bool = True
    purchased_on: date | None = None
    purchase_value: Decimal | None = None


def register_asset(session: Session, actor: Viewer, new: NewAsset, now: datetime) -> Asset:
    """Register an asset and open its holding.

    Raises: NotFound for an unknown type, room or organization, Forbidden without a keeper's role at the owner,
    AssetCodeTaken, Conflict `asset_serial_taken`, codes.MalformedCode.
    """
    require(session, actor, new.owner_id, *KEEPERS)
    holder_id = new.holder_id or new.owner_id
    if holder_id != new.owner_id:
        require(session, actor, holder_id, *KEEPERS)
    _check_type(session, new.asset_type_id)
    _check_room(session, new.room_id, holder_id)
    _check_serial(session, new.asset_type_id, new.serial)
    asset = Asset(
        id=new.id or new_id("ast"),
        asset_code=_free_code(session, new),
        serial=new.serial,
        asset_type_id=new.asset_type_id,
        owner_id=new.owner_id,
        holder_id=holder_id,
        room_id=new.room_id,
        status=new.status,
        roams=new.roams,
        bookable=new.bookable,
        purchased_on=new.purchased_on,
        purchase_value=new.purchase_value,
        created_at=now,
    )
    session.add(asset)
    session.flush()
    holdings.begin(session, asset, now)
    session.flush()
    record(session, actor, "asset.registered", "asset", asset.id, before=None, after=facts(asset), now=now)
    return asset


def change_asset(
    session: Session, actor: Viewer, asset: Asset, changes: dict[str, Any], version: int | None, now: datetime
) -> Asset:
    """Change fields of an asset; a new room or holder opens a new holding.

    Raises: AssetStale when `version` is given and older, AssetRetired, Forbidden, NotFound for an unknown room.
    """
    require(session, actor, asset.holder_id, *KEEPERS)
    session.refresh(asset, with_for_update=True)
    if version is not None and version != asset.version:
        raise AssetStale(asset_code=asset.asset_code)
    if asset.status == "retired":
        raise AssetRetired(asset_code=asset.asset_code)
    before = facts(asset)
    holder_id = changes.get("holder_id") or asset.holder_id
    if holder_id != asset.holder_id:
        require(session, actor, holder_id, *KEEPERS)
    room_id = changes.get("room_id", asset.room_id if holder_id == asset.holder_id else None)
    _check_room(session, room_id, holder_id)
    moved = holdings.change(session, asset, holder_id, room_id, now)
    if "serial" in changes and changes["serial"] != asset.serial:
        _check_serial(session, asset.asset_type_id, changes["serial"])
    for name in ("serial", "status", "roams", "bookable", "purchased_on", "purchase_value"):
        if name in changes:
            setattr(asset, name, changes[name])
    asset.version += 0 if moved else 1
    session.add(asset)
    session.flush()
    record(session, actor, "asset.changed", "asset", asset.id, before=before, after=facts(asset), now=now)
    return asset


def register_type(session: Session, actor: Viewer, new: AssetType, now: datetime) -> AssetType:
    """Add a make and model; the caller has been found to be a keeper."""
    session.add(new)
    session.flush()
    after = {"kind": new.kind, "make": new.make, "model": new.model}
    record(session, actor, "asset_type.registered", "asset_type", new.id, before=None, after=after, now=now)
    return new


def register_room(session: Session, actor: Viewer, room: Room, now: datetime) -> Room:
    """Add a room to an organization.

    Raises: Forbidden without a keeper's role there, Invalid `opening_hours_wrong`.
    """
    require(session, actor, room.organization_id, *KEEPERS)
    check_opening(room.opens, room.closes)
    session.add(room)
    session.flush()
    record(session, actor, "room.registered", "room", room.id, before=None, after=room_facts(room), now=now)
    return room


def change_room(session: Session, actor: Viewer, room: Room, changes: dict[str, Any], now: datetime) -> Room:
    """Change fields of a room.

    Raises: Forbidden without a keeper's role there, Invalid `opening_hours_wrong`.
    """
    require(session, actor, room.organization_id, *KEEPERS)
    before = room_facts(room)
    for name in ("name_zh", "name_en", "capacity", "bookable", "opens", "closes"):
        if name in changes:
            setattr(room, name, changes[name])
    check_opening(room.opens, room.closes)
    session.add(room)
    session.flush()
    record(session, actor, "room.changed", "room", room.id, before=before, after=room_facts(room), now=now)
    return room


def check_opening(opens: time | None, closes: time | None) -> None:
    """Let opening hours pass when both or none are given and the room opens before it closes.

    Raises: Invalid `opening_hours_wrong`.
    """
    if (opens is None) != (closes is None) or (opens is not None and closes is not None and opens >= closes):
        raise Invalid("opening_hours_wrong", field="opens")


def by_code(session: Session, asset_code: str) -> Asset:
    """Return the asset of a code as a person may type it, whoever asks.

    Raises: codes.MalformedCode, NotFound `asset_not_found`.
    """
    canonical = codes.parse(asset_code)
    asset = session.exec(select(Asset).where(col(Asset.asset_code) == canonical)).first()
    if asset is None:
        raise NotFound("asset_not_found", asset_code=canonical)
    return asset


def seen(session: Session, viewer: Viewer, asset_code: str) -> Asset:
    """Return the asset of a code, if its owner or holder lies in the viewer's part of the tree.

    Raises: NotFound `asset_not_found`, codes.MalformedCode.
    """
    asset = by_code(session, asset_code)
    mine = visible(col(Asset.owner_id), viewer) | visible(col(Asset.holder_id), viewer)
    if viewer != SYSTEM and session.exec(select(Asset.id).where(Asset.id == asset.id, mine)).first() is None:
        raise NotFound("asset_not_found", asset_code=asset.asset_code)
    return asset


def facts(asset: Asset) -> dict[str, Any]:
    """Return what a change record keeps of an asset."""
    return {
        "asset_code": asset.asset_code,
        "serial": asset.serial,
        "asset_type_id": asset.asset_type_id,
        "owner_id": asset.owner_id,
        "holder_id": asset.holder_id,
        "room_id": asset.room_id,
        "status": asset.status,
        "roams": asset.roams,
        "bookable": asset.bookable,
        "purchased_on": asset.purchased_on.isoformat() if asset.purchased_on else None,
        "purchase_value": str(asset.purchase_value) if asset.purchase_value is not None else None,
    }


def room_facts(room: Room) -> dict[str, Any]:
    """Return what a change record keeps of a room."""
    return {
        "organization_id": room.organization_id,
        "name_zh": room.name_zh,
        "name_en": room.name_en,
        "capacity": room.capacity,
        "bookable": room.bookable,
        "opens": room.opens.isoformat() if room.opens else None,
        "closes": room.closes.isoformat() if room.closes else None,
    }


def _free_code(session: Session, new: NewAsset) -> str:
    wished = codes.parse(new.asset_code) if new.asset_code else None
    for _ in range(1 if wished else _ATTEMPTS):
        candidate = wished or codes.new_code(new.prefix)
        if session.exec(select(Asset.id).where(col(Asset.asset_code) == candidate)).first() is None:
            return candidate
    raise AssetCodeTaken(asset_code=wished or new.prefix)


def _check_type(session: Session, asset_type_id: str) -> None:
    if session.get(AssetType, asset_type_id) is None:
        raise NotFound("asset_type_not_found", asset_type_id=asset_type_id)


def _check_room(session: Session, room_id: str | None, holder_id: str) -> None:
    if room_id is None:
        return
    room = session.get(Room, room_id)
    if room is None:
        raise NotFound("room_not_found", room_id=room_id)
    if room.organization_id != holder_id:
        raise Invalid("room_elsewhere", field="room_id", room_id=room_id)


def _check_serial(session: Session, asset_type_id: str, serial: str | None) -> None:
    taken = select(Asset.id).where(Asset.asset_type_id == asset_type_id, Asset.serial == serial)
    if serial and session.exec(taken).first() is not None:
        raise Conflict("asset_serial_taken", serial=serial)
