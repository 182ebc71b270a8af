"""The utilization page as its readers meet it: finding, coverage, table, evidence, files."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime

import pytest
from openpyxl import load_workbook
from starlette.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.db import Database
from fleet_server.core.scope import Role
from fleet_server.core.settings import Settings
from fleet_server.organizations.models import Organization, Period, Term
from fleet_server.people.models import Person, RoleGrant
from fleet_server.people.service import start_session
from fleet_server.utilization.service import reopen
from fleet_server.utilization.settling import settle
from tests.conftest import StillClock
from tests.fleet_server.utilization.world import BEGINNING, HOUR, MIDNIGHT, World, local_time

DAY = 24 * HOUR
NOW = datetime(2026, 11, 19, 14, 0, tzinfo=UTC)
USED_HOURS = {"north": (1, 2), "river": (1, 1)}


@pytest.fixture
def browser(sqlite_database: Database) -> Iterator[Callable[..., TestClient]]:
    """Two schools whose printers were used more in the last two weeks than in the two before; one box is dark."""
    with sqlite_database.writing() as session:
        world = World(session)
        world.organization("bureau", kind="bureau")
        for school in ("north", "river", "dark"):
            world.organization(school, above=("bureau",))
            session.get_one(Organization, school).pupils = 400
        session.add(Term(id="t", organization_id="bureau", name_zh="秋季学期", name_en="Autumn term",
                         first_day=date(2026, 9, 1), last_day=date(2027, 1, 20)))  # fmt: skip
        session.add(Period(id="p", organization_id="bureau", number=1, starts=local_time(8), ends=local_time(12)))
        for school in ("north", "river"):
            world.asset(f"a-{school}", school)
            world.device(f"d-{school}", f"a-{school}", MIDNIGHT + 22 * HOUR, since=MIDNIGHT - 27 * DAY)
            for number in range(28):
                start = MIDNIGHT - (27 - number) * DAY
                used = USED_HOURS[school][0 if number < 14 else 1] * HOUR
                world.segments(
                    f"d-{school}",
                    (start, start + 8 * HOUR, "off"),
                    (start + 8 * HOUR, start + 8 * HOUR + used, "in_use"),
                    (start + 8 * HOUR + used, start + 22 * HOUR, "standby"),
                )
                reopen(session, [(f"d-{school}", start, start + DAY)])
        world.asset("a-dark", "dark")
        world.device("d-dark", "a-dark", MIDNIGHT, since=MIDNIGHT - 27 * DAY)
        lit = (MIDNIGHT - number * DAY for number in range(28) if number % 3)
        world.segments("d-dark", *((start, start + DAY, "standby") for start in lit))
        reopen(session, [("d-dark", MIDNIGHT - 27 * DAY, MIDNIGHT + DAY)])
        for name, role in (("auditor", Role.AUDITOR), ("teacher", Role.REQUESTER)):
            session.add(Person(id=name, username=name, name_zh=name, name_en=name, created_at=BEGINNING))
            session.flush()
            place = "bureau" if name == "auditor" else "north"
            session.add(RoleGrant(id=name, person_id=name, organization_id=place, role=role.value, since=BEGINNING))
    settle(sqlite_database, NOW)
    app = create_app(sqlite_database, Settings(), StillClock(NOW))
    with ExitStack() as stack:

        def signed_in(person: str = "auditor", locale: str = "en") -> TestClient:
            with sqlite_database.writing() as session:
                secret = start_session(session, person, NOW)
            client = stack.enter_context(TestClient(app, follow_redirects=False))
            client.cookies.update({"session": secret, "locale": locale})
            client.headers["accept"] = "text/html"
            return client

        yield signed_in


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.replace("&nbsp;", " ").replace("\u00a0", " ")))


def test_the_finding_says_how_much_since_when_and_where_it_comes_from(browser: Callable[..., TestClient]) -> None:
    page = text_of(browser().get("/utilization?organization=bureau").text)
    said = re.search(r"used (.*?) of the known lesson hours this term, up (.*?) points in the last 2 weeks", page)
    assert said
    assert "over the first 2; most of it at north" in page
    assert "with Printer T300." in page


def test_the_finding_is_as_whole_in_chinese(browser: Callable[..., TestClient]) -> None:
    page = text_of(browser(locale="zh-CN").get("/utilization?organization=north").text)
    assert "本学期，共享设备在已知的上课时间里用了 37.5%，最近 2 周比头 2 周高 25.0 个百分点；升幅主要来自north" in page


def test_a_school_under_the_floor_gets_no_rate_and_is_named(browser: Callable[..., TestClient]) -> None:
    page = text_of(browser().get("/utilization?organization=bureau").text)
    assert re.search(r"dark has a coverage of 6\d%, below the floor of 80%, and gets no rate of its own.", page)
    assert "insufficient data" in page


def test_the_evidence_of_a_row_subtracts_line_by_line(browser: Callable[..., TestClient]) -> None:
    page = text_of(browser().get("/utilization?organization=bureau&row=north").text)
    assert "Where the 37.5% of north come from" in page
    assert "30.0 ÷ 80.0" in page


@pytest.mark.parametrize("by", ["organization", "asset_type", "month"])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_every_grouping_renders_without_inline_script_or_style(
    browser: Callable[..., TestClient], by: str, locale: str
) -> None:
    answer = browser(locale=locale).get(f"/utilization?by={by}")
    assert answer.status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"\sstyle=|<style|\son\w+=", answer.text)


def test_csv_and_workbook_hold_the_rows_of_the_table_in_its_order(browser: Callable[..., TestClient]) -> None:
    client = browser()
    table = list(
        csv.reader(io.StringIO(client.get("/utilization.csv?organization=bureau").text.removeprefix("\ufeff")))
    )
    assert [row[0] for row in table[1:]] == ["north", "river", "dark", "Total"]
    book = load_workbook(io.BytesIO(client.get("/utilization.xlsx?organization=bureau").content))
    sheet = book.active
    assert sheet is not None
    assert [cell.value for cell in sheet["A"]] == [row[0] for row in table]
    assert sheet["G2"].value == pytest.approx(0.375)


def test_the_evidence_file_sums_to_the_figure(browser: Callable[..., TestClient]) -> None:
    body = browser().get("/utilization/evidence.csv?organization=bureau&row=north").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(body)))
    used = sum(float(row["Seconds"]) for row in rows if row["Record"] == "stretch" and row["Counted as"] == "used")
    known = sum(float(row["Seconds"]) for row in rows if row["Record"] == "stretch" and row["Counted as"] != "unknown")
    assert used / known == pytest.approx(0.375)
    assert sum(row["Record"] == "calendar day" for row in rows) == 80


def test_segments_behind_a_row_are_listed_and_filtered(browser: Callable[..., TestClient]) -> None:
    client = browser()
    assert "a-north" in client.get("/utilization/segments?organization=bureau&row=north").text
    page = client.get("/utilization/segments?organization=bureau&row=north&state=in_use").text
    assert "Standby" not in text_of(page).partition("Cause")[2]


def test_late_data_that_is_not_computed_yet_is_said(
    browser: Callable[..., TestClient], sqlite_database: Database
) -> None:
    with sqlite_database.writing() as session:
        reopen(session, [("d-north", MIDNIGHT, MIDNIGHT + 1)])
    assert "1 day of late data is being computed" in text_of(browser().get("/utilization").text)


def test_a_viewer_sees_their_part_of_the_tree_only(browser: Callable[..., TestClient]) -> None:
    client = browser("teacher")
    assert "river" not in client.get("/utilization").text
    assert client.get("/utilization?organization=river").status_code == 404


@pytest.mark.parametrize(
    "query", ["from=x", "by=nothing", "period=custom&from=2026-11-20&to=2026-09-01", "row=%00", "row=none"]
)
def test_strange_questions_are_refused_or_answered_never_failed(browser: Callable[..., TestClient], query: str) -> None:
    assert browser().get(f"/utilization?{query}").status_code in (200, 404, 422)
