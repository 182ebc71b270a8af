"""Periodic work on nodes: who is stale, who is offline."""

from fleet_server.core.clock import Clock
from fleet_server.core.db import Database
from fleet_server.core.jobs import Jobs
from fleet_server.core.settings import Settings
from fleet_server.nodes.service import mark_liveness

INTERVAL_S = 5.0


def register(jobs: Jobs, database: Database, settings: Settings, clock: Clock) -> None:
    """Add the job that derives liveness from silence."""

    def derive() -> None:
        with database.writing() as session:
            mark_liveness(session, clock(), settings.stale_after_s, settings.offline_after_s)

    jobs.add("liveness", INTERVAL_S, derive)
