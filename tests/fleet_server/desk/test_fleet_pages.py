"""The fleet list as its readers meet it: filters, pages, CSV, scope, tags."""

import csv
import io
import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from fleet_server.desk import fleet_pages
from fleet_server.nodes.models import Device
from tests.fleet_server.desk.conftest import SignedIn


def listed(page: str) -> list[str]:
    return re.findall(r"<code>(YX-[A-Z0-9]+)</code>", page)


def rows_of(client: TestClient, path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(client.get(path).text.removeprefix("\ufeff"))))


def test_the_list_shows_the_viewers_devices_and_no_others(as_person: SignedIn) -> None:
    assert sorted(listed(as_person("hilltech").get("/fleet").text)) == ["YX-HILL1PRINTER", "YX-HILL2BOARD"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=fault", {"YX-NORTH1BOARD"}),
        ("school=river&kind=printer_3d", {"YX-RIVER2PRINTER"}),
        ("liveness=offline", {"YX-HILL1PRINTER", "YX-HILL2BOARD"}),
        ("q=t300+河口", {"YX-RIVER2PRINTER"}),
        ("q=north-1", {"YX-NORTH1PRINTER", "YX-NORTH1BOARD", "YX-NORTH1RECORDER"}),
        ("state=setup&school=hill", set()),
    ],
)
def test_a_filter_is_the_address(as_person: SignedIn, query: str, expected: set[str]) -> None:
    assert set(listed(as_person("tech").get(f"/fleet?{query}").text)) == expected


def test_a_chip_drops_its_own_condition_only(as_person: SignedIn) -> None:
    page = as_person("tech").get("/fleet?state=fault&school=north").text
    assert re.search(r'class="chip on" href="/fleet\?state=fault"', page)
    assert re.search(r'class="chip on" href="/fleet\?school=north"', page)


def test_a_choice_says_how_many_it_leaves(as_person: SignedIn) -> None:
    page = as_person("tech", "en").get("/fleet?kind=printer_3d").text
    assert '<option value="standby">Standby (1)</option>' in page


def test_pages_by_key_show_every_row_once(as_person: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet_pages, "PAGE_SIZE", 4)
    client, seen, address = as_person("tech"), [], "/fleet"
    while address:
        page = client.get(address).text
        seen += listed(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 10


def test_the_csv_holds_exactly_what_the_filter_shows_in_the_readers_language(as_person: SignedIn) -> None:
    head, *rows = rows_of(as_person("tech"), "/fleet.csv?state=fault")
    assert head[:3] == ["资产编号", "出厂编号", "类别"]
    assert [row[0] for row in rows] == ["YX-NORTH1BOARD"]
    assert rows[0][7] == "故障"


def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(served: FastAPI, as_person: SignedIn) -> None:
    with served.state.database.writing() as session:
        device = session.get(Device, "loose")
        device.model = '=HYPERLINK("http://evil.example")'
        session.add(device)
    rows = rows_of(as_person("tech"), "/fleet.csv?q=hyperlink")
    assert rows[1][3] == '\'=HYPERLINK("http://evil.example")'


def test_an_unchanged_list_is_not_sent_again(served: FastAPI, as_person: SignedIn) -> None:
    client = as_person("tech")
    tag = client.get("/fleet").headers["etag"]
    assert client.get("/fleet", headers={"if-none-match": tag}).status_code == 304
    with served.state.database.writing() as session:
        device = session.get(Device, "river-2.printer")
        device.state = "fault"
        session.add(device)
    assert client.get("/fleet", headers={"if-none-match": tag}).status_code == 200


def test_a_forged_cursor_is_refused_with_a_page(as_person: SignedIn) -> None:
    answer = as_person("tech").get("/fleet?cursor=AAAA")
    assert answer.status_code == 422
    assert "<h1>" in answer.text
