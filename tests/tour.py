"""Takes the screenshots of docs/tour from a running demo: each role's pages, both languages, two widths."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.servers import find_program, free_port

OUT = Path(__file__).resolve().parents[1] / "docs" / "tour"


@dataclass(frozen=True, slots=True)
class Stop:
    """One picture: a page as one role sees it."""

    name: str
    role: str
    path: str


STOPS = (
    Stop("technician-home", "technician", "/"),
    Stop("fleet", "technician", "/fleet"),
    Stop("coordinator-home", "coordinator", "/"),
    Stop("availability", "coordinator", "/availability"),
    Stop("bookings", "coordinator", "/bookings"),
    Stop("teacher-home", "teacher", "/"),
    Stop("utilization", "auditor", "/utilization"),
)
SIZES = {"1280": (1280, 1100), "360": (360, 780)}
LOCALES = ("zh-CN", "en")


@contextmanager
def running_demo(wait_s: float) -> Iterator[dict[str, object]]:
    """Run a demo on free ports until its history is in; give its access file."""
    with tempfile.TemporaryDirectory(prefix="fleet-tour-") as folder:
        port, mqtt_port = free_port(), free_port()
        command = [sys.executable, "-m", "fleet_server", "demo", "--port", str(port), "--mqtt-port", str(mqtt_port)]
        process = subprocess.Popen([*command, "--dir", folder], env=os.environ | {"LANG": "C.UTF-8"})
        try:
            access = Path(folder) / "access.json"
            deadline = time.monotonic() + wait_s
            while not (access.exists() and _answers(f"http://127.0.0.1:{port}/readyz")):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the demo is not ready after {wait_s} s")
                time.sleep(1)
            time.sleep(wait_s)
            yield json.loads(access.read_text(encoding="utf-8"))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _asset_path(access: dict[str, object]) -> str:
    """Return the page of a printer that is in use, so that its day has something to show."""
    users = {user["role"]: user for user in access["users"]}  # type: ignore[attr-defined]
    request = urllib.request.Request(
        f"{access['url']}/api/v1/assets?capability=printer_3d&state=in_use&page_size=1",
        headers={"Authorization": f"Bearer {users['technician']['api_token']}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return f"/assets/{json.load(answer)['items'][0]['asset_code']}"


def take(browser: Browser, access: dict[str, object], out: Path) -> None:
    """Sign in as each role and save every picture."""
    url = str(access["url"])
    users = {user["role"]: user for user in access["users"]}  # type: ignore[attr-defined]
    stops = (*STOPS, Stop("asset", "technician", _asset_path(access)))
    for role in dict.fromkeys(stop.role for stop in STOPS):
        for locale in LOCALES:
            for width, (columns, rows) in SIZES.items():
                context = browser.new_context(viewport={"width": columns, "height": rows}, locale=locale)
                context.add_cookies([{"name": "locale", "value": locale, "url": url}])
                page = context.new_page()
                page.goto(f"{url}/sign-in")
                page.fill("input[name=username]", users[role]["username"])
                page.fill("input[name=password]", users[role]["password"])
                page.press("input[name=password]", "Enter")
                page.wait_for_selector("form[action='/sign-out']", state="attached")
                for stop in (stop for stop in stops if stop.role == role):
                    page.goto(url + stop.path)
                    page.screenshot(path=str(out / f"{stop.name}-{locale}-{width}.png"))
                context.close()


def main() -> None:
    """Run the demo (or use the one whose access file is named) and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--access", type=Path, help="access.json of a demo that runs already")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--wait", type=float, default=180, help="seconds to let the history drain")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program("chromium"), args=["--no-sandbox"])
        if arguments.access:
            take(browser, json.loads(arguments.access.read_text(encoding="utf-8")), arguments.out)
            return
        with running_demo(arguments.wait) as access:
            take(browser, access, arguments.out)


if __name__ == "__main__":
    main()
