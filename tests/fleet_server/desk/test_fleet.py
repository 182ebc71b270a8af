"""The fleet as one list: what is in it, whose it is, which state is shown."""

from datetime import timedelta

import pytest

from fleet_server.core.db import Database
from fleet_server.core.scope import Role, Viewer
from fleet_server.desk.fleet import fleet_rows
from fleet_server.desk.rules import FleetRow
from fleet_server.schedule.models import Claim
from tests.fleet_server.desk.district import NOW, seed

BUREAU = Viewer("tech", "周明", "Zhou Ming", "zh-CN", ((Role.TECHNICIAN, "bureau"),))
RIVER = Viewer("teach", "李红霞", "Li Hongxia", "zh-CN", ((Role.REQUESTER, "river"),))


@pytest.fixture
def district(database: Database) -> Database:
    with database.writing() as session:
        seed(session)
    return database


def by_key(database: Database, viewer: Viewer = BUREAU) -> dict[str, FleetRow]:
    with database.reading() as session:
        return {row.device_id or row.asset_id: row for row in fleet_rows(session, viewer, NOW)}


def test_every_asset_and_every_loose_device_is_listed_once(district: Database) -> None:
    with district.reading() as session:
        rows = fleet_rows(session, BUREAU, NOW)
    assert len(rows) == len({row.key for row in rows}) == 11
    assert {row.asset_code == "" for row in rows if row.device_id == "loose"} == {True}


def test_an_asset_without_a_device_has_no_measured_state(district: Database) -> None:
    assert by_key(district)["a-kit"].state == "unconnected"


def test_a_school_sees_what_it_owns_even_while_another_holds_it(district: Database) -> None:
    rows = by_key(district, RIVER)
    assert set(rows) == {"river-1.recorder", "river-1.board", "river-2.printer", "a-kit"}


def test_a_device_whose_box_is_silent_is_unknown_and_one_switched_off_is_off(district: Database) -> None:
    rows = by_key(district)
    assert rows["hill-1.printer"].state == "unknown"
    assert rows["river-1.board"].state == "off"


def test_a_maintenance_claim_covers_standby_but_not_measured_use(district: Database) -> None:
    with district.writing() as session:
        for asset in ("a-river-2.printer", "a-river-1.recorder"):
            session.add(
                Claim(
                    id=f"m-{asset}"[:32],
                    resource_kind="asset",
                    resource_id=asset,
                    busy_from=NOW - timedelta(hours=1),
                    busy_until=NOW + timedelta(hours=1),
                    kind="maintenance",
                    source_id="w1",
                    status="active",
                    created_at=NOW,
                )
            )
    rows = by_key(district)
    assert rows["river-2.printer"].state == "maintenance"
    assert rows["river-1.recorder"].state == "in_use"
