"""A small demo district run by its command, and what its database says."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from tests.servers import free_port

SCHOOLS = 3
PATIENCE_S = 150


def until(done: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    """Wait for something; raises TimeoutError naming it."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


@dataclass
class Demo:
    """One demo in a folder of its own; may be ended and started again."""

    folder: Path
    port: int = field(default_factory=free_port)
    mqtt_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says it is ready."""
        wishes = ["--port", str(self.port), "--mqtt-port", str(self.mqtt_port), "--dir", str(self.folder)]
        command = [sys.executable, "-m", "fleet_server", "demo", *wishes, "--schools", str(SCHOOLS)]
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "LANG": "C"})
        until(lambda: "Ready after" in self.said or self.process is None or self.process.poll() is not None, self.said)
        assert "Ready after" in self.said, self.said + self.logs

    @property
    def output(self) -> Path:
        return self.folder.parent / "said"

    @property
    def said(self) -> str:
        """What it printed since its last start."""
        return self.output.read_text() if self.output.exists() else ""

    @property
    def logs(self) -> str:
        """The last lines of every child's log."""
        return "\n".join(path.name + path.read_text()[-600:] for path in sorted(self.folder.glob("logs/*.log")))

    @property
    def access(self) -> dict[str, Any]:
        """What `access.json` holds."""
        content: dict[str, Any] = json.loads((self.folder / "access.json").read_text())
        return content

    def user(self, role: str) -> dict[str, str]:
        """One of its users."""
        found: dict[str, str] = next(user for user in self.access["users"] if user["role"] == role)
        return found

    def get(self, path: str, role: str = "administrator") -> Any:
        """Answer of the API to one of its users."""
        headers = {"Authorization": f"Bearer {self.user(role)['api_token']}"}
        request = urllib.request.Request(self.access["url"] + "/api/v1" + path, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def children(self) -> list[psutil.Process]:
        """Every process below it."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, words: str) -> psutil.Process:
        """The child whose command holds the words."""
        return next(child for child in self.children() if words in " ".join(child.cmdline()))

    def kill_child(self, words: str) -> None:
        """Kill a child at once and wait until another has taken its place."""
        victim = self.child(words)
        victim.kill()
        until(lambda: any(words in line and pid != victim.pid for pid, line in self._lines()), f"{words} again")

    def _lines(self) -> Iterator[tuple[int, str]]:
        for child in self.children():
            with contextlib.suppress(psutil.Error):
                yield child.pid, " ".join(child.cmdline())

    def end(self, how: signal.Signals = signal.SIGTERM) -> list[psutil.Process]:
        """End it and return the processes it leaves behind."""
        if self.process is None:
            return []
        below = self.children()
        self.process.send_signal(how)
        self.process.wait(60)
        self.process = None
        return psutil.wait_procs(below, timeout=10)[1]

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Read its database."""
        with closing(sqlite3.connect(f"file:{self.folder / 'fleet.db'}?mode=ro", uri=True, timeout=10)) as connection:
            return connection.execute(statement, values).fetchall()

    def number(self, statement: str) -> int:
        """Read one number of its database."""
        return int(self.rows(statement)[0][0] or 0)

    def drained(self) -> bool:
        """Whether the server has every record the boxes wrote so far."""
        return not self.rows("SELECT id FROM node WHERE journal_next IS NULL OR journal_ack < journal_next - 1")


def torn(demo: Demo) -> list[str]:
    """Return where the segments of a device overlap or leave a hole, up to its open state."""
    found = []
    rows = demo.rows("SELECT device_id, start_ms, end_ms FROM segment ORDER BY device_id, start_ms")
    for before, after in pairwise(rows):
        if before[0] == after[0] and before[2] != after[1]:
            found.append(f"{before[0]}: {before[2]} then {after[1]}")
    ends = dict(demo.rows("SELECT device_id, MAX(end_ms) FROM segment GROUP BY device_id"))
    for device_id, start in demo.rows("SELECT device_id, start_ms FROM chain"):
        if ends.get(device_id, start) != start:
            found.append(f"{device_id}: closed {ends[device_id]}, open {start}")
    return found


def misses(demo: Demo) -> list[tuple[Any, ...]]:
    """Return the journals whose stored offsets are not 1, 2, 3 … to the mark, each once."""
    counted = "SELECT node_id, epoch, MIN(offset), MAX(offset), COUNT(*) FROM journal_record GROUP BY node_id, epoch"
    return [row for row in demo.rows(counted) if row[2] != 1 or row[3] != row[4]]
