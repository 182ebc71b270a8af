"""A real OctoPrint prints with its virtual printer; the server shows it, meters it and opens the figure into it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from fleet_server.bookings.models import BookingSession
from fleet_server.bookings.sessions import sweep
from fleet_server.core.clock import utc_now
from fleet_server.core.db import open_database
from tests.device_drivers.octoprint_server import API_KEY, running_octoprint
from tests.device_drivers.octoprint_server import until as until_it
from tests.system.peers.conftest import Site
from tests.system.peers.processes import BoxDevice, agent_settings, running_agent

pytestmark = [pytest.mark.peer, pytest.mark.timeout(400)]

NODE = "n-octoprint"
_MOVES = "".join(f"G1 X{10 + n % 20} Y{10 + n % 10} E{n * 0.5:.1f} F12000\n" for n in range(1, 121))
PART = f"M140 S40\nM104 S60\nM190 S40\nM109 S60\nG28\nG92 E0\n{_MOVES}M104 S0\nM140 S0\n"
"""A part of 120 moves that takes 60 mm of filament."""


def test_a_real_print_is_shown_metered_and_found_in_the_evidence(site: Site, tmp_path: Path) -> None:
    server, code = site.server, site.school.codes["P-1"]
    with running_octoprint(tmp_path) as octoprint:
        octoprint.connect()
        until_it(lambda: octoprint.get("/api/printer")[0] == 200, 60)
        device = BoxDevice(
            "prn", "printer_octoprint", {"url": octoprint.url, "api_key": API_KEY, "make": "Acme", "serial": "P-1"}
        )
        with running_agent(agent_settings(tmp_path / "agent", NODE, site.broker.port, [device], 0.3)):
            begun = datetime.now(UTC)
            server.wait_for(NODE, "standby")
            octoprint.upload("Wang Wu house.gcode", PART, print_it=True)
            server.wait_for(NODE, "in_use")
            server.wait_for(NODE, "standby")
            server.until(lambda: bool(server.metric(NODE, "Usage/Filament")), "filament")
            shown = server.device(NODE)
            page = server.ask("GET", f"/assets/{code}", "zh-CN")
            ended = datetime.now(UTC) + timedelta(seconds=1)
            spans = server.spans(shown["id"], begun, ended)
    assert states(spans) == ["standby", "setup", "in_use", "setup", "standby"] or states(spans) == [
        "standby",
        "setup",
        "in_use",
        "standby",
    ]
    printed = next(span for span in spans if span["state"] == "in_use")
    used_s = seconds(printed)
    assert shown["asset_code"] == code
    assert page.status_code == 200
    assert all(word in page.text for word in (code, "待机", "Acme", "P-1"))
    assert "Wang" not in page.text
    assert server.metric(NODE, "Usage/Jobs Finished") == 1
    assert server.metric(NODE, "Usage/Filament") == pytest.approx(0.06)
    assert server.metric(NODE, "Usage/Hours") * 3600 == pytest.approx(used_s, abs=1.5)
    evidence = server.evidence(code, begun, ended)
    assert [item["duration_s"] for item in evidence["items"] if item["state"] == "in_use"] == [pytest.approx(used_s)]
    assert evidence["row"]["used_s"] == pytest.approx(used_s)
    assert sessions(site, shown["id"]) == [round(used_s * 1000)]


def states(spans: list[dict[str, str]]) -> list[str]:
    """Return the known states in order."""
    return [span["state"] for span in spans if span["state"] != "unknown"]


def seconds(span: dict[str, str]) -> float:
    return (datetime.fromisoformat(span["end"]) - datetime.fromisoformat(span["start"])).total_seconds()


def sessions(site: Site, device_id: str) -> list[int]:
    """Run the server's periodic sweep and return how long each of the device's usage sessions used it, ms."""
    database = open_database(site.database_url)
    sweep(database, utc_now())
    with database.reading() as session:
        found = session.exec(select(BookingSession.used_ms).where(BookingSession.device_id == device_id)).all()
    database.dispose()
    return list(found)
