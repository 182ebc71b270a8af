"""A fleet under attack: broker, server and boxes as processes of their own that can be killed and come back."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.outbox import Outbox
from telemetry.plan import Activity, Plan, PlannedDevice, PlannedNode, save_plan
from tests.servers import Broker

WITNESS = """
CREATE TABLE IF NOT EXISTS witness AS SELECT * FROM journal WHERE 0;
CREATE TRIGGER IF NOT EXISTS witness AFTER INSERT ON journal BEGIN INSERT INTO witness SELECT * FROM journal
WHERE offset = NEW.offset; END;
"""
"""Keeps, in the box's own file and in the transaction of the journal, what the journal forgets once acknowledged."""
STEP_MS = 60_000


def dense_plan(port: int, nodes: int, records: int, now_ms: int) -> Plan:
    """Return boxes whose devices change state about `records` times in all before now, and go on doing so."""
    each = records // nodes
    start = now_ms - (each // 2 + 1) * STEP_MS
    activities = tuple(
        Activity(start + number * STEP_MS, start + number * STEP_MS + STEP_MS // 2) for number in range(each // 2 + 60)
    )
    planned = tuple(
        PlannedNode(
            f"n-soak{number:04d}",
            "s-soak",
            (PlannedDevice("recorder", "recorder", "Soak", "R1", f"SOAK-{number:04d}", "1.0", (), activities),),
        )
        for number in range(nodes)
    )
    return Plan("127.0.0.1", port, now_ms, start, planned)


@dataclass
class Fleet:
    """The processes and the folder of one campaign."""

    folder: Path
    broker: Broker
    database_url: str
    plan: Plan
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Write the plan and give each box a journal that keeps a witness of every record."""
        (self.folder / "boxes").mkdir()
        save_plan(self.plan, self.folder / "plan.json")
        for node in self.plan.nodes:
            path = self.journal(node.node_id)
            Outbox(path).close()
            with sqlite3.connect(path) as connection:
                connection.executescript(WITNESS)
            connection.close()

    def journal(self, node_id: str) -> Path:
        """Return the path of a box's journal."""
        return self.folder / "boxes" / f"{node_id}.db"

    def start(self, name: str) -> None:
        """Start `server` or `boxes`."""
        simulate = ["-m", "edge_agent", "simulate", str(self.folder / "plan.json")]
        commands = {
            "server": ["-m", "fleet_server", "ingest"],
            "boxes": [*simulate, "--data", str(self.folder / "boxes")],
        }
        environment = os.environ | {
            "FLEET_DATABASE_URL": self.database_url,
            "FLEET_MQTT_PORT": str(self.broker.port),
            "FLEET_SECRET_KEY": "campaign",
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *commands[name]], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def kill(self, name: str) -> None:
        """Kill one part as a power cut would and start it again."""
        if name == "broker":
            self.broker.kill()
            time.sleep(0.2)
            self.broker.start()
            return
        self.end(name)
        self.start(name)

    def end(self, name: str) -> None:
        """Kill one process for good."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(20)

    def stop(self) -> None:
        """End every process."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def pending(self) -> int:
        """Return how many records wait in all journals; only while the boxes are stopped, which hold them open."""
        return sum(self._count(node.node_id, "journal") for node in self.plan.nodes)

    def _count(self, node_id: str, table: str) -> int:
        connection = sqlite3.connect(self.journal(node_id), timeout=10)
        try:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        finally:
            connection.close()
