"""The demo's child processes: started on a leash, started again when they die, ended in order."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
STEADY_S = 30.0


def next_wait(wait_s: float, lived_s: float) -> float:
    """Return how long to wait before the next start: doubling, back to the first after a steady life."""
    return FIRST_WAIT_S if lived_s >= STEADY_S else min(LONGEST_WAIT_S, wait_s * 2)


@dataclass
class Child:
    """One command kept alive; its standard input is a pipe that closes when this process ends."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0
    _started: float = 0.0
    _due: float = 0.0
    _wait_s: float = FIRST_WAIT_S

    def start(self) -> None:
        """Start the command; call it from the main thread, which holds the leash."""
        leash = [sys.executable, "-m", "fleet_server.demo.leash", str(os.getpid())]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*leash, *self.command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                # Ctrl-C goes to the whole group of the terminal; the children are to end in order instead.
                start_new_session=True,
            )
        self._started = time.monotonic()

    @property
    def alive(self) -> bool:
        """Return whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def watch(self) -> bool:
        """Start a dead process again once its wait is over; return whether it was started."""
        if self.alive:
            return False
        now = time.monotonic()
        if self.process is not None:
            _close(self.process.stdin)
            self.process = None
            self._due = now + self._wait_s
            self._wait_s = next_wait(self._wait_s, now - self._started)
        if now < self._due:
            return False
        self.restarts += 1
        self.start()
        return True

    def ask_to_end(self) -> None:
        """Close the pipe and ask the process to end."""
        if self.process is not None and self.process.poll() is None:
            _close(self.process.stdin)
            self.process.terminate()

    def end(self, seconds: float) -> None:
        """Wait for the process to end; kill it when the time is over."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        _close(self.process.stdin)
        self.process = None


def end_together(children: Sequence[Child], seconds: float) -> None:
    """Ask all to end, then wait for each until the common deadline."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + seconds
    for child in children:
        child.end(max(0.1, deadline - time.monotonic()))


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        try:
            pipe.close()
        except BrokenPipeError:
            return
