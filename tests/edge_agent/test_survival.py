"""Nothing is lost and nothing counted twice, whatever is killed while the journal drains."""

import random
import time
from functools import partial
from itertools import pairwise
from pathlib import Path

from device_drivers.simulated import transitions
from telemetry.plan import Plan, save_plan
from tests.edge_agent.districts import end, kill, now_ms, plan_of, simulate_process
from tests.edge_agent.mini_host import MiniHost
from tests.servers import Broker

KILLS = 6


def test_kills_of_agent_and_broker_lose_and_double_nothing(broker: Broker, host: MiniHost, tmp_path: Path) -> None:
    plan, chance = plan_of(broker.port, nodes=3, history_ms=86_400_000, every_ms=60_000), random.Random(7)
    path, folder = tmp_path / "plan.json", tmp_path / "boxes"
    save_plan(plan, path)
    process = simulate_process(path, folder)
    for number in range(KILLS):
        news = len(host.heard) + 5
        host.wait(partial(_heard, host, news), 60)
        time.sleep(chance.uniform(0.0, 0.3))
        if number % 3 == 2:
            broker.kill()
            broker.start()
        else:
            kill(process)
            process = simulate_process(path, folder)
    due = _due(plan, now_ms())
    host.wait(lambda: all(_has(host, node, device, count) for (node, device), count in due.items()), 90)
    assert end(process) == 0
    for node in plan.nodes:
        for device in node.devices:
            kept = host.transitions(node.node_id, device.key)
            planned = list(transitions(device, plan.history_from_ms, kept[-1].timestamp + 1))
            assert [record.state for record in kept] == [state for _, state, _ in planned]
            assert all(abs(r.timestamp - at_ms) < 5_000 for r, (at_ms, _, _) in zip(kept, planned, strict=True))
            for earlier, later in pairwise(kept):
                assert later.prev_ms == later.boottime_ms - earlier.boottime_ms


def _heard(host: MiniHost, count: int) -> bool:
    return len(host.heard) >= count


def _due(plan: Plan, until_ms: int) -> dict[tuple[str, str], int]:
    """Return how many transitions every device has behind it."""
    start = plan.history_from_ms
    return {
        (node.node_id, device.key): len(list(transitions(device, start, until_ms)))
        for node in plan.nodes
        for device in node.devices
    }


def _has(host: MiniHost, node: str, device: str, count: int) -> bool:
    journal = host.journal(node)
    whole = bool(journal.records) and journal.high_water() >= max(journal.records)
    return whole and len(host.transitions(node, device)) >= count
