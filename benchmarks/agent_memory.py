"""Resident memory of a running agent against bare Python with the libraries it needs."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.result import Row
from tests.servers import running_broker

FLOOR = """
import sqlite3, time
import paho.mqtt.client, psutil
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
client = paho.mqtt.client.Client(paho.mqtt.client.CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", {port})
client.loop_start()
psutil.cpu_percent(None)
time.sleep(600)
"""
SETTINGS = """
[node]
id = "n-benchmark0001"
site = "s-bench"
data = "{folder}"

[broker]
host = "127.0.0.1"
port = {port}

[[device]]
key = "this-computer"
driver = "host"
poll_seconds = 10
"""
SETTLE_S = 45


def measure() -> Row:
    """Run both for 45 s side by side and compare their resident memory."""
    with running_broker() as broker, tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "agent.toml"
        settings.write_text(SETTINGS.format(folder=folder, port=broker.port), encoding="utf-8")
        floor = subprocess.Popen([sys.executable, "-c", FLOOR.format(port=broker.port)])
        agent = subprocess.Popen([sys.executable, "-m", "edge_agent", "run", "--settings", str(settings)])
        try:
            time.sleep(SETTLE_S)
            if agent.poll() is not None or floor.poll() is not None:
                raise RuntimeError("one of the two ended before it was measured")
            floor_rss = psutil.Process(floor.pid).memory_info().rss
            agent_rss = psutil.Process(agent.pid).memory_info().rss
        finally:
            for process in (agent, floor):
                process.terminate()
                process.wait(20)
    return Row(
        "agent, resident memory",
        "bare Python + paho + psutil + protobuf, connected",
        agent_rss / floor_rss,
        "≤ 1.35",
        f"{agent_rss / 2**20:.1f} MiB against {floor_rss / 2**20:.1f} MiB, one device, 45 s",
        "python -m benchmarks.agent_memory",
    )


if __name__ == "__main__":
    print(measure())
