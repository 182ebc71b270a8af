from itertools import pairwise

import pytest

from fleet_server.core.clock import from_ms
from fleet_server.demo import history, liveness
from fleet_server.demo.bells import local_ms
from fleet_server.demo.daily import MINUTE
from fleet_server.demo.district import ZONE, District
from fleet_server.demo.history import Weeks
from fleet_server.demo.visitors import print_for
from fleet_server.demo.watching import CheckOut
from telemetry.plan import Plan
from tests.fleet_server.demo.districts import TODAY, lived, small

NOW = local_ms(TODAY, 9 * 60, ZONE)
TEN_MINUTES = NOW + 10 * MINUTE


@pytest.fixture(scope="module")
def district() -> District:
    return small(16)


@pytest.fixture(scope="module")
def weeks(district: District) -> Weeks:
    found = lived(district, back=2, ahead=1)
    liveness.clear_stage(district, found, NOW)
    return found


@pytest.fixture(scope="module")
def plan(district: District, weeks: Weeks) -> Plan:
    return history.plan_of(district, weeks, "127.0.0.1", 1883, NOW, NOW - 3 * 24 * 60 * MINUTE)


@pytest.fixture(scope="module")
def scene(district: District, weeks: Weeks, plan: Plan) -> liveness.Scene:
    return liveness.stage(district, plan, liveness.promised(weeks.promises), NOW)


def test_within_ten_minutes_prints_start_and_end_and_one_breaks(plan: Plan, scene: liveness.Scene) -> None:
    before = {device.serial: set(device.activities) for node in plan.nodes for device in node.devices}
    fresh = [
        one
        for node in scene.plan.nodes
        for device in node.devices
        for one in device.activities
        if one not in before[device.serial]
    ]
    assert len(fresh) >= 3
    assert all(NOW < one.start_ms < TEN_MINUTES for one in fresh)
    assert [one.outcome for one in fresh].count("fault") == 1
    assert any(one.end_ms < TEN_MINUTES for one in fresh)


def test_one_box_loses_its_link_for_minutes_and_comes_back_while_its_boards_are_used(
    plan: Plan, scene: liveness.Scene
) -> None:
    before = {node.node_id: node.outages for node in plan.nodes}
    lost = [
        (node, span) for node in scene.plan.nodes for span in node.outages if span not in before[node.node_id]
    ]  # fmt: skip
    (node, span) = lost[0]
    assert len(lost) == 1
    assert NOW < span[0] < span[1] < TEN_MINUTES
    assert any(one.start_ms < span[1] and span[0] < one.end_ms for device in node.devices for one in device.activities)


def test_the_booking_nobody_comes_for_is_of_a_printer_that_stays_idle_and_starts_soon(scene: liveness.Scene) -> None:
    missed = scene.missed
    assert missed is not None
    assert NOW < missed.start_ms < NOW + 4 * MINUTE
    device = next(one for node in scene.plan.nodes for one in node.devices if one.serial == missed.item.serial)
    assert not liveness.overlaps(liveness.busy_spans(device), (missed.start_ms - MINUTE, missed.end_ms))


def test_events_are_added_without_two_activities_of_a_device_at_one_time(scene: liveness.Scene) -> None:
    for node in scene.plan.nodes:
        for device in node.devices:
            spans = sorted(liveness.busy_spans(device))
            assert all(first[1] <= second[0] for first, second in pairwise(spans))


def check_out(serial: str, ends_ms: int) -> CheckOut:
    return CheckOut("bkg_1", serial, from_ms(ends_ms).replace(tzinfo=None).isoformat(sep=" "))


def test_a_printer_a_visitor_checks_out_starts_to_print_within_a_minute(scene: liveness.Scene) -> None:
    assert scene.missed is not None
    serial = scene.missed.item.serial
    changed = print_for(scene.plan, check_out(serial, NOW + 60 * MINUTE), NOW)
    assert changed is not None
    device = next(one for node in changed.nodes for one in node.devices if one.serial == serial)
    (job,) = [one for one in device.activities if NOW < one.start_ms < NOW + MINUTE]
    assert job.end_ms <= NOW + 60 * MINUTE
    assert print_for(changed, check_out(serial, NOW + 60 * MINUTE), NOW + 5 * MINUTE) is None


def test_a_check_out_that_ends_at_once_starts_nothing(scene: liveness.Scene) -> None:
    assert scene.missed is not None
    assert print_for(scene.plan, check_out(scene.missed.item.serial, NOW + 2 * MINUTE), NOW) is None
    assert print_for(scene.plan, check_out("nobody's", NOW + 60 * MINUTE), NOW) is None
