"""The periodic work of bookings."""

from functools import partial

from fleet_server.bookings import endings, no_show, overruns, sessions
from fleet_server.core.clock import Clock
from fleet_server.core.db import Database
from fleet_server.core.jobs import Jobs
from fleet_server.core.settings import Settings

EVERY_S = 15
RECENT_EVERY_S, LATE_EVERY_S = 60, 3600


def register(jobs: Jobs, database: Database, settings: Settings, clock: Clock) -> None:
    """Add the sweeps: requests that ran out, bookings that were missed or took place, use to be tied to bookings."""
    jobs.add("bookings", EVERY_S, partial(sweep, database, settings, clock))
    jobs.add("usage sessions", RECENT_EVERY_S, lambda: sessions.sweep(database, clock(), sessions.RECENT_DAYS))
    jobs.add("late usage sessions", LATE_EVERY_S, lambda: sessions.sweep(database, clock(), sessions.LATE_DAYS))


def sweep(database: Database, settings: Settings, clock: Clock) -> dict[str, int]:
    """Run every sweep, each in its own transaction; return how many bookings each touched."""
    now = clock()
    with database.writing() as session:
        expired = endings.expire(session, now)
    with database.writing() as session:
        missed = no_show.sweep(session, now, settings.no_show_grace_s)
    with database.writing() as session:
        completed = endings.complete(session, now)
    with database.writing() as session:
        warned = overruns.extend(session, now)
    return {"expired": len(expired), "no_show": len(missed), "completed": len(completed), "warned": len(warned)}
