"""A real OctoPrint with its virtual printer, on a loopback port, in its own environment and process."""

import contextlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from tests.peers import peer_python
from tests.servers import free_port, wait_for_port

API_KEY = "F1EE7F1EE7F1EE7F1EE7F1EE7F1EE701"

_CONFIG = f"""\
api:
  key: {API_KEY}
server:
  firstRun: false
  startOnceInSafeMode: false
  onlineCheck: {{enabled: false}}
  pluginBlacklist: {{enabled: false}}
plugins:
  virtual_printer: {{enabled: true, throttle: 0.001, sendBusy: true}}
  tracking: {{enabled: false}}
  _disabled: [announcements, softwareupdate, discovery, errortracking, pluginmanager, backup, achievements]
serial:
  autoconnect: false
  port: VIRTUAL
feature:
  gcodeViewer: false
"""


@dataclass
class OctoPrint:
    """The running server; its requests are those of a person at its page."""

    url: str

    def post(self, path: str, body: dict[str, object]) -> int:
        return self._send(path, json.dumps(body).encode(), "application/json")

    def upload(self, name: str, gcode: str, *, print_it: bool) -> int:
        edge = "edge-of-a-part"
        fields = {"select": "true", "print": "true" if print_it else "false"}
        parts = [f'--{edge}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
        parts.append(
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: application/octet-stream\r\n\r\n{gcode}\r\n--{edge}--\r\n"
        )
        return self._send("/api/files/local", "".join(parts).encode(), f"multipart/form-data; boundary={edge}")

    def _send(self, path: str, data: bytes, kind: str) -> int:
        request = urllib.request.Request(self.url + path, data, {"X-Api-Key": API_KEY, "Content-Type": kind})
        with urllib.request.urlopen(request, timeout=20) as response:
            return int(response.status)

    def get(self, path: str) -> tuple[int, object]:
        request = urllib.request.Request(self.url + path, headers={"X-Api-Key": API_KEY})
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return int(response.status), json.load(response)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, None
        except (OSError, HTTPException):
            return 0, None

    def connect(self) -> None:
        self.post("/api/connection", {"command": "connect", "port": "VIRTUAL", "baudrate": 115200})

    def gcode(self, command: str) -> None:
        self.post("/api/printer/command", {"command": command})


@contextlib.contextmanager
def running_octoprint(folder: Path) -> Iterator[OctoPrint]:
    """Start it on a fresh folder and stop it at the end."""
    python = peer_python("octoprint==1.11.8")
    (folder / "config.yaml").write_text(_CONFIG, encoding="utf-8")
    octoprint, port = str(python.parent / "octoprint"), free_port()
    base = [octoprint, "--basedir", str(folder)]
    with (folder / "server.log").open("wb") as log:
        add = [*base, "user", "add", "fleet", "--password", "fleetpass", "--admin"]
        subprocess.run(add, check=True, stdout=log, stderr=log)
        serve = [*base, "serve", "--iknowwhatimdoing", "--host", "127.0.0.1", "--port", str(port)]
        process = subprocess.Popen(serve, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    try:
        wait_for_port(port, 60)
        server = OctoPrint(f"http://127.0.0.1:{port}")
        until(lambda: server.get("/api/version")[0] == 200, 60)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], seconds: float) -> None:
    """Ask again until it holds; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.2)
