"""A teacher books and moves in a real browser: by form without a script, by drag, by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database, open_database
from tests.browser.conftest import PHONE, Open
from tests.fleet_server.bookings_pages.conftest import seed
from tests.fleet_server.desk.district import NOW

pytestmark = pytest.mark.browser
PRINTER = "YX-11AAX"
TOMORROW = "2026-11-20"


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Database]:
    """Two schools with printers and a room."""
    path = tmp_path_factory.mktemp("booking") / "fleet.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}")
    seed(database, to_ms(NOW))
    yield database
    database.dispose()


def track(page: Page) -> Locator:
    return page.locator(f'.trk[data-row="asset:{PRINTER}"]')


def drag(page: Page, row: Locator, from_share: float, to_share: float) -> None:
    """Press, move and release on a row, at shares of its width (08:00 to 18:00)."""
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    assert box
    y = box["y"] + 12
    page.mouse.move(box["x"] + box["width"] * from_share, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * (from_share + to_share) / 2, y)
    page.mouse.move(box["x"] + box["width"] * to_share, y)
    page.mouse.up()


def test_a_slot_is_booked_by_the_form_without_a_script(open_page: Open) -> None:
    page = open_page("teacher", scripts=False)
    page.goto("/availability")
    panel = page.locator("#panel")
    panel.get_by_label("约什么").select_option(f"asset:{PRINTER}")
    panel.get_by_label("开始").fill("16:00")
    panel.get_by_label("结束").fill("17:00")
    panel.get_by_label("用途").fill("桥梁模型")
    panel.get_by_role("button", name="预约", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已批准")
    page.goto("/availability")
    expect(track(page).get_by_text("桥梁模型")).to_be_visible()


def test_a_drag_on_free_time_fills_the_form_and_a_drag_of_the_booking_moves_it(open_page: Open) -> None:
    page = open_page("teacher", "en")
    page.goto(f"/availability?day={TOMORROW}")
    drag(page, track(page), 0.2, 0.35)
    expect(page.locator("#f-start")).to_have_value("10:00")
    expect(page.locator("#f-end")).to_have_value("11:30")
    expect(page.get_by_text("This slot can be had")).to_be_visible()
    page.get_by_role("button", name="Book 10:00–11:30").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Approved")

    page.goto(f"/availability?day={TOMORROW}")
    drag(page, track(page), 0.25, 0.55)
    expect(page.get_by_role("heading", name="Another slot for the booking")).to_be_visible()
    expect(page.locator("#f-start")).to_have_value("13:00")
    page.get_by_role("button", name="Move to this slot").click()
    expect(page.get_by_text("13:00–14:30").first).to_be_visible()


def test_arrow_keys_and_enter_do_what_a_drag_does(open_page: Open) -> None:
    page = open_page("teacher", "en")
    page.goto(f"/availability?day={TOMORROW}")
    track(page).focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(track(page).locator(".ghost")).to_have_text("08:15–10:00")
    page.keyboard.press("Enter")
    expect(page.locator("#f-start")).to_have_value("08:15")
    expect(page.locator("#f-end")).to_have_value("10:00")


def test_the_policy_lets_every_script_and_style_of_the_page_run(open_page: Open) -> None:
    page = open_page("teacher", "en")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"/availability?day={TOMORROW}")
    track(page).focus()
    page.keyboard.press("ArrowRight")
    expect(track(page).locator(".ghost")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("path", ["/availability", "/availability?view=week", "/bookings", "/utilization"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_no_page_scrolls_sideways_on_a_phone(open_page: Open, path: str, locale: str) -> None:
    page = open_page("coordinator", locale, size=PHONE)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_axe_finds_nothing_on_booking_and_utilization_pages(open_page: Open, locale: str, theme: str) -> None:
    page = open_page("coordinator", locale, theme)
    for path in (
        "/availability",
        "/availability?view=week",
        f"/availability?asset={PRINTER}&day={TOMORROW}&start=06:00&end=05:00",
        f"/availability?asset={PRINTER}&day={TOMORROW}&start=08:15&end=09:15",
        "/bookings",
        "/bookings?state=requested",
        "/utilization",
        "/utilization/segments",
    ):
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
