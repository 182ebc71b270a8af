"""What became of the jobs of a printer behind OctoPrint, counted from the record it keeps of each file.

A job that ended looks the same in the status whether it succeeded or not; the file's own counts of success and failure
tell (a cancelled and a broken print both count as failure there).
"""

from collections.abc import Callable
from dataclasses import dataclass

MOST_LOOKS = 6
"""OctoPrint writes the outcome a moment after the end; after so many looks without it, none is counted."""

HEATED_WITHIN = 5.0
"""A heater this near its target, in degrees, counts as warm."""

COLD_START_S = 30.0
"""A job without any target for so long is one that needs no heat."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How often a file was printed well and badly."""

    success: int
    failure: int


Record = Callable[[str, str], Outcomes | None]
"""Looks up a file by origin and path; None where it has no record (files on the printer's own card)."""


@dataclass(slots=True)
class Job:
    """The job that runs, or that ended a moment ago."""

    origin: str
    path: str
    before: Outcomes | None
    filament_m: float | None = None
    completion: float = 0.0
    warm: bool = False
    looks_after: int = 0


class JobCounter:
    """Follows jobs from look to look and keeps the counters."""

    def __init__(self, record: Record) -> None:
        self.finished = 0
        self.failed = 0
        self.filament_m = 0.0
        self._record = record
        self._job: Job | None = None
        self._ended: list[Job] = []

    def running(self, origin: str, path: str, filament_m: float | None, completion: float) -> Job:
        """Note that a job runs."""
        if self._job is not None and (self._job.origin, self._job.path) != (origin, path):
            self.idle()
        if self._job is None:
            self._job = Job(origin, path, self._record(origin, path))
        self._job.filament_m = filament_m
        self._job.completion = max(self._job.completion, min(completion, 1.0))
        return self._job

    def idle(self) -> None:
        """Note that no job runs: whatever ran has ended."""
        if self._job is not None:
            self._ended.append(self._job)
            self._job = None

    def settle(self) -> None:
        """Look up what became of jobs that ended."""
        self._ended = [job for job in self._ended if not self._settled(job)]

    def _settled(self, job: Job) -> bool:
        job.looks_after += 1
        after = self._record(job.origin, job.path)
        if job.before is None or after is None:
            return True
        if after.success > job.before.success:
            self._add(job, finished=True)
        elif after.failure > job.before.failure:
            self._add(job, finished=False)
        else:
            return job.looks_after >= MOST_LOOKS
        return True

    def _add(self, job: Job, finished: bool) -> None:
        self.finished += finished
        self.failed += not finished
        if job.filament_m is not None:
            self.filament_m += job.filament_m * (1.0 if finished else job.completion)


@dataclass(frozen=True, slots=True)
class Heat:
    """One heater: where it is and where it should be, degrees Celsius."""

    actual: float
    target: float

    @property
    def reached(self) -> bool:
        """Tell whether it is as warm as it should be."""
        return self.actual >= self.target - HEATED_WITHIN


def warmed_up(job: Job, heaters: list[Heat], elapsed_s: float) -> bool:
    """Tell whether a job is past its warm-up; once it is, it stays so until it ends."""
    wanted = [heater for heater in heaters if heater.target > 0]
    if wanted:
        job.warm = job.warm or all(heater.reached for heater in wanted)
    else:
        job.warm = job.warm or elapsed_s >= COLD_START_S
    return job.warm
