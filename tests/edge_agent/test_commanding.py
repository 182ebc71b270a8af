"""A command is done at most once, and its answer travels in the journal."""

import json
from typing import Any

import pytest

from telemetry import births
from telemetry.journal import RecordKind, read_body
from telemetry.metrics import DataType, Metric
from telemetry.states import DeviceState
from telemetry.topics import MessageType
from tests.edge_agent.boxes import Box
from tests.edge_agent.conftest import MakeBox
from tests.edge_agent.mini_host import MiniHost

K = MessageType


def request(host: MiniHost, device: str | None = "lamp", **parts: Any) -> None:
    """Send a Command/Request."""
    text = json.dumps({"id": "c-1", "verb": "identify", "args": {}, **parts})
    host.command("n-1", [Metric(births.COMMAND_REQUEST, text, DataType.STRING)], device)


def answers(host: MiniHost) -> list[dict[str, Any]]:
    """Every answer kept, in order."""
    kept = sorted(host.journal("n-1").records.items())
    return [read_body(record.body or "") for _, record in kept if record.kind is RecordKind.OUTCOME]


def statuses(host: MiniHost, count: int) -> list[str]:
    """Wait for so many answers and return what they say."""
    host.wait(lambda: len(answers(host)) >= count)
    return [answer["status"] for answer in answers(host)]


@pytest.fixture
def box(make_box: MakeBox, host: MiniHost) -> Box:
    started: Box = make_box().start()
    started.show(DeviceState.STANDBY)
    host.wait_for(K.DBIRTH)
    host.wait(lambda: host.journal("n-1").records)
    return started


def finish(box: Box, status: str = "done", detail: str = "blinked") -> None:
    """Let the device end the order it was given."""
    box.feeds["lamp"].orders[-1].done(status, detail)


def test_an_order_is_accepted_carried_out_and_answered(box: Box, host: MiniHost) -> None:
    request(host)
    assert statuses(host, 1) == ["accepted"]
    finish(box)
    assert statuses(host, 2) == ["accepted", "done"]
    assert answers(host)[1] == {"id": "c-1", "status": "done", "detail": "blinked"}
    assert [order.verb for order in box.feeds["lamp"].orders] == ["identify"]


def test_the_same_command_is_carried_out_once(box: Box, host: MiniHost) -> None:
    for _ in range(5):
        request(host)
    request(host, id="c-2")
    assert statuses(host, 2) == ["accepted", "accepted"]
    assert len(box.feeds["lamp"].orders) == 2


def test_a_command_that_comes_too_late_is_not_carried_out(box: Box, host: MiniHost) -> None:
    request(host, expires=1_000)
    assert statuses(host, 1) == ["expired"]
    assert not box.feeds["lamp"].orders


def test_an_order_the_driver_does_not_declare_is_rejected(box: Box, host: MiniHost) -> None:
    request(host, verb="erase")
    assert statuses(host, 1) == ["rejected"]
    assert not box.feeds["lamp"].orders


def test_the_node_answers_a_ping_and_rejects_the_rest(box: Box, host: MiniHost) -> None:
    request(host, device=None, verb="ping")
    request(host, device=None, id="c-2", verb="format")
    assert statuses(host, 2) == ["done", "rejected"]


@pytest.mark.parametrize(
    "parts",
    [{"id": ""}, {"id": "x" * 65}, {"verb": 3}, {"args": [1]}, {"args": {"a": {}}}, {"expires": "soon"}],
)
def test_a_request_that_cannot_be_read_changes_nothing(box: Box, host: MiniHost, parts: dict[str, Any]) -> None:
    request(host, **parts)
    request(host, device=None, id="after", verb="ping")
    assert statuses(host, 1) == ["done"]
    assert not box.feeds["lamp"].orders


def test_a_command_interrupted_by_a_kill_has_failed_and_is_not_repeated(
    box: Box, host: MiniHost, make_box: MakeBox
) -> None:
    request(host)
    statuses(host, 1)
    box.kill()
    again = make_box().start()
    again.show(DeviceState.STANDBY)
    assert statuses(host, 2) == ["accepted", "failed"]
    request(host)
    request(host, id="c-2")
    assert statuses(host, 3) == ["accepted", "failed", "accepted"]
    assert [order.verb for order in again.feeds["lamp"].orders] == ["identify"]
