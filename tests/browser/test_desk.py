"""The desk in a real browser: each job by mouse, by keyboard, on a phone, without scripts."""

import pytest
from playwright.sync_api import Page, expect

from fleet_server.core.db import Database
from fleet_server.nodes.models import Device
from fleet_server.web.files import has_static
from tests.browser.conftest import PHONE, WIDE, Open
from tests.fleet_server.desk.district import PASSWORD

pytestmark = pytest.mark.browser
PATHS = ("/", "/fleet", "/assets/YX-NORTH1PRINTER", "/assets/YX-KIT1", "/devices/loose")


def sideways(page: Page) -> int:
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


def test_a_technician_signs_in_filters_the_fleet_and_opens_a_device(open_page: Open) -> None:
    page = open_page(locale="en")
    page.goto("/")
    page.fill("[name=username]", "tech")
    page.fill("[name=password]", PASSWORD)
    page.click("main button")
    expect(page.locator("h1")).to_have_text("4 causes, 5 devices affected")
    page.click("nav >> text=Fleet")
    page.click(".chip:has-text('Fault')")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.click("tbody a")
    expect(page.locator("h1")).to_have_text("Smart board S86")
    page.go_back()
    assert page.url.endswith("/fleet?state=fault")


def test_the_same_job_is_done_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(locale="en")
    page.goto("/sign-in")
    page.locator("[name=username]").focus()
    page.keyboard.type("tech")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    page.keyboard.press("/")
    page.keyboard.type("north board")
    page.keyboard.press("Enter")
    page.wait_for_url("**/fleet?q=*")
    expect(page.locator("tbody tr")).to_have_count(1)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('tbody') !== null"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Smart board S86")


def test_the_first_tab_offers_to_skip_to_the_content(open_page: Open) -> None:
    page = open_page("tech", locale="en")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to content")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_change_of_state_shows_without_a_reload_in_two_tabs(open_page: Open, district: Database) -> None:
    page = open_page("tech", locale="en")
    page.goto("/fleet?q=river-2")
    second = page.context.new_page()
    second.goto("/assets/YX-RIVER2PRINTER")
    for tab in (page, second):
        expect(tab.locator("[data-device] .st").first).to_have_text("Standby")
    page.wait_for_timeout(1500)
    with district.writing() as session:
        session.get_one(Device, "river-2.printer").state = "in_use"
    for tab in (page, second):
        expect(tab.locator("[data-device] .st").first).to_have_text("In use", timeout=8000)
        expect(tab.locator("[data-device] .sw").first).to_have_class("sw pt s-in_use")
    with district.writing() as session:
        session.get_one(Device, "river-2.printer").state = "standby"


def test_the_theme_and_the_language_are_remembered(open_page: Open) -> None:
    page = open_page("tech", locale="en")
    page.click("[data-theme-switch]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_timeout(300)
    page.goto("/fleet?state=fault")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.click(".lang")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert page.url.endswith("/fleet?state=fault")


def test_reading_and_filtering_need_no_script(open_page: Open) -> None:
    page = open_page("tech", locale="en", scripts=False)
    page.goto("/fleet")
    page.click("summary:has-text('Filter')")
    page.select_option("#c-kind", "recorder")
    page.click(".pop button")
    expect(page.locator("tbody tr")).to_have_count(2)


def test_on_a_phone_the_menu_opens_and_closes(open_page: Open) -> None:
    page = open_page("tech", locale="en", size=PHONE)
    expect(page.locator("nav#nav")).to_be_hidden()
    page.click(".menu")
    expect(page.locator("nav#nav >> text=Bookings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("nav#nav")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 360, 640, 768, 1024, 1280, 1920])
def test_no_page_scrolls_sideways(open_page: Open, width: int) -> None:
    page = open_page("tech", locale="en", size=(width, 800))
    for path in PATHS:
        page.goto(path)
        assert sideways(page) == 0, path


def test_text_of_twice_the_size_loses_nothing(open_page: Open) -> None:
    page = open_page("tech", size=(WIDE[0] // 2, WIDE[1] // 2))
    for path in PATHS:
        page.goto(path)
        assert sideways(page) == 0, path
        expect(page.locator("h1")).to_be_visible()


def test_no_page_breaks_the_content_policy_or_logs_an_error(open_page: Open) -> None:
    page = open_page("tech")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    for path in PATHS:
        page.goto(path)
        page.wait_for_timeout(100)
    assert said == []


def test_a_metric_opens_as_a_larger_chart(open_page: Open) -> None:
    page = open_page("tech", locale="en")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto("/assets/YX-NORTH1PRINTER")
    button = page.locator("[data-samples]").first
    if not has_static("vendor/echarts.js"):
        expect(page.locator(".met svg").first).to_be_visible()
        expect(button).to_have_count(0)
        return
    button.click()
    expect(page.locator(".chart canvas")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert said == []
