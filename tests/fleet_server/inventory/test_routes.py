"""The inventory over REST."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.people.service import issue_token
from tests.conftest import StillClock
from tests.fleet_server.bookings.schools import Consortium, found

TYPE = {"kind": "recorder", "make": "Lu", "model": "R1", "name_zh": "录播主机", "name_en": "Recorder"}


@pytest.fixture
def made(database: Database) -> Consortium:
    with database.writing() as session:
        return found(session)


@pytest.fixture
def keeper(database: Database, clock: StillClock, made: Consortium) -> Iterator[TestClient]:
    """A client signed in as the coordinator of school A."""
    with database.writing() as session:
        token = issue_token(session, made.people["coordinator_a"].person_id, "test", clock())
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    with TestClient(
        create_app(database, Settings(), clock), base_url="http://testserver/api/v1", headers=headers
    ) as client:
        yield client


def test_a_type_a_room_and_an_asset_are_registered_and_changed(keeper: TestClient) -> None:
    kind = keeper.post("/asset-types", json={**TYPE, "capabilities": {"resolution": "1080p", "channels": 4}})
    assert kind.status_code == 201
    room = keeper.post("/rooms", json={"organization_id": "org_a", "name_zh": "录播室", "name_en": "Studio"}).json()
    body = {"asset_type_id": kind.json()["id"], "owner_id": "org_a", "room_id": room["id"], "serial": "SN-7"}
    asset = keeper.post("/assets", json={**body, "purchase_value": "12800.50"})
    assert (asset.status_code, asset.headers["etag"]) == (201, '"1"')
    assert (asset.json()["kind"], asset.json()["purchase_value"]) == ("recorder", "12800.50")
    path = f"/assets/{asset.json()['asset_code'].lower()}"
    changed = keeper.patch(path, json={"status": "maintenance", "room_id": None}, headers={"If-Match": '"1"'})
    assert (changed.json()["status"], changed.json()["room_id"]) == ("maintenance", None)
    stale = keeper.patch(path, json={"status": "in_service"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "asset_stale")
    held = keeper.get(f"{path}/history").json()["items"]
    assert [one["room_id"] for one in held] == [room["id"], None]


def test_rooms_are_those_of_the_callers_part_of_the_tree(keeper: TestClient) -> None:
    assert [one["id"] for one in keeper.get("/rooms").json()["items"]] == ["rom_a"]
    assert keeper.get("/rooms/rom_b").status_code == 404
    assert keeper.patch("/rooms/rom_b", json={"capacity": 3}).status_code == 404
    changed = keeper.patch("/rooms/rom_a", json={"opens": "08:00:00", "closes": "17:30:00"})
    assert (changed.json()["opens"], changed.json()["closes"]) == ("08:00:00", "17:30:00")
    assert keeper.patch("/rooms/rom_a", json={"opens": "18:00:00"}).json()["code"] == "opening_hours_wrong"


def test_an_import_is_tried_dry_before_it_is_done(keeper: TestClient) -> None:
    text = "make,model,owner,serial\nMake,One,org_a,S1\nMake,One,org_a,S2\n"
    dry = keeper.post("/assets/import", files={"file": ("a.csv", text)}).json()
    assert dry == {"rows": 2, "committed": False, "asset_codes": [], "problems": []}
    done = keeper.post("/assets/import", files={"file": ("a.csv", text)}, data={"commit": "true"}).json()
    assert (done["committed"], len(done["asset_codes"])) == (True, 2)
    again = keeper.post("/assets/import", files={"file": ("a.csv", text)}, data={"commit": "true"})
    body = again.json()
    assert (again.status_code, body["code"]) == (422, "import_rows_wrong")
    assert [(one["row"], one["column"]) for one in body["problems"]] == [(2, "serial"), (3, "serial")]
    assert "S1" in body["problems"][0]["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/assets", {"asset_type_id": "typ_printer", "owner_id": "org_a", "purchase_value": "NaN"}),
        ("/assets", {"asset_type_id": "typ_printer", "owner_id": "org_a", "purchase_value": 1e300}),
        ("/assets", {"asset_type_id": "typ_printer", "owner_id": "org_a", "serial": "a\x00"}),
        ("/assets", {"asset_type_id": "typ_printer", "owner_id": "org_a", "asset_code": "CF-ABCDEFGH"}),
        ("/assets", {"asset_type_id": "typ_printer", "owner_id": "org_a", "purchased_on": "9999-01-01"}),
        ("/asset-types", {**TYPE, "capabilities": {"n": 10**400}}),
        ("/asset-types", {**TYPE, "kind": "3D"}),
        ("/rooms", {"organization_id": "org_a", "name_zh": "x", "name_en": "x", "opens": "08:00:00+08:00"}),
    ],
)
def test_bad_input_is_refused(keeper: TestClient, path: str, body: dict[str, object]) -> None:
    answer = keeper.post(path, json=body)
    assert answer.status_code == 422, answer.text
