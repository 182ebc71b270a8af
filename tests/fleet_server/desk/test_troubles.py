"""Troubles by cause: one dead box or line is one, with all it takes down."""

from datetime import timedelta
from typing import Any

import pytest

from fleet_server.core.clock import to_ms
from fleet_server.desk.rules import FleetRow
from fleet_server.desk.troubles import DiskFact, NodeFact, Trouble, find_troubles
from tests.fleet_server.desk.rows import NOW, row


def node(key: str, seconds_ago: float = 3, **known: Any) -> NodeFact:
    usual: dict[str, Any] = {
        "node_id": key,
        "organization_id": "north",
        "organization_zh": "",
        "organization_en": "",
        "zone": "Asia/Shanghai",
        "liveness": "offline",
        "seen": NOW - timedelta(seconds=seconds_ago),
        "clock_offset_ms": 0,
    }
    return NodeFact(**(usual | known))


def gone(key: str, node_id: str) -> FleetRow:
    return row(key, node_id=node_id, liveness="offline", online=False)


def kinds(found: list[Trouble]) -> list[tuple[str, int]]:
    return [(trouble.kind, trouble.affected) for trouble in found]


def test_a_dead_box_is_one_trouble_with_all_its_devices() -> None:
    rows = [gone("d1", "n1"), gone("d2", "n1"), gone("d3", "n1")]
    assert kinds(find_troubles(rows, [node("n1", 600)], {})) == [("box_offline", 3)]


def test_boxes_of_a_school_that_fall_silent_together_are_one_trouble() -> None:
    rows = [gone("d1", "n1"), gone("d2", "n2"), gone("d3", "n3")]
    nodes = [node("n1", 600), node("n2", 605), node("n3", 4000), node("n4", liveness="online")]
    found = find_troubles(rows, nodes, {})
    assert [trouble.nodes for trouble in found] == [("n2", "n1"), ("n3",)]
    assert [(trouble.others, trouble.amount) for trouble in found] == [(1, 5.0), (1, 0.0)]


def test_boxes_of_two_schools_are_two_troubles() -> None:
    nodes = [node("n1", 600), node("n2", 600, organization_id="hill")]
    assert len(find_troubles([], nodes, {})) == 2


@pytest.mark.parametrize(
    "case", [node("n1", 600), node("n1", seen=None)], ids=["all its devices are off", "it was never heard"]
)
def test_a_box_that_is_rightly_silent_is_no_trouble(case: NodeFact) -> None:
    rows = [row("d1", measured="off", online=False, liveness="offline")]
    assert find_troubles(rows, [case], {}) == []


def test_the_same_fault_on_like_devices_is_one_trouble_and_counts_those_that_work() -> None:
    rows = [
        row("d1", measured="fault", cause="E-203", kind="printer_3d", model="T300"),
        row("d2", measured="fault", cause="E-203", kind="printer_3d", model="T300"),
        row("d3", measured="fault", cause="E-999", kind="printer_3d", model="T300"),
        row("d4", kind="printer_3d", model="T300"),
    ]
    found = find_troubles(rows, [node("n1", liveness="online")], {})
    assert sorted((trouble.cause, trouble.affected, trouble.others) for trouble in found) == [
        ("E-203", 2, 1),
        ("E-999", 1, 1),
    ]


def test_a_device_that_is_silent_under_a_living_box_names_its_cause() -> None:
    rows = [row("d1", measured="unknown", cause="driver_stuck"), row("d2")]
    (trouble,) = find_troubles(rows, [node("n1", liveness="online")], {})
    assert (trouble.kind, trouble.cause, trouble.others) == ("device_silent", "driver_stuck", 1)


def test_a_disk_is_a_trouble_from_nine_tenths_on() -> None:
    disks = {"d1": DiskFact(89.9, None), "d2": DiskFact(90.0, 12.0)}
    (trouble,) = find_troubles([row("d1"), row("d2")], [], disks)
    assert (trouble.kind, trouble.rows[0].key, trouble.since) == ("disk", "d2", None)


@pytest.mark.parametrize(("offset", "found"), [(4999, []), (-94_000, [("clock", 1)])])
def test_a_clock_is_a_trouble_from_five_seconds_on(offset: int, found: list[tuple[str, int]]) -> None:
    nodes = [node("n1", liveness="online", clock_offset_ms=offset)]
    assert kinds(find_troubles([row("d1")], nodes, {})) == found


def test_the_newest_change_stands_first_and_what_has_no_start_last() -> None:
    rows = [
        row("d1", measured="fault", cause="old", since_ms=to_ms(NOW) - 9_000_000),
        row("d2", measured="fault", cause="new", since_ms=to_ms(NOW) - 60_000),
        row("d3"),
    ]
    found = find_troubles(rows, [node("n1", liveness="online")], {"d3": DiskFact(99, None)})
    assert [trouble.cause for trouble in found] == ["new", "old", ""]
