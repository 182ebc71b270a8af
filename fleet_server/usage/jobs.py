"""Periodic work on measured use: letting go of samples past their time."""

from fleet_server.core.clock import Clock, to_ms
from fleet_server.core.db import Database
from fleet_server.core.jobs import Jobs
from fleet_server.usage.samples import forget_old

INTERVAL_S = 600.0
_AT_ONCE = 2_000


def register(jobs: Jobs, database: Database, clock: Clock) -> None:
    """Add the job that forgets old samples, a few at a time so that writers pass in between."""

    def forget() -> None:
        gone = _AT_ONCE
        while gone >= _AT_ONCE:
            with database.writing() as session:
                gone = forget_old(session, to_ms(clock()), _AT_ONCE)

    jobs.add("old samples", INTERVAL_S, forget)
