"""Small plans for tests, and the simulate command as a process that may be killed."""

import subprocess
import sys
import time
from pathlib import Path

from telemetry.plan import Activity, Plan, PlannedDevice, PlannedNode


def now_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def busy_device(key: str, since_ms: int, until_ms: int, every_ms: int) -> PlannedDevice:
    """A device that is used for half of every period."""
    activities = tuple(
        Activity(start, start + every_ms // 2) for start in range(since_ms + every_ms // 4, until_ms, every_ms)
    )
    return PlannedDevice(key, "smart_board", "Acme", "B1", f"SN-{key}", "1.0", (), activities)


def plan_of(port: int, nodes: int, history_ms: int, every_ms: int, future_ms: int = 120_000) -> Plan:
    """A plan of nodes with two busy devices each; each node's devices have their own keys."""
    created, start = now_ms(), now_ms() - history_ms
    planned = tuple(
        PlannedNode(
            f"n-{number}",
            "s-1",
            tuple(busy_device(f"d-{number}-{k}", start, created + future_ms, every_ms + 700 * k) for k in range(2)),
        )
        for number in range(nodes)
    )
    return Plan("127.0.0.1", port, created, start, planned)


def simulate_process(plan: Path, folder: Path, *more: str) -> subprocess.Popen[bytes]:
    """The simulate command; ends when its standard input does."""
    command = [sys.executable, "-m", "edge_agent", "simulate", str(plan), "--data", str(folder), "--until-eof", *more]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end(process: subprocess.Popen[bytes]) -> int:
    """End a process by the end of its input, and say how it ended."""
    assert process.stdin
    process.stdin.close()
    return process.wait(30)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process at once, as a power cut would."""
    process.kill()
    end(process)
