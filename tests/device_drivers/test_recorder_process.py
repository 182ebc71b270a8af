"""When a recording program counts as recording, waiting, stalled or gone."""

import pytest

from device_drivers.api import Driver
from device_drivers.errors import LinkLost
from device_drivers.links import DiskSample, OpenFile, ProcessSample
from device_drivers.recorder_process import ENTRY
from telemetry.metrics import Value
from telemetry.states import DeviceState
from tests.device_drivers.doubles import StubLinks

SETTINGS: dict[str, Value] = {"match": "rec", "folder": "/srv", "stall_seconds": 20}


@pytest.fixture
def links() -> StubLinks:
    return StubLinks()


@pytest.fixture
def driver(links: StubLinks) -> Driver:
    return ENTRY.open(SETTINGS, links)


def writes(size: int, idle_s: float = 0.0, *, file: str = "f", stopped: bool = False) -> tuple[ProcessSample, ...]:
    return (ProcessSample("p", stopped, (OpenFile(file, size, idle_s),)),)


def test_a_program_without_an_open_file_stands_by(driver: Driver, links: StubLinks) -> None:
    links.computer.found = (ProcessSample("p", False, ()),)
    assert driver.read().state is DeviceState.STANDBY


def test_a_file_just_opened_and_still_empty_is_preparation(driver: Driver, links: StubLinks) -> None:
    links.computer.found = writes(0)
    assert driver.read().state is DeviceState.SETUP


def test_a_file_written_to_lately_is_a_recording_at_first_sight(driver: Driver, links: StubLinks) -> None:
    links.computer.found = writes(500, 3.0)
    assert driver.read().state is DeviceState.IN_USE


def test_an_old_file_held_open_is_no_recording_until_it_grows(driver: Driver, links: StubLinks) -> None:
    links.computer.found = writes(500, 3_600.0)
    assert driver.read().state is DeviceState.SETUP
    links.advance(21)
    assert driver.read().state is DeviceState.FAULT
    links.computer.found = writes(600)
    assert driver.read().state is DeviceState.IN_USE


def test_a_recording_may_pause_its_writing_for_less_than_the_stall_time(driver: Driver, links: StubLinks) -> None:
    links.computer.found = writes(500)
    driver.read()
    links.advance(20)
    assert driver.read().state is DeviceState.IN_USE
    links.advance(1)
    reading = driver.read()
    assert reading.state is DeviceState.FAULT
    assert reading.cause == "the recording has not grown for 20 s"


def test_a_recorder_that_cuts_its_file_makes_one_recording(driver: Driver, links: StubLinks) -> None:
    for segment in range(5):
        links.computer.found = writes(500, file=f"segment {segment}")
        links.advance(10)
        assert driver.read().state is DeviceState.IN_USE
    links.computer.found = ()
    assert driver.read().values["Usage/Recordings"] == 1


def test_hours_are_the_time_in_use_and_a_long_blind_gap_is_not_counted(driver: Driver, links: StubLinks) -> None:
    size = 0
    for seconds in (0, 60, 60, 7_200):
        links.advance(seconds)
        size += 100
        links.computer.found = writes(size)
        hours = driver.read().values["Usage/Hours"]
    assert hours == pytest.approx(120 / 3600)


def test_a_program_that_should_always_run_and_does_not_is_a_fault(links: StubLinks) -> None:
    driver = ENTRY.open({**SETTINGS, "always_running": True}, links)
    assert driver.read().state is DeviceState.FAULT


def test_a_full_disk_is_a_fault_before_the_lesson_and_not_during_a_recording(driver: Driver, links: StubLinks) -> None:
    links.computer.disk_sample = DiskSample(100, 1)
    assert driver.read().state is DeviceState.FAULT
    links.computer.found = writes(500)
    assert driver.read().state is DeviceState.IN_USE


def test_a_program_of_another_user_is_a_lost_link_and_no_state(driver: Driver, links: StubLinks) -> None:
    links.computer.trouble = LinkLost("another user")
    with pytest.raises(LinkLost):
        driver.read()
