"""Writes a demo district's things into an empty database: types, rooms, assets with their holders, boxes, devices."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlmodel import Session

from fleet_server.core.clock import to_ms
from fleet_server.demo import places
from fleet_server.demo.catalog import TYPES
from fleet_server.demo.district import ZONE, District, Item, device_key
from fleet_server.demo.rows import Row, insert
from fleet_server.inventory import codes
from fleet_server.inventory.models import Asset, AssetType, Holding, Room
from fleet_server.nodes.models import Binding, Device, Node

HOST_TYPE = "computer"
HOST_DEVICE = "host"


def write_inventory(session: Session, district: District, opened: datetime) -> None:
    """Write types, rooms and assets, and who held them since `opened`."""
    types = [
        {
            "id": district.ident("aty", model.key),
            "kind": model.kind,
            "make": model.make,
            "model": model.model,
            "name_zh": model.names[0],
            "name_en": model.names[1],
            "capabilities": model.capabilities,
            "setup_minutes": model.prepare[0],
            "clear_minutes": model.prepare[1],
        }
        for model in TYPES.values()
    ]
    insert(session, AssetType, types)
    rooms = [
        {
            "id": room.id,
            "organization_id": room.school_id,
            "name_zh": room.name_zh,
            "name_en": room.name_en,
            "capacity": room.capacity,
            "bookable": room.bookable,
            "opens": time(0, 0) if room.bookable else None,
            "closes": time(23, 59) if room.bookable else None,
        }
        for room in district.rooms
    ]
    insert(session, Room, rooms)
    insert(session, Asset, [_asset(district, item, opened) for item in district.items])
    insert(session, Holding, [row for item in district.items for row in _holdings(district, item, opened)])


def _asset(district: District, item: Item, opened: datetime) -> Row:
    return {
        "id": item.id,
        "asset_code": codes.with_check("YX", district.ident("code", item.id)[5:12]),
        "serial": item.serial,
        "asset_type_id": district.ident("aty", item.type_key),
        "owner_id": item.owner_id,
        "holder_id": item.now.school_id,
        "room_id": item.now.room_id,
        "status": "in_service",
        "roams": item.kind == "printer_3d",
        "bookable": item.kind != "smart_board",
        "purchased_on": item.purchased_on,
        "purchase_value": Decimal(item.value),
        "created_at": opened,
        "version": len(item.stints),
    }


def _holdings(district: District, item: Item, opened: datetime) -> Iterator[Row]:
    """Yield who held an asset since the demo's history began: any time before would count as unknown."""
    known = [number for number, stint in enumerate(item.stints) if _start_of(stint.since) <= opened]
    stints = item.stints[known[-1] if known else 0 :]
    starts = [max(_start_of(stint.since), opened) for stint in stints]
    for number, stint in enumerate(stints):
        yield {
            "id": district.ident("hld", item.id, number),
            "asset_id": item.id,
            "holder_id": stint.school_id,
            "room_id": stint.room_id,
            "since": starts[number],
            "until": starts[number + 1] if number + 1 < len(starts) else None,
        }


def write_boxes(session: Session, district: District, opened: datetime) -> None:
    """Register the boxes, and bind their devices from the day the history begins."""
    boxes = [
        {"id": box.node_id, "site_id": box.site_id, "organization_id": box.school_id, "name": box.name}
        for box in district.boxes
    ]
    insert(session, Node, boxes)
    insert(session, Device, [_device(item) for item in district.items])
    bindings = [
        {
            "id": district.ident("bind", item.id),
            "device_id": item.device_id,
            "asset_id": item.id,
            "since_ms": to_ms(opened),
        }
        for item in district.items
    ]
    insert(session, Binding, bindings)


def _device(item: Item) -> Row:
    model = TYPES[item.type_key]
    return {
        "id": item.device_id,
        "node_id": item.node_id,
        "device_key": device_key(item.serial),
        "organization_id": item.now.school_id,
        "kind": model.kind,
        "make": model.make,
        "model": model.model,
        "serial": item.serial,
        "firmware": model.firmware,
    }


def write_this_computer(
    session: Session, district: District, office: tuple[str, str], node_id: str, now: datetime
) -> None:
    """Register the computer the demo runs on; it may have no serial of its own, so its device is bound by hand."""
    office_id, site_id = office
    session.add(Node(id=node_id, site_id=site_id, organization_id=office_id, name=places.OFFICE[0]))
    room, kind, asset, device = (district.ident(prefix, "host") for prefix in ("rom", "aty", "ast", "dev"))
    session.add(Room(id=room, organization_id=office_id, name_zh="机房", name_en="Server room"))
    zh, en = "运行演示的计算机", "The computer running this demo"
    session.add(AssetType(id=kind, kind=HOST_TYPE, make="", model="", name_zh=zh, name_en=en))
    session.flush()
    session.add(
        Asset(
            id=asset,
            asset_code=codes.with_check("YX", district.ident("code", "host")[5:12]),
            asset_type_id=kind,
            owner_id=office_id,
            holder_id=office_id,
            room_id=room,
            bookable=False,
            created_at=now,
        )
    )
    session.add(Device(id=device, node_id=node_id, device_key=HOST_DEVICE, kind=HOST_TYPE))
    session.flush()
    session.add(Holding(id=district.ident("hld", "host"), asset_id=asset, holder_id=office_id, room_id=room, since=now))
    session.add(Binding(id=district.ident("bind", "host"), device_id=device, asset_id=asset, since_ms=to_ms(now)))
    session.flush()


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
