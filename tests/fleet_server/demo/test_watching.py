from datetime import UTC, datetime
from pathlib import Path

from fleet_server.core.db import Database
from fleet_server.demo.watching import Arrival, arrival
from fleet_server.nodes.models import Node

BEFORE, AFTER = datetime(2026, 11, 18, 8, 0, 0, 1, UTC), datetime(2026, 11, 18, 8, 0, 2, 1, UTC)
START = "2026-11-18 08:00:01.000000"


def test_only_boxes_born_since_the_start_and_what_they_still_have_to_send_count(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        session.add(Node(id="n-old", site_id="s", online=True, born_at=BEFORE, journal_next=11, journal_ack=10))
        session.add(Node(id="n-new", site_id="s", online=True, born_at=AFTER, journal_next=101, journal_ack=None))
        session.add(Node(id="n-away", site_id="s", online=False, born_at=AFTER, journal_next=900, journal_ack=3))
        session.add(Node(id="n-foreign", site_id="s", online=True, born_at=AFTER, journal_next=900, foreign_node=True))
    path = Path(str(sqlite_database.read.url.database))
    assert arrival(path, START) == Arrival(born=1, pending=100)
