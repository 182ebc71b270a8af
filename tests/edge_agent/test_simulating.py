"""Simulated boxes live by their plan: their past is journaled in bulk, gaps are made good, changes are taken up."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.simulated import Model
from edge_agent.outbox import Outbox
from edge_agent.simulating import Pace, fill, part_of
from telemetry.journal import RecordKind
from telemetry.plan import Activity, Plan, save_plan
from telemetry.topics import MessageType
from tests.edge_agent.districts import end, now_ms, plan_of, simulate_process
from tests.edge_agent.mini_host import MiniHost
from tests.servers import Broker

K = MessageType


@pytest.fixture
def plan() -> Plan:
    return plan_of(9, nodes=1, history_ms=86_400_000, every_ms=600_000)


def models(plan: Plan) -> list[Model]:
    return [Model(device) for device in plan.nodes[0].devices]


def test_history_filled_in_two_goes_is_the_same_as_in_one(plan: Plan, tmp_path: Path) -> None:
    middle, until = plan.created_ms - 40_000_000, plan.created_ms
    once, twice = Outbox(tmp_path / "one.db"), Outbox(tmp_path / "two.db")
    fill(once, plan, models(plan), Pace(), until)
    fill(twice, plan, models(plan), Pace(), middle)
    fill(twice, plan, models(plan), Pace(), until)
    assert fill(twice, plan, models(plan), Pace(), until) == 0
    same = [
        sorted((r.device, r.timestamp, r.state, r.prev_ms) for r in outbox.read(0, 10_000)) for outbox in (once, twice)
    ]
    assert same[0] == same[1]
    assert len(same[0]) > 400
    once.close()
    twice.close()


def test_history_is_journaled_oldest_first(plan: Plan, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "one.db")
    fill(outbox, plan, models(plan), Pace(), plan.created_ms)
    times = [record.timestamp for record in outbox.read(0, 10_000)]
    assert times == sorted(times)
    outbox.close()


def test_samples_of_the_last_day_come_after_all_transitions(plan: Plan, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "one.db")
    fill(outbox, plan, models(plan), Pace(samples_every_s=3_600), plan.created_ms)
    kinds = [record.kind for record in outbox.read(0, 10_000)]
    first = kinds.index(RecordKind.SAMPLE)
    assert set(kinds[first:]) == {RecordKind.SAMPLE}
    assert len(kinds) - first == 24 * 2
    outbox.close()


@given(st.integers(1, 40), st.integers(1, 6))
def test_parts_are_the_whole_and_no_box_runs_twice(nodes: int, parts: int) -> None:
    everything = [replace(plan_of(9, 1, 1_000, 1_000).nodes[0], node_id=str(number)) for number in range(nodes)]
    found = [node.node_id for part in range(1, parts + 1) for node in part_of(everything, part, parts)]
    assert sorted(found) == sorted(node.node_id for node in everything)


def test_simulated_boxes_are_born_live_and_end_with_their_input(broker: Broker, host: MiniHost, tmp_path: Path) -> None:
    plan = plan_of(broker.port, nodes=4, history_ms=3_600_000, every_ms=3_000)
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    process = simulate_process(path, tmp_path / "boxes", "--part", "2/2")
    host.wait(lambda: {h.topic.node for h in host.of_kind(K.NBIRTH)} == {"n-1", "n-3"})
    live = host.wait(lambda: [m for h in host.of_kind(K.DDATA) for m in h.payload.metrics if m.alias is not None])
    assert live
    assert end(process) == 0
    host.wait_for(K.NDEATH, count=2)


def test_a_changed_plan_is_taken_up(broker: Broker, host: MiniHost, tmp_path: Path) -> None:
    plan = plan_of(broker.port, nodes=1, history_ms=3_600_000, every_ms=400_000_000)
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    process = simulate_process(path, tmp_path / "boxes")
    host.wait_for(K.DBIRTH, count=2)
    node = plan.nodes[0]
    device = node.devices[0]
    busy = replace(device, activities=(*device.activities, Activity(now_ms() - 60_000, now_ms() + 600_000)))
    save_plan(replace(plan, nodes=(replace(node, devices=(busy, *node.devices[1:])),)), path)
    host.wait(lambda: host.states("n-0", device.key)[-1:] == ["in_use"])
    end(process)


def test_an_outage_cuts_the_link_and_what_happened_arrives_later(
    broker: Broker, host: MiniHost, tmp_path: Path
) -> None:
    plan = plan_of(broker.port, nodes=1, history_ms=600_000, every_ms=2_000)
    node = plan.nodes[0]
    start = now_ms() + 6_000
    plan = replace(plan, nodes=(replace(node, outages=((start, start + 4_000),)),))
    path = tmp_path / "plan.json"
    save_plan(plan, path)
    process = simulate_process(path, tmp_path / "boxes")
    host.wait_for(K.NDEATH)
    host.wait_for(K.NBIRTH, count=2)
    key = node.devices[0].key
    host.wait(lambda: any(start < r.timestamp < start + 3_000 for r in host.transitions("n-0", key)))
    end(process)
