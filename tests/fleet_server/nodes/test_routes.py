"""The nodes API: scope, filters, states and samples."""

import pytest
from fastapi.testclient import TestClient

from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database
from fleet_server.nodes import service
from fleet_server.nodes.service import DeviceBirth, LiveState, NodeBirth, Seen
from fleet_server.usage.samples import store
from fleet_server.usage.service import apply_records
from telemetry.journal import Record, RecordKind
from tests.conftest import StillClock
from tests.fleet_server.rig import NORTH, SOUTH, Rig, rig

NAME = "Telemetry/Nozzle"


@pytest.fixture
def made(database: Database, clock: StillClock) -> Rig:
    rigged = rig(database, clock)
    now = to_ms(clock())
    with database.writing() as session:
        for node, site in (("n-north", NORTH), ("n-south", SOUTH), ("n-lost", "s-nowhere")):
            service.apply_node_birth(session, NodeBirth(node, site, now, journal_epoch="e1"))
            birth = DeviceBirth(node, "prn", now, serial=f"SN-{node}", make="Prusa", metrics={NAME: [215.5, now]})
            device_id = service.apply_device_birth(session, birth, clock())
            record = Record(1, RecordKind.TRANSITION, "prn", now - 3_600_000, "b", 0, state="in_use")
            apply_records(session, node, "e1", [record], now)
            service.set_states(session, [LiveState(device_id, "in_use", now - 3_600_000)])
            store(session, [(device_id, now - 1_000, {NAME: 215.5})])
        service.see(session, [Seen("n-north", now)])
    return rigged


def only_device(client: TestClient) -> dict[str, object]:
    (found,) = client.get("/api/v1/devices").json()["items"]
    return dict(found)


def test_a_viewer_sees_the_nodes_below_and_no_others(made: Rig) -> None:
    client = made.client("north")
    assert [item["id"] for item in client.get("/api/v1/nodes").json()["items"]] == ["n-north"]
    assert client.get("/api/v1/nodes/n-south").status_code == 404
    assert client.get("/api/v1/nodes/n-north").json()["journal"]["epoch"] == "e1"


def test_an_administrator_sees_boxes_at_no_known_place(made: Rig) -> None:
    found = made.client("admin").get("/api/v1/nodes").json()
    assert ([item["id"] for item in found["items"]], found["total"]) == (["n-lost", "n-north", "n-south"], 3)


def test_nodes_are_found_by_liveness_and_text(made: Rig) -> None:
    client = made.client("admin")
    assert client.get("/api/v1/nodes?liveness=offline").json()["total"] == 0
    assert client.get("/api/v1/nodes?q=SOUTH").json()["total"] == 1
    assert client.get("/api/v1/nodes?q=%25").json()["total"] == 0


def test_a_device_shows_its_state_and_latest_values(made: Rig) -> None:
    found = only_device(made.client("teacher"))
    assert (found["state"], found["online"], found["state_since"]) == ("in_use", True, "2026-11-19T01:00:00Z")
    assert found["metrics"] == {NAME: {"value": 215.5, "at": "2026-11-19T02:00:00Z"}}
    detail = made.client("teacher").get(f"/api/v1/devices/{found['id']}").json()
    assert detail["manifest"] == {}


def test_a_device_of_another_school_does_not_exist(made: Rig) -> None:
    found = only_device(made.client("north"))
    for path in ("", "/state", f"/samples?metric={NAME}"):
        assert made.client("south").get(f"/api/v1/devices/{found['id']}{path}").status_code in (404,)


def test_states_over_a_range_cover_it_once(made: Rig) -> None:
    client = made.client("north")
    found = only_device(client)
    answer = client.get(f"/api/v1/devices/{found['id']}/state?from=2026-11-19T00:00:00Z&to=2026-11-19T02:00:00Z").json()
    assert [(span["state"], span["cause"]) for span in answer["spans"]] == [("unknown", "not_yet_seen"), ("in_use", "")]
    assert answer["seconds"] == {"unknown": 3600.0, "in_use": 3600.0}


def test_samples_come_by_steps(made: Rig) -> None:
    client = made.client("north")
    found = only_device(client)
    answer = client.get(f"/api/v1/devices/{found['id']}/samples?metric={NAME}&step=3600").json()
    assert [(point["value"], point["low"], point["high"]) for point in answer["points"]] == [(215.5, 215.5, 215.5)]


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-11-19T02:00:00Z&to=2026-11-19T01:00:00Z",
        "from=2020-01-01T00:00:00Z",
        "from=1e999",
        "from=2026-11-19T02:00:00",
        "to=99999999999999999999",
    ],
)
def test_a_range_that_makes_no_sense_is_refused(made: Rig, query: str) -> None:
    client = made.client("north")
    answer = client.get(f"/api/v1/devices/{only_device(client)['id']}/state?{query}")
    assert answer.status_code == 422


def test_figures_and_health_are_there_for_operators(made: Rig) -> None:
    client = made.client(None)
    assert client.get("/healthz").json()["ok"] is True
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]) == (
        503,
        {"database": True, "migrations": True, "broker": False},
    )
    figures = client.get("/metrics").text
    assert 'fleet_nodes{liveness="online"} 3.0' in figures
    assert 'fleet_devices{state="in_use"} 3.0' in figures
