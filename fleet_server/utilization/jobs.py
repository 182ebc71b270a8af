"""The periodic work of utilization."""

from functools import partial

from fleet_server.core.clock import Clock
from fleet_server.core.db import Database
from fleet_server.core.jobs import Jobs
from fleet_server.utilization.settling import settle
from fleet_server.utilization.watching import attend

ATTEND_S, SETTLE_S = 30.0, 5.0
BATCHES = 15
"""Turns of one run: some two seconds, so that other jobs are not kept waiting while history drains."""


def register(jobs: Jobs, database: Database, clock: Clock) -> None:
    """Add the watch over what changed and the settling of marked days."""
    jobs.add("utilization watch", ATTEND_S, lambda: attend(database, clock()))
    jobs.add("utilization", SETTLE_S, partial(run, database, clock))


def run(database: Database, clock: Clock) -> int:
    """Settle marked days; return how many marks went."""
    return settle(database, clock(), batches=BATCHES)
