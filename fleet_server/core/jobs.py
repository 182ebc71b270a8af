"""Periodic work: named jobs, one thread, an error is logged with the job's name and the next turn comes anyway."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)


@dataclass
class Job:
    """A function to call every `interval_s` seconds; the rest is how it went."""

    name: str
    interval_s: float
    work: Callable[[], object]
    due: float = 0.0
    runs: int = 0
    failures: int = 0


@dataclass
class Jobs:
    """A set of jobs and the thread that runs them one after another."""

    jobs: list[Job] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def add(self, name: str, interval_s: float, work: Callable[[], object]) -> None:
        """Run `work` at once when started and then every `interval_s` seconds."""
        self.jobs.append(Job(name, interval_s, work))

    def run_due(self, now: float) -> float:
        """Run what is due at monotonic `now`; return seconds until the next job is."""
        for job in self.jobs:
            if job.due <= now and not self._stop.is_set():
                _run(job)
                job.due = time.monotonic() + job.interval_s
        return max(0.0, min((job.due for job in self.jobs), default=now + 60) - time.monotonic())

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the running job end and stop; safe to call twice."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(30)

    def _loop(self) -> None:
        while not self._stop.is_set():
            self._stop.wait(min(60.0, self.run_due(time.monotonic())))


def _run(job: Job) -> None:
    job.runs += 1
    try:
        job.work()
    except Exception:
        job.failures += 1
        log.exception("job %s failed", job.name)
