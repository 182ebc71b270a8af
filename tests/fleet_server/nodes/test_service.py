"""Births, deaths, silence and bindings, on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import Session, col, select

from fleet_server.changes.models import ChangeRecord
from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database
from fleet_server.core.models import OutboxEvent
from fleet_server.inventory.models import Asset, AssetType
from fleet_server.nodes import service
from fleet_server.nodes.binding import BINDING_CHANGED, SERIAL_CONFLICT, bind
from fleet_server.nodes.models import Binding, Device, Node
from fleet_server.nodes.rules import Present, is_online, present
from fleet_server.nodes.service import DeviceBirth, LiveState, NodeBirth, Seen
from fleet_server.organizations.models import Organization
from tests.conftest import StillClock

CREATED = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as opened:
        opened.add(
            Organization(id="org_a", kind="school", name_zh="一中", name_en="No. 1", site_id="s-1", created_at=CREATED)
        )
        opened.add(
            AssetType(id="type_1", kind="printer_3d", make="Prusa", model="MK4", name_zh="打印", name_en="Printer")
        )
        opened.flush()
        for number, serial in (("1", "SN-1"), ("2", "SN-2")):
            opened.add(
                Asset(
                    id=f"asset_{number}",
                    asset_code=f"A-{number}",
                    serial=serial,
                    asset_type_id="type_1",
                    owner_id="org_a",
                    holder_id="org_a",
                    purchased_on=date(2025, 1, 1),
                    created_at=CREATED,
                )
            )
        opened.flush()
        yield opened


def born(session: Session, clock: StillClock, node: str = "n-1", **more: Any) -> Node:
    return service.apply_node_birth(session, NodeBirth(node, "s-1", to_ms(clock()), **{"bd_seq": 3, **more}))


def device(session: Session, clock: StillClock, node: str = "n-1", serial: str = "SN-1") -> Device:
    birth = DeviceBirth(node, "prn", to_ms(clock()), serial=serial, make="Prusa", kind="printer_3d")
    return session.get_one(Device, service.apply_device_birth(session, birth, clock()))


def events(session: Session, topic: str) -> list[dict[str, Any]]:
    return [row.body for row in session.exec(select(OutboxEvent).where(OutboxEvent.topic == topic))]


def bindings(session: Session) -> list[tuple[str, str, int, bool]]:
    rows = session.exec(select(Binding).order_by(col(Binding.since_ms)))
    return [(row.device_id, row.asset_id, row.since_ms, row.until_ms is None) for row in rows]


def test_an_unknown_node_is_foreign_at_the_place_its_group_names(session: Session, clock: StillClock) -> None:
    node = born(session, clock)
    assert (node.status, node.foreign_node, node.organization_id, node.liveness) == ("foreign", True, "org_a", "online")


def test_a_registered_node_keeps_its_place(session: Session, clock: StillClock) -> None:
    session.add(Node(id="n-1", site_id="s-1", organization_id="org_a", name="Room 3"))
    session.flush()
    node = born(session, clock)
    assert (node.status, node.name, node.foreign_node) == ("active", "Room 3", False)


def test_a_device_born_with_an_assets_serial_stands_for_it(session: Session, clock: StillClock) -> None:
    born(session, clock)
    found = device(session, clock)
    assert bindings(session) == [(found.id, "asset_1", 0, True)]
    assert events(session, BINDING_CHANGED)[0]["asset_id"] == "asset_1"


def test_a_device_born_again_is_not_bound_again(session: Session, clock: StillClock) -> None:
    born(session, clock)
    first = device(session, clock)
    clock.advance(60)
    assert device(session, clock).id == first.id
    assert len(bindings(session)) == 1


def test_another_board_in_the_slot_ends_the_old_binding(session: Session, clock: StillClock) -> None:
    born(session, clock)
    found = device(session, clock)
    now = clock.advance(3600)
    device(session, clock, serial="SN-2")
    assert bindings(session) == [(found.id, "asset_1", 0, False), (found.id, "asset_2", to_ms(now), True)]
    ended = session.exec(select(Binding).where(Binding.asset_id == "asset_1")).one()
    assert ended.until_ms == to_ms(now)


def test_of_two_live_devices_with_one_serial_the_newer_wins(session: Session, clock: StillClock) -> None:
    born(session, clock)
    older = device(session, clock)
    clock.advance(60)
    born(session, clock, "n-2")
    newer = device(session, clock, "n-2")
    session.refresh(older)
    assert older.rival_id == newer.id
    assert bindings(session)[-1][:2] == (newer.id, "asset_1")
    assert events(session, SERIAL_CONFLICT) == [{"serial": "SN-1", "device_id": newer.id, "rival_id": older.id}]


def test_a_rebirth_of_the_older_one_does_not_take_the_asset_back(session: Session, clock: StillClock) -> None:
    born(session, clock)
    device(session, clock)
    born(session, clock, "n-2")
    newer = device(session, clock, "n-2")
    born(session, clock)
    device(session, clock)
    assert bindings(session)[-1][:2] == (newer.id, "asset_1")
    assert len(events(session, SERIAL_CONFLICT)) == 1


def test_a_device_that_died_and_came_back_is_the_newer_one(session: Session, clock: StillClock) -> None:
    born(session, clock)
    older = device(session, clock)
    born(session, clock, "n-2")
    device(session, clock, "n-2")
    service.apply_device_death(session, older.id)
    session.expire_all()
    clock.advance(60)
    device(session, clock)
    assert [row[:2] for row in bindings(session) if row[3]] == [(older.id, "asset_1")]


def test_binding_by_hand_leaves_a_change_record_and_ends_the_other(session: Session, clock: StillClock) -> None:
    born(session, clock)
    found = device(session, clock)
    records = len(session.exec(select(ChangeRecord)).all())
    made = bind(session, found.id, "asset_2", 5_000, clock())
    assert [row for row in bindings(session) if row[3]] == [(found.id, "asset_2", 5_000, True)]
    assert len(session.exec(select(ChangeRecord)).all()) == records + 1
    assert bind(session, found.id, "asset_2", 9_000, clock()).id == made.id


@pytest.mark.parametrize(
    ("registered", "said", "ends"), [(True, 3, True), (True, 2, False), (True, 4, False), (False, 4, True)]
)
def test_only_the_death_of_this_session_ends_it(
    session: Session, clock: StillClock, registered: bool, said: int, ends: bool
) -> None:
    if registered:
        session.add(Node(id="n-1", site_id="s-1"))
        session.flush()
    node = born(session, clock)
    found = device(session, clock)
    gone = service.apply_node_death(session, "n-1", said)
    assert gone == ([found.id] if ends else None)
    session.expire_all()
    assert (node.online, found.online) == (not ends, not ends)


def test_silence_makes_a_node_stale_and_then_offline(session: Session, clock: StillClock) -> None:
    node = born(session, clock)
    for seconds, expected in ((89, "online"), (90, "stale"), (299, "stale"), (300, "offline")):
        service.mark_liveness(session, _after(clock, seconds), 90, 300)
        session.expire_all()
        assert node.liveness == expected
    service.see(session, [Seen("n-1", to_ms(clock()) + 400_000, 12, 7, 2)])
    session.expire_all()
    assert (node.liveness, node.clock_offset_ms, node.journal_next, node.journal_pending) == ("online", 12, 7, 2)


def _after(clock: StillClock, seconds: float) -> datetime:
    return StillClock(clock.moment).advance(seconds)


def test_hearing_a_node_makes_its_born_devices_known_until_then(session: Session, clock: StillClock) -> None:
    born(session, clock)
    found = device(session, clock)
    later = to_ms(clock()) + 30_000
    service.see(session, [Seen("n-1", later)])
    session.expire_all()
    assert found.known_until_ms == later
    service.apply_device_death(session, found.id)
    service.see(session, [Seen("n-1", later + 1)])
    session.expire_all()
    assert found.known_until_ms == later


def test_an_older_state_does_not_move_a_newer_one(session: Session, clock: StillClock) -> None:
    born(session, clock)
    found = device(session, clock)
    service.set_states(session, [LiveState(found.id, "in_use", 2_000)])
    service.set_states(session, [LiveState(found.id, "standby", 1_000)])
    session.expire_all()
    assert (found.state, found.state_since_ms) == ("in_use", 2_000)


def test_a_lost_broker_makes_everything_stale(session: Session, clock: StillClock) -> None:
    node = born(session, clock)
    service.mark_all_stale(session)
    session.expire_all()
    assert node.liveness == "stale"


@pytest.mark.parametrize(
    ("liveness", "online", "shares_power", "state", "expected"),
    [
        ("online", True, False, "in_use", Present("in_use", 10, "")),
        ("stale", True, False, "in_use", Present("in_use", 10, "")),
        ("offline", True, False, "in_use", Present("unknown", 99, "box_offline")),
        ("online", False, False, "standby", Present("unknown", 99, "link_lost")),
        ("offline", False, True, "off", Present("off", 10, "")),
        ("offline", False, False, "off", Present("unknown", 99, "box_offline")),
    ],
)
def test_what_is_shown_of_a_device_is_never_older_than_what_is_known(
    liveness: str, online: bool, shares_power: bool, state: str, expected: Present
) -> None:
    found = present(
        state=state,
        since_ms=10,
        cause="",
        known_until_ms=99,
        device_online=online,
        node_liveness=liveness,
        shares_power=shares_power,
    )
    assert found == expected


def test_a_device_is_online_only_with_its_node() -> None:
    assert is_online(device_online=True, node_liveness="online")
    assert not is_online(device_online=True, node_liveness="stale")
