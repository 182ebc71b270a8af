"""Registering and changing assets, and the history of who held them."""

from datetime import time

import pytest
from sqlmodel import select

from fleet_server.changes.models import ChangeRecord
from fleet_server.core.db import Database
from fleet_server.core.errors import Conflict, Forbidden, Invalid, NotFound
from fleet_server.core.scope import SYSTEM
from fleet_server.inventory import codes, holdings, service
from fleet_server.inventory.models import Room
from fleet_server.inventory.service import NewAsset
from tests.fleet_server.bookings.schools import NOW, at, found


def test_an_asset_gets_a_code_a_holding_and_a_record(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        coordinator = made.people["coordinator_a"]
        new = NewAsset(asset_type_id="typ_printer", owner_id="org_a", room_id="rom_a", serial="SN1", prefix="3D")
        asset = service.register_asset(session, coordinator, new, NOW)
        assert codes.parse(asset.asset_code.lower()) == asset.asset_code
        assert service.by_code(session, asset.asset_code.replace("-", " - ").lower()).id == asset.id
        (holding,) = holdings.history(session, asset.id)
        assert (holding.holder_id, holding.room_id, holding.since, holding.until) == ("org_a", "rom_a", NOW, None)
        record = session.exec(select(ChangeRecord).where(ChangeRecord.object_id == asset.id)).one()
        assert (record.action, record.actor_id) == ("asset.registered", coordinator.person_id)


def test_a_code_or_serial_is_given_once(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        first = NewAsset(asset_type_id="typ_printer", owner_id="org_a", serial="SN1")
        service.register_asset(session, SYSTEM, first, NOW)
        with pytest.raises(Conflict) as caught:
            service.register_asset(session, SYSTEM, first, NOW)
        assert caught.value.code == "asset_serial_taken"
        again = NewAsset(asset_type_id="typ_printer", owner_id="org_a", asset_code=made.printer.asset_code)
        with pytest.raises(service.AssetCodeTaken):
            service.register_asset(session, SYSTEM, again, NOW)


@pytest.mark.parametrize(
    ("who", "error"), [("teacher_a", Forbidden), ("coordinator_b", NotFound), ("auditor", Forbidden)]
)
def test_only_keepers_of_the_owner_register(database: Database, who: str, error: type[Exception]) -> None:
    with database.writing() as session:
        made = found(session)
        with pytest.raises(error):
            service.register_asset(
                session, made.people[who], NewAsset(asset_type_id="typ_printer", owner_id="org_a"), NOW
            )


def test_a_room_must_belong_to_the_holder(database: Database) -> None:
    with database.writing() as session:
        found(session)
        with pytest.raises(Invalid):
            service.register_asset(
                session, SYSTEM, NewAsset(asset_type_id="typ_printer", owner_id="org_a", room_id="rom_b"), NOW
            )


def test_a_new_holder_closes_one_holding_and_opens_the_next(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        service.change_asset(session, made.people["coordinator"], made.printer, {"holder_id": "org_b"}, 1, at(3))
        first, second = holdings.history(session, made.printer.id)
        assert (first.holder_id, first.until, second.holder_id, second.since) == ("org_a", at(3), "org_b", at(3))
        assert holdings.holder_at(session, made.printer.id, at(2.9)) == "org_a"
        assert holdings.holder_at(session, made.printer.id, at(3)) == "org_b"
        assert made.printer.version == 2


def test_a_stale_change_and_one_of_a_retired_asset_are_refused(database: Database) -> None:
    with database.writing() as session:
        made = found(session)
        keeper = made.people["coordinator_a"]
        service.change_asset(session, keeper, made.printer, {"status": "retired"}, 1, NOW)
        with pytest.raises(service.AssetStale):
            service.change_asset(session, keeper, made.printer, {"bookable": False}, 1, NOW)
        with pytest.raises(service.AssetRetired):
            service.change_asset(session, keeper, made.printer, {"bookable": False}, 2, NOW)


@pytest.mark.parametrize(
    ("opens", "closes"), [(time(8), None), (None, time(8)), (time(9), time(8)), (time(8), time(8))]
)
def test_opening_hours_come_in_pairs_and_in_order(database: Database, opens: time | None, closes: time | None) -> None:
    with database.writing() as session:
        found(session)
        room = Room(id="rom_x", organization_id="org_a", name_zh="x", name_en="x", opens=opens, closes=closes)
        with pytest.raises(Invalid):
            service.register_room(session, SYSTEM, room, NOW)
