"""The periodic work of change records."""

from functools import partial

from fleet_server.changes.sealing import seal
from fleet_server.core.db import Database
from fleet_server.core.jobs import Jobs

EVERY_S = 2.0


def register(jobs: Jobs, database: Database) -> None:
    """Add the sealer."""
    jobs.add("sealing", EVERY_S, partial(seal, database))
