"""Every page of the desk, in both languages, with real rows: translated, bound by the content policy, small."""

import gzip
import re

import pytest
from starlette.testclient import TestClient

from fleet_server.web.i18n import translator
from tests.fleet_server.desk.conftest import SignedIn
from tests.fleet_server.desk.district import HOSTILE
from tests.fleet_server.web.catalogues import texts_used

PAGES = (
    ("tech", "/"),
    ("admin", "/"),
    ("coord", "/"),
    ("teach", "/"),
    ("tech", "/fleet"),
    ("tech", "/fleet?state=fault&q=nothing"),
    ("tech", "/assets/YX-NORTH1PRINTER"),
    ("tech", "/assets/YX-NORTH1PRINTER?day=2026-11-18"),
    ("tech", "/assets/YX-HILL1PRINTER"),
    ("tech", "/assets/YX-KIT1"),
    ("tech", "/devices/loose"),
    ("tech", "/no-such-page"),
)
COLD_BYTES = 150_000


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize(("person", "path"), PAGES)
def test_a_page_answers_in_the_readers_language(as_person: SignedIn, person: str, path: str, locale: str) -> None:
    answer = as_person(person, locale).get(path)
    assert answer.status_code == (404 if "no-such" in path else 200)
    assert f'<html lang="{locale}">' in answer.text


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_a_chinese_page_holds_no_english_text_of_ours(as_person: SignedIn, person: str, path: str) -> None:
    page = as_person(person, "zh-CN").get(path).text
    shown = re.sub(r"<(head|script|style|code)\b.*?</\1>|<[^>]*>", "\n", page, flags=re.DOTALL)
    lines = {line.strip() for line in shown.splitlines()}
    english = {text for text in texts_used() if re.search("[a-z]", text) and translator("zh-CN")(text) != text}
    assert lines & english == set()


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_a_page_keeps_the_content_policy(as_person: SignedIn, person: str, path: str) -> None:
    answer = as_person(person).get(path)
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", answer.text)


def test_a_hostile_name_stays_text_wherever_it_is_shown(as_person: SignedIn) -> None:
    client = as_person("tech")
    for path in ("/fleet", "/fleet?q=%3Cimg", "/devices/loose", "/"):
        assert HOSTILE not in client.get(path).text


@pytest.mark.parametrize(("person", "path"), PAGES)
def test_a_cold_page_with_all_it_loads_stays_below_its_budget(as_person: SignedIn, person: str, path: str) -> None:
    client = as_person(person)
    page = client.get(path).text
    loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    weight = sum(len(gzip.compress(client.get(address).content)) for address in loaded)
    assert loaded
    assert weight + len(gzip.compress(page.encode())) < COLD_BYTES


def test_an_auditor_starts_at_utilization(as_person: SignedIn) -> None:
    assert as_person("audit").get("/").headers["location"] == "/utilization"


def test_every_entry_of_the_navigation_leads_somewhere(as_person: SignedIn) -> None:
    for person in ("tech", "coord", "teach", "audit"):
        client = as_person(person)
        for address in re.findall(r'<a href="([^"]+)"', _navigation(client)):
            assert client.get(address).status_code in (200, 303), address


def _navigation(client: TestClient) -> str:
    found = re.search(r"<nav id=.*?</nav>", client.get("/fleet").text, re.DOTALL)
    assert found
    return found[0]


def test_a_reader_without_a_session_is_sent_to_sign_in_and_back(as_person: SignedIn) -> None:
    client = as_person("tech")
    client.cookies.delete("session")
    answer = client.get("/fleet?state=fault")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Ffleet%3Fstate%3Dfault")


def test_an_asset_lists_what_has_begun_and_apart_from_it_what_comes(as_person: SignedIn) -> None:
    page = as_person("coord", "en").get("/assets/YX-NORTH1BOARD").text
    assert "Nobody has booked it yet." in page
    assert "Coming up" in page
    page = as_person("coord", "en").get("/assets/YX-NORTH1PRINTER").text
    assert "齿轮箱三件" in page
    assert "Coming up" not in page


def test_measured_use_stands_beside_each_booking(as_person: SignedIn) -> None:
    page = as_person("coord", "en").get("/assets/YX-NORTH1PRINTER").text.replace("\u00a0", " ")
    booked = re.findall(r'data-l="(Booked|Measured)">([^<]+)<', page)
    assert booked[:2] == [("Booked", "2 h 30 min"), ("Measured", "1 h 28 min")]
