from fastapi.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.demo.notices import source
from fleet_server.nodes.models import Node


def node(database: Database, written: int, here: int | None) -> None:
    with database.writing() as session:
        session.merge(Node(id="n-1", site_id="s-1", online=True, journal_next=written, journal_ack=here))


def test_pages_of_a_demo_show_how_much_history_is_to_come_until_it_is_here(sqlite_database: Database) -> None:
    seconds = [0.0]
    told = source(sqlite_database, lambda: seconds[0])
    node(sqlite_database, 10_001, 2_500)
    assert [(one.percent, one.whole) for one in told()] == [(0, 0), (25, 10_000)]
    node(sqlite_database, 10_001, 10_000)
    assert len(told()) == 2
    seconds[0] = 2.0
    assert len(told()) == 1


def test_a_demo_says_so_in_the_readers_language_and_a_real_server_says_nothing(sqlite_database: Database) -> None:
    node(sqlite_database, 10_001, None)
    with TestClient(create_app(sqlite_database, Settings(demo=True))) as demo:
        assert "演示数据" in demo.get("/notices", headers={"Accept-Language": "zh-CN"}).text
        english = demo.get("/notices", headers={"Accept-Language": "en"}).text
    assert "10,000 records to come" in english
    assert 'max="10000" value="0"' in english
    with TestClient(create_app(sqlite_database, Settings())) as real:
        assert real.get("/notices").text.strip() == ""
        assert 'class="notices"' not in real.get("/sign-in").text
