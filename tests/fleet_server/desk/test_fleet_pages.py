"""The fleet list as its readers meet it: filters, pages, CSV, scope."""

from tests.fleet_server.desk.conftest import SignedIn
from tests.fleet_server.desk.district import HOSTILE


def test_the_list_shows_the_viewers_devices_and_no_others(as_person: SignedIn) -> None:
    page = as_person("hilltech").get("/fleet").text
    assert "YX-HILL1PRINTER" in page
    assert "YX-NORTH1PRINTER" not in page


def test_a_hostile_device_name_stays_text(as_person: SignedIn) -> None:
    page = as_person("tech").get("/fleet").text
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
