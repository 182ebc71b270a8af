"""The fleet page with 1,000 devices: first bytes, weight and first paint, against static bytes of the same size."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from benchmarks.result import Row
from fleet_server.core.db import open_database
from fleet_server.inventory.models import Asset
from fleet_server.migrations.apply import upgrade
from fleet_server.nodes.models import Binding, Device
from fleet_server.people.service import start_session
from tests.fleet_server.desk.district import seed
from tests.servers import find_program, free_port, wait_for_port

DEVICES = 1_000
ROUNDS = 40
COMMAND = "python -m benchmarks.fleet_page"


@dataclass(frozen=True, slots=True)
class Page:
    """What one page cost: median seconds to the first byte, bytes on the line."""

    first_byte_s: float
    compressed: int
    plain: int


def fill(url: str) -> str:
    """Make a district of 1,000 devices and return the cookie of a technician who sees all."""
    database = open_database(url)
    upgrade(database)
    now = datetime.now(UTC)
    with database.writing() as session:
        seed(session)
        for number in range(DEVICES):
            key = f"bench{number:04d}"
            session.add(Asset(id=f"a-{key}", asset_code=f"YX-B{number:04d}", serial=key, asset_type_id="t-print",
                              owner_id="north", holder_id="north", room_id="north-room", created_at=now))  # fmt: skip
            session.add(Device(id=key, node_id="north-1", device_key=key, organization_id="north", kind="printer_3d",
                               make="拓形", model="T300", serial=key, online=True, state="standby",
                               state_since_ms=round(now.timestamp() * 1000)))  # fmt: skip
        session.flush()
        for number in range(DEVICES):
            key = f"bench{number:04d}"
            session.add(Binding(id=f"b-{key}", device_id=key, asset_id=f"a-{key}", since_ms=0))
        cookie = start_session(session, "tech", now)
    database.dispose()
    return cookie


def _median_s(work: Callable[[], object]) -> float:
    lengths = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        lengths.append(time.perf_counter() - began)
    return statistics.median(lengths)


def _page(base: str, cookie: str) -> Page:
    with httpx.Client(base_url=base, cookies={"session": cookie, "locale": "zh-CN"}) as client:

        def ask() -> int:
            with client.stream("GET", "/fleet") as answer:
                answer.raise_for_status()
                return len(b"".join(answer.iter_raw()))

        compressed = ask()
        plain = len(client.get("/fleet").content)
        return Page(_median_s(ask), compressed, plain)


def _static(folder: Path, size: int) -> float:
    """Serve as many bytes as the page has from Python's own file server and return the median seconds."""
    (folder / "page.html").write_bytes(b"x" * size)
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            return _median_s(lambda: client.get("/page.html").content)
    finally:
        server.terminate()
        server.wait(10)


def _first_paint_ms(base: str, cookie: str) -> float:
    script = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program("chromium"), args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": "session", "value": cookie, "url": base}])
        page = context.new_page()
        page.goto(f"{base}/fleet", wait_until="load")
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        paint = float(page.evaluate(script))
        browser.close()
        return paint


def measure() -> Row:
    """Serve the page for real, ask for it 40 times, then open it once in Chromium with an empty cache."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'fleet.db'}"
        cookie, port = fill(url), free_port()
        environment = os.environ | {"FLEET_DATABASE_URL": url, "FLEET_PORT": str(port), "FLEET_SECRET_KEY": "bench"}
        server = subprocess.Popen([sys.executable, "-m", "fleet_server", "serve", "--no-ingest"], env=environment)
        try:
            wait_for_port(port)
            base = f"http://127.0.0.1:{port}"
            page = _page(base, cookie)
            paint_ms = _first_paint_ms(base, cookie)
        finally:
            server.terminate()
            server.wait(20)
        static_s = _static(folder, page.compressed)
    return Row(
        f"fleet page with {DEVICES} devices, answers a second",
        "Python's file server sending as many bytes",
        static_s / page.first_byte_s,
        "≥ 0.25",
        f"first byte {page.first_byte_s * 1000:.0f} ms, first contentful paint {paint_ms:.0f} ms cold, "
        f"{page.compressed / 1024:.1f} KiB sent ({page.plain / 1024:.0f} KiB plain)",
        COMMAND,
    )


if __name__ == "__main__":
    print(measure())
