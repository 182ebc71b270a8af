"""The connection comes back by itself, spread out, and no message can break it."""

import random
from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.settings import BrokerSettings
from edge_agent.uplink import pause_before
from telemetry import births
from telemetry.metrics import DataType, Metric
from telemetry.states import DeviceState
from telemetry.topics import MessageType
from tests.edge_agent.conftest import MakeBox
from tests.edge_agent.mini_host import MiniHost
from tests.edge_agent.wiretap import Wiretap
from tests.servers import Broker, free_port

BROKER = BrokerSettings("broker", 1883)


@given(st.integers(0, 1_000_000), st.floats(0, 1))
def test_pauses_lie_between_the_least_and_the_most(attempt: int, chance: float) -> None:
    assert BROKER.reconnect_least_s <= pause_before(attempt, chance, BROKER) <= BROKER.reconnect_most_s


def test_five_thousand_boxes_come_back_below_300_a_second_within_two_minutes() -> None:
    chance = random.Random(1)
    pauses = [pause_before(0, chance.random(), BROKER) for _ in range(5_000)]
    assert max(Counter(int(pause) for pause in pauses).values()) <= 300
    assert max(pauses) <= 120


def test_a_box_waits_for_a_broker_that_is_not_there_yet(make_box: MakeBox, tmp_path: Path) -> None:
    broker = Broker(free_port(), tmp_path)
    box = make_box(port=broker.port).start()
    box.show(DeviceState.STANDBY)
    broker.start()
    try:
        host = MiniHost(broker.port)
        host.wait(lambda: box.do(lambda: box.agent.outbox.pending == 0))
        host.close()
    finally:
        broker.kill()


def test_a_pulled_cable_is_noticed_and_plugged_in_again(make_box: MakeBox, host: MiniHost, wiretap: Wiretap) -> None:
    box = make_box(port=wiretap.port).start()
    host.wait_for(MessageType.NBIRTH)
    wiretap.cut()
    host.wait_for(MessageType.NDEATH)
    host.wait_for(MessageType.NBIRTH, count=2)
    box.show(DeviceState.IN_USE)
    host.wait(lambda: host.states("n-1", "lamp") == ["in_use"])


def test_an_exception_in_a_message_does_not_end_the_conversation(make_box: MakeBox, host: MiniHost) -> None:
    box = make_box().start()
    host.wait_for(MessageType.NBIRTH)

    def break_down(device: str | None, request: str) -> None:
        raise RuntimeError("a defect")

    box.agent.session.on_command = break_down
    host.command("n-1", [Metric(births.COMMAND_REQUEST, "{}", DataType.STRING)])
    box.show(DeviceState.IN_USE)
    host.wait(lambda: host.states("n-1", "lamp") == ["in_use"])
