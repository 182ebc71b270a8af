"""A running server with the small district, and Chromium to look at it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from fleet_server.app import create_app
from fleet_server.core.db import Database, open_database
from fleet_server.core.settings import Settings
from fleet_server.people.service import start_session
from tests.conftest import StillClock
from tests.fleet_server.desk.district import NOW, seed

CHROMIUM = "/usr/bin/chromium"
WIDE, PHONE = (1280, 900), (360, 740)
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("browser") / "fleet.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}")
    with database.writing() as session:
        seed(session)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def address(district: Database) -> Iterator[str]:
    """The address of a server over the district."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = create_app(district, Settings(), StillClock(NOW))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Chromium for the tests of this folder; closed behind them, since its event loop would occupy the thread."""
    if not Path(CHROMIUM).exists():
        pytest.fail(f"{CHROMIUM} is missing: run `make setup`, which installs what the tests need")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, address: str, district: Database) -> Iterator[Open]:
    """Give a page of a fresh browser, signed in as one of the district's people if named."""
    contexts = []

    def page_of(
        person: str = "",
        locale: str = "zh-CN",
        theme: str = "light",
        size: tuple[int, int] = WIDE,
        scripts: bool = True,
    ) -> Page:
        context = chromium.new_context(
            base_url=address, viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts
        )
        contexts.append(context)
        context.add_cookies(
            [{"name": "locale", "value": locale, "url": address}, {"name": "theme", "value": theme, "url": address}]
        )
        if person:
            with district.writing() as session:
                secret = start_session(session, person, NOW)
            context.add_cookies([{"name": "session", "value": secret, "url": address}])
        page = context.new_page()
        if person:
            page.goto("/")
        return page

    yield page_of
    for context in contexts:
        context.close()
