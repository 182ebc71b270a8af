"""A day by a script, through the agent's code, the wire and the server: the figures are the script's, to the second."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from device_drivers.simulated import Driver
from device_drivers.simulated_manifests import MANIFESTS
from edge_agent.polling import Look
from fleet_server.app import build_jobs, create_app
from fleet_server.core.clock import from_ms, to_ms
from fleet_server.core.db import Database, open_database
from fleet_server.core.settings import Settings
from fleet_server.ingest.runner import start
from telemetry.plan import Plan, PlannedNode, save_plan
from tests.edge_agent.boxes import Box, HandClock
from tests.edge_agent.districts import end, simulate_process
from tests.servers import Broker
from tests.system.peers.processes import running_server
from tests.system.peers.school import SITE, open_school
from tests.system.peers.scripted_day import (
    CUT,
    LESSONS,
    MENDED,
    SHANGHAI,
    THURSDAY,
    board,
    check,
    expected,
    midnight_ms,
    second,
    truth,
)
from tests.system.running import until

MORNING, EVENING = second("07:00:00"), second("18:00:00")
PATIENCE_S = 30


@dataclass
class HandDay:
    """Server, broker and box in one place, on one clock the test moves; what lies between them is the real wire."""

    clock: HandClock
    database: Database
    broker: Broker
    api: TestClient
    settings: Settings
    code: str
    folder: Path

    def __post_init__(self) -> None:
        self.driver = Driver(board(THURSDAY), lambda: self.clock.wall_ms)
        self.box = self.new_box()

    def new_box(self) -> Box:
        """Put a box onto the journal in the folder, as a start of the agent does."""
        return Box(
            self.broker.port,
            self.folder / "box",
            ["board"],
            clock=self.clock,
            manifest=MANIFESTS["smart_board"],
            settings=lambda found: replace(found, site_id=SITE),
        ).start()

    def go_to(self, at: int) -> None:
        """Move the clock to a second of the day."""
        self.clock.pass_s((midnight_ms(THURSDAY) + at * 1000 - self.clock.wall_ms) / 1000)

    def look(self) -> None:
        """Let the agent look at the device, and note that it lives."""
        self.box.do(self.box.agent.look, "board", Look(self.clock(), self.driver.read()))
        self.box.do(self.box.agent.tick)

    def live(self, begin: int, finish: int) -> None:
        """Live through [begin, finish): a look at the begin, at every change, and at the last."""
        day = truth()
        for at in range(begin, finish):
            if at == begin or day[at] != day[at - 1]:
                self.go_to(at)
                self.look()
                self.wait_drained()

    def live_alone(self, begin: int, finish: int) -> int:
        """Live through [begin, finish) without a link, with the samples of each minute; return what waits then."""
        day = truth()
        for at in range(begin, finish):
            if day[at] != day[at - 1] or at % 60 == 0:
                self.go_to(at)
                self.look()
            if at % 60 == 0:
                self.box.do(self.box.agent.sample)
        self.go_to(finish)
        return int(self.box.agent.outbox.pending)

    def wait_drained(self) -> None:
        """Wait until the server has everything the box wrote; the clock stands meanwhile."""
        until(lambda: self.box.agent.session.born and not self.box.agent.outbox.pending, "drained", PATIENCE_S)

    def read(self, path: str, query: Mapping[str, Any]) -> Any:
        """Ask the API."""
        answer = self.api.get("/api/v1" + path, params=dict(query))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def settle(self) -> None:
        """Let the server's periodic work run once."""
        build_jobs(self.database, self.settings, lambda: from_ms(self.clock.wall_ms)).run_due(time.monotonic())


@contextmanager
def hand_day(database: Database, broker: Broker, folder: Path) -> Iterator[HandDay]:
    """Open the school at seven in the morning; box and server are stopped at the end."""
    clock = HandClock(midnight_ms(THURSDAY) + MORNING * 1000)
    now = from_ms(clock.wall_ms)
    school = open_school(database, {"SB-1": "smart_board"}, THURSDAY, LESSONS, now)
    settings = Settings(mqtt_port=broker.port)
    app = create_app(database, settings, lambda: from_ms(clock.wall_ms))
    ingest = start(database, settings, lambda: from_ms(clock.wall_ms))
    until(lambda: ingest.connected, "ingest", PATIENCE_S)
    with TestClient(app, headers={"authorization": f"Bearer {school.token}"}) as api:
        day = HandDay(clock, database, broker, api, settings, school.codes["SB-1"], folder)
        try:
            yield day
        finally:
            if not day.box.ended:
                day.box.kill()
            ingest.stop()


