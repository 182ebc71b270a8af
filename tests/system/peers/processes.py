"""The server and the agent of a box as processes of their own, asked and told only as users do."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from telemetry.metrics import Value
from tests.servers import free_port
from tests.system.peers.school import SITE
from tests.system.running import until

PATIENCE_S = 60


@dataclass
class Server:
    """One `fleet-server serve`; `log` is what it wrote."""

    folder: Path
    token: str
    port: int = field(default_factory=free_port)

    @property
    def log(self) -> str:
        """What the process has said so far."""
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def ask(self, method: str, path: str, language: str = "en", **more: Any) -> httpx.Response:
        """Send one request with the token; never raises for a status."""
        headers = {"authorization": f"Bearer {self.token}", "accept-language": language, **more.pop("headers", {})}
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=20) as client:
            return client.request(method, path, headers=headers, **more)

    def get(self, path: str, **query: Any) -> Any:
        """Return what the API answers to a good question."""
        answer = self.ask("GET", "/api/v1" + path, params={"page_size": 500} | query if query else {})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def device(self, node: str) -> dict[str, Any]:
        """Return the only device of a node, empty while there is none."""
        found = self.get("/devices", node=node)["items"]
        return dict(found[0]) if found else {}

    def metric(self, node: str, name: str) -> Any:
        """Return the latest value of a metric of a node's device; None while there is none."""
        found = self.device(node).get("metrics", {}).get(name)
        return None if found is None else found["value"]

    def state(self, node: str) -> str:
        """Return the state the server shows for a node's device."""
        return str(self.device(node).get("state", ""))

    def wait_for(self, node: str, state: str) -> dict[str, Any]:
        """Wait until the server shows a state."""
        self.until(lambda: self.state(node) == state, f"{node} {state}")
        return self.device(node)

    def until(self, done: Callable[[], bool], what: str) -> None:
        """Wait for something; what the server said is told if it never comes."""
        try:
            until(done, what, PATIENCE_S)
        except TimeoutError as error:
            raise AssertionError(f"{error}\n{self.log[-3000:]}") from error

    def spans(self, device_id: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return a device's states over a range."""
        asked = {"from": start.isoformat(), "to": end.isoformat()}
        return list(self.ask("GET", f"/api/v1/devices/{device_id}/state", params=asked).json()["spans"])

    def evidence(self, asset_code: str, start: datetime, end: datetime) -> dict[str, Any]:
        """Return what an asset's utilization over exactly [start, end) is made of."""
        asked = {"from": start.isoformat(), "to": end.isoformat(), "group_by": "asset", "row": asset_code}
        return dict(self.get("/utilization/evidence", **asked))


@contextmanager
def running_server(folder: Path, database_url: str, mqtt_port: int, token: str) -> Iterator[Server]:
    """Serve a migrated database while the block lasts; ready when it answers, whether the broker is there or not."""
    server = Server(folder, token)
    folder.mkdir(parents=True, exist_ok=True)
    told = {"FLEET_DATABASE_URL": database_url, "FLEET_MQTT_PORT": str(mqtt_port), "LANG": "C"}
    command = [sys.executable, "-m", "fleet_server", "serve", "--port", str(server.port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | told)
    try:
        server.until(lambda: process.poll() is not None or _answers(server), "server")
        assert process.poll() is None, server.log
        yield server
    finally:
        end(process)


def _answers(server: Server) -> bool:
    with suppress(httpx.HTTPError):
        return server.ask("GET", "/healthz").status_code == 200
    return False


@dataclass(frozen=True)
class BoxDevice:
    """One device in the settings of a box."""

    key: str
    driver: str
    settings: Mapping[str, Value]


def agent_settings(folder: Path, node: str, port: int, devices: Sequence[BoxDevice], poll_s: float) -> Path:
    """Write the settings file of a box and return its path."""
    lines = ["[node]", f'id = "{node}"', f'site = "{SITE}"', 'data = "box"', "heartbeat_seconds = 1"]
    lines += ["[broker]", 'host = "127.0.0.1"', f"port = {port}"]
    lines += ["reconnect_least_seconds = 0.1", "reconnect_spread_seconds = 0.5", "reconnect_most_seconds = 1"]
    for device in devices:
        lines += ["[[device]]", f'key = "{device.key}"', f'driver = "{device.driver}"', f"poll_seconds = {poll_s}"]
        lines += ["[device.settings]", *(f"{name} = {json.dumps(value)}" for name, value in device.settings.items())]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "agent.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def running_agent(settings: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `edge-agent run` while the block lasts; what it says is beside its settings."""
    command = [sys.executable, "-m", "edge_agent", "run", "--settings", str(settings)]
    with settings.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end and wait; one that does not is killed."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
