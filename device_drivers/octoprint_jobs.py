"""What became of the jobs of a printer behind OctoPrint, counted from the record it keeps of each file.

A job that ended looks the same in the status whether it succeeded or not; the file's own counts of success and failure
tell (a cancelled and a broken print both count as failure there).
"""

from collections.abc import Callable
from dataclasses import dataclass

OUTCOME_LOOKS = 6
"""OctoPrint writes the outcome a moment after the end; after so many looks without it, none is counted."""

FILAMENT_LOOKS = 360
"""OctoPrint analyzes a file only when no print runs, so the filament of a first print is known late or never."""

MOST_WAITING = 8
"""No more jobs than this wait for their figures."""

HEATED_WITHIN = 5.0
"""A heater this near its target, in degrees, counts as warm."""

COLD_START_S = 30.0
"""A job without any target for so long is one that needs no heat."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """How often a file was printed well and badly, and how much filament it takes, once analyzed."""

    success: int
    failure: int
    filament_m: float | None


Record = Callable[[str, str], FileRecord | None]
"""Looks up a file by origin and path; None where it has no record (files on the printer's own card)."""


@dataclass(slots=True)
class Job:
    """The job that runs, or that ended a moment ago."""

    origin: str
    path: str
    before: FileRecord | None
    completion: float = 0.0
    warm: bool = False
    looks_after: int = 0
    used: float | None = None


class JobCounter:
    """Follows jobs from look to look and keeps the counters."""

    def __init__(self, record: Record) -> None:
        self.finished = 0
        self.failed = 0
        self.filament_m = 0.0
        self._record = record
        self._job: Job | None = None
        self._ended: list[Job] = []

    def running(self, origin: str, path: str, completion: float) -> Job:
        """Note that a job runs."""
        if self._job is not None and (self._job.origin, self._job.path) != (origin, path):
            self.idle()
        if self._job is None:
            self._job = Job(origin, path, self._record(origin, path))
        self._job.completion = max(self._job.completion, min(completion, 1.0))
        return self._job

    def idle(self) -> None:
        """Note that no job runs: whatever ran has ended."""
        if self._job is not None:
            self._ended = [*self._ended, self._job][-MOST_WAITING:]
            self._job = None

    def settle(self) -> None:
        """Look up what became of jobs that ended."""
        self._ended = [job for job in self._ended if not self._settled(job)]

    def _settled(self, job: Job) -> bool:
        """Count what is known by now; true when nothing more is to be learned of the job."""
        job.looks_after += 1
        after = self._record(job.origin, job.path)
        if job.before is None or after is None:
            return True
        if job.used is None:
            self._count_outcome(job, job.before, after)
        if job.used is None:
            return job.looks_after >= OUTCOME_LOOKS
        if after.filament_m is None:
            return job.looks_after >= FILAMENT_LOOKS
        self.filament_m += after.filament_m * job.used
        return True

    def _count_outcome(self, job: Job, before: FileRecord, after: FileRecord) -> None:
        """Count a job once its file's record has grown; `used` is then the share of its filament it took."""
        if after.success > before.success:
            self.finished += 1
            job.used = 1.0
        elif after.failure > before.failure:
            self.failed += 1
            job.used = job.completion


@dataclass(frozen=True, slots=True)
class Heat:
    """One heater: where it is and where it should be, degrees Celsius."""

    actual: float
    target: float

    @property
    def reached(self) -> bool:
        """Tell whether it is as warm as it should be."""
        return self.actual >= self.target - HEATED_WITHIN


def warmed_up(job: Job, nozzle: Heat | None, bed: Heat | None, elapsed_s: float) -> bool:
    """Tell whether a job is past its warm-up; once it is, it stays so until it ends.

    Slicers heat the bed first and the nozzle after, so a warm bed under a nozzle without a target is still warm-up.
    """
    heaters = [heater for heater in (nozzle, bed) if heater is not None and heater.target > 0]
    if nozzle is not None and nozzle.target > 0:
        job.warm = job.warm or all(heater.reached for heater in heaters)
    elif not heaters:
        job.warm = job.warm or elapsed_s >= COLD_START_S
    return job.warm
