"""The soak: journals drain through a broker and a server that are killed again and again; then books are compared."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from fleet_server.core.db import Database, open_database
from fleet_server.migrations.apply import upgrade
from tests.campaigns.fleet import Fleet, dense_plan
from tests.campaigns.oracle import Verdict, judge
from tests.servers import running_broker

PARTS = ("boxes", "broker", "server")
_QUIET_S = 4.0


def soak(records: int, kills: int, seed: int, url: str | None = None, nodes: int = 10, drain_s: float = 600) -> Verdict:
    """Run the campaign and return its figures.

    Raises: TimeoutError when the journals have not drained `drain_s` after the last kill.
    """
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="fleet-soak-") as name, running_broker() as broker:
        folder = Path(name)
        database = open_database(url or f"sqlite:///{folder / 'fleet.db'}")
        upgrade(database)
        plan = dense_plan(broker.port, nodes, records, round(time.time() * 1000))
        fleet = Fleet(folder, broker, url or f"sqlite:///{folder / 'fleet.db'}", plan)
        fleet.prepare()
        fleet.start("server")
        fleet.start("boxes")
        try:
            _wait_for(lambda: _received(database) > 0, 120, "nothing ever arrived")
            for _ in range(kills):
                time.sleep(chance.uniform(0.2, 1.5))
                fleet.kill(chance.choice(PARTS))
            return _settled(fleet, database, drain_s)
        finally:
            fleet.stop()
            database.dispose()


def _settled(fleet: Fleet, database: Database, drain_s: float) -> Verdict:
    """Wait until every journal is acknowledged to its end, stop the boxes, and judge."""
    _wait_for(lambda: _silent(fleet, database), drain_s, "the journals did not drain")
    journals = {node.node_id: fleet.journal(node.node_id) for node in fleet.plan.nodes}
    return judge(database, journals)


def _silent(fleet: Fleet, database: Database) -> bool:
    """Stop the boxes once nothing more arrives; a record that still waits in a journal starts them again."""
    before = _received(database)
    time.sleep(_QUIET_S)
    if _received(database) > before + len(fleet.plan.nodes):
        return False
    fleet.end("boxes")
    if fleet.pending():
        fleet.start("boxes")
        return False
    return True


def _received(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(sa.text("SELECT count(*) FROM journal_record")).scalar() or 0)


def _wait_for(done: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} within {seconds:.0f} s")
        time.sleep(0.25)


def main() -> int:
    """Run the campaign from the command line; the last line holds the figures, exit 1 if any is not 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    verdict = soak(arguments.records, arguments.kills, arguments.seed)
    print(
        f"soak: records {verdict.records} kills {arguments.kills} lost {verdict.lost} double {verdict.double} "
        f"rollup_error_s {verdict.rollup_error_s}"
    )
    return 0 if (verdict.lost, verdict.double, verdict.rollup_error_s) == (0, 0, 0) else 1


if __name__ == "__main__":
    sys.exit(main())
