import re
import signal
import stat
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path

import psutil
import pytest

from tests.system.running import Demo, misses, torn, until

pytestmark = pytest.mark.timeout(600)
KILLED = ("fleet_server serve", "agent.toml", "mosquitto", "--part 1/1")
ROLES = ["administrator", "technician", "coordinator", "teacher", "auditor"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo") / "data")
    running.start()
    try:
        yield running
    finally:
        running.end()


def test_access_lets_every_role_into_the_api_and_is_private(demo: Demo) -> None:
    path = demo.folder / "access.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert demo.access["url"] == f"http://127.0.0.1:{demo.port}"
    assert demo.access["mqtt"] == {"host": "127.0.0.1", "port": demo.mqtt_port}
    assert [user["role"] for user in demo.access["users"]] == ROLES
    for role in ROLES:
        assert demo.get("/devices?page_size=1", role)["total"] > 0


@pytest.mark.parametrize("role", ROLES)
def test_every_user_signs_in_and_finds_a_home_page_that_says_it_is_a_demo(demo: Demo, role: str) -> None:
    user, address = demo.user(role), demo.access["url"]
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    browser.addheaders = [("Origin", address)]
    form = browser.open(address + "/sign-in", timeout=20).read().decode()
    token = re.search(r'name="_csrf" value="([^"]*)"', form)
    fields = {"username": user["username"], "password": user["password"], "_csrf": token[1] if token else ""}
    home = browser.open(address + "/sign-in", urllib.parse.urlencode(fields).encode(), timeout=20)
    page = home.read().decode()
    assert "sign-in" not in home.url
    assert "演示数据" in page


def test_every_box_is_live_and_todays_states_are_true(demo: Demo) -> None:
    total = demo.get("/devices?page_size=1")["total"]
    devices = demo.get("/devices?page_size=500")["items"]
    assert len(devices) == total >= 20
    out = {row[0] for row in demo.rows("SELECT id FROM node WHERE NOT online")}
    assert len(out) <= 1
    heard = [device for device in devices if device["node_id"] not in out]
    assert all(device["state"] != "unknown" for device in heard)
    assert {"in_use", "standby"} <= {device["state"] for device in heard}
    assert any(device["kind"] == "computer" for device in heard)


def test_all_history_arrives_once_and_covers_the_whole_time(demo: Demo) -> None:
    until(demo.drained, "history")
    assert demo.number("SELECT COUNT(*) FROM segment") > 5_000
    assert misses(demo) == []
    assert torn(demo) == []
    oldest = demo.rows("SELECT MIN(start_ms) FROM segment GROUP BY device_id HAVING COUNT(*) > 10")
    assert len(set(oldest)) == 1


def test_killed_processes_come_back_and_nothing_is_lost_or_counted_twice(demo: Demo) -> None:
    before = demo.number("SELECT COUNT(*) FROM journal_record")
    for words in KILLED:
        demo.kill_child(words)
    since = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ")
    boxes = demo.number("SELECT COUNT(*) FROM node") - 1
    born = "SELECT COUNT(*) FROM node WHERE online AND born_at >= ?"
    until(lambda: demo.rows(born, since)[0][0] >= boxes, "boxes born again")
    until(demo.drained, "records written meanwhile")
    assert demo.number("SELECT COUNT(*) FROM journal_record") >= before
    assert misses(demo) == []
    assert torn(demo) == []


def test_nothing_listens_beyond_this_computer(demo: Demo) -> None:
    addresses = {
        one.laddr.ip
        for child in demo.children()
        for one in child.net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_a_second_start_continues_and_what_was_missed_is_metered_once(demo: Demo) -> None:
    people = demo.access["users"]
    records = demo.number("SELECT COUNT(*) FROM journal_record")
    assert demo.end(signal.SIGINT) == []
    demo.start()
    assert "Continuing" in demo.said
    assert demo.access["users"] == people
    until(demo.drained, "records of the gap")
    assert demo.number("SELECT COUNT(*) FROM journal_record") >= records
    assert misses(demo) == []
    assert torn(demo) == []


def test_asked_to_end_it_leaves_no_process(demo: Demo) -> None:
    assert demo.end(signal.SIGTERM) == []
    assert "Ended" in demo.said
    demo.start()


def test_killed_at_once_it_leaves_no_process_either(demo: Demo) -> None:
    assert demo.end(signal.SIGKILL) == []
    demo.start()


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo, tmp_path: Path) -> None:
    second = Demo(demo.folder)
    second.process = None
    with pytest.raises(AssertionError, match="Another demo is using"):
        second.start()
    second.process = None
