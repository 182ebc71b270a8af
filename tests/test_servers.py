"""The tests' own servers are real and start on free ports."""

import sqlalchemy as sa

from fleet_server.core.db import Database
from tests.servers import Broker, wait_for_port


def test_a_migrated_database_of_each_kind_answers(database: Database) -> None:
    with database.reading() as session:
        assert session.execute(sa.text("select count(*) from organization")).scalar() == 0


def test_the_broker_comes_back_on_its_port_after_a_kill(broker: Broker) -> None:
    broker.kill()
    broker.start()
    wait_for_port(broker.port)