def test_the_script_itself_comes_to_what_a_person_adds_up() -> None:
    assert expected(truth()) == {
        "core_s": 16_200,
        "available_s": 16_200,
        "unknown_s": 0,
        "known_s": 16_200,
        "used_s": 2_375 + 2_385 + 1_778 + 1_500 + 2_085 + 2_700,
        "setup_s": 60,
        "coverage": 1.0,
    }
    dark = expected(truth(range(CUT, MENDED)))
    assert (dark["unknown_s"], dark["used_s"]) == (2_100, 12_823 - 1_778)


def test_a_link_down_for_40_minutes_changes_no_figure_once_the_journal_has_drained(
    database: Database, broker: Broker, tmp_path: Path
) -> None:
    with hand_day(database, broker, tmp_path) as day:
        day.live(MORNING, CUT)
        day.go_to(CUT)
        broker.stop()
        until(lambda: not day.box.agent.session.born, "the cut noticed", PATIENCE_S)
        assert day.live_alone(CUT, MENDED) >= 2 + 40
        broker.start()
        day.wait_drained()
        day.live(MENDED, EVENING)
        day.settle()
        check(day.read, day.code, THURSDAY, truth())


def test_an_agent_dead_for_40_minutes_leaves_them_unknown_and_the_coverage_says_so(
    database: Database, broker: Broker, tmp_path: Path
) -> None:
    with hand_day(database, broker, tmp_path) as day:
        day.live(MORNING, CUT)
        day.go_to(CUT)
        day.look()
        day.wait_drained()
        day.box.kill()
        day.go_to(MENDED)
        day.box = day.new_box()
        day.live(MENDED, EVENING)
        day.settle()
        check(day.read, day.code, THURSDAY, truth(range(CUT, MENDED)))


def test_a_whole_day_journaled_off_line_and_sent_between_processes_is_counted_to_the_second(
    database_url: str, broker: Broker, tmp_path: Path
) -> None:
    day = datetime.now(SHANGHAI).date() - timedelta(days=2)
    token, code = opened(database_url, day)
    zero, plan = midnight_ms(day), tmp_path / "plan.json"
    node = PlannedNode("n-board", SITE, (board(day),))
    save_plan(Plan("127.0.0.1", broker.port, to_ms(datetime.now(UTC)), zero, (node,)), plan)
    broker.stop()
    box = simulate_process(plan, tmp_path / "boxes", "--poll", "1")
    try:
        until(lambda: (tmp_path / "boxes" / "n-board.db").exists(), "a journal made off line", PATIENCE_S)
        broker.start()
        with running_server(tmp_path / "server", database_url, broker.port, token) as server:
            server.until(lambda: acknowledged(server.get("/nodes")), "drained")
            asked = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}
            server.until(lambda: settled(server.get("/utilization", **asked)), "figures")
            check(lambda path, query: server.get(path, **query), code, day, truth())
    finally:
        end(box)


def opened(database_url: str, day: date) -> tuple[str, str]:
    """Open the school in a database and return a token and the code of its board."""
    database = open_database(database_url)
    school = open_school(database, {"SB-1": "smart_board"}, day, LESSONS)
    database.dispose()
    return school.token, school.codes["SB-1"]


def acknowledged(nodes: Mapping[str, Any]) -> bool:
    """Tell whether there are nodes and the server has all that they have written."""
    marks = [node["journal"] for node in nodes["items"]]
    return bool(marks) and all(mark["next"] and mark["acknowledged"] == mark["next"] - 1 for mark in marks)


def settled(report: Mapping[str, Any]) -> bool:
    """Tell whether a report has rows and nothing waits to be counted."""
    return report["pending"] == 0 and bool(report["items"])
