"""What PJLink's answers mean, and what is not asked of a hot lamp."""

import hashlib

import pytest

from device_drivers.api import Driver
from device_drivers.errors import BadAnswer, CommandRefused, LinkLost
from device_drivers.projector_pjlink import ENTRY
from telemetry.metrics import Value
from telemetry.states import DeviceState
from tests.device_drivers.doubles import StubLinks, StubTcp
from tests.device_drivers.fake_projector import FakeProjector

SETTINGS: dict[str, Value] = {"host": "192.0.2.1", "password": "secret"}


@pytest.fixture
def projector() -> FakeProjector:
    return FakeProjector()


@pytest.fixture
def driver(projector: FakeProjector) -> Driver:
    return ENTRY.open(SETTINGS, projector.links("power_on", "power_off"))


def test_the_password_is_never_sent_and_only_the_first_question_is_signed(
    driver: Driver, projector: FakeProjector
) -> None:
    driver.read()
    signature = hashlib.md5(b"498e4a67secret").hexdigest()
    assert projector.asked[0] == f"{signature}%1CLSS ?"
    assert all(line.startswith("%") for line in projector.asked[1:])
    assert not any("secret" in line for line in projector.asked)


@pytest.mark.parametrize(
    ("power", "muted", "signal", "state"),
    [
        ("0", "30", "-", DeviceState.STANDBY),
        ("1", "30", "1920x1080", DeviceState.IN_USE),
        ("1", "30", "*", DeviceState.IN_USE),
        ("1", "30", "-", DeviceState.STANDBY),
        ("1", "31", "1920x1080", DeviceState.STANDBY),
        ("1", "11", "1920x1080", DeviceState.STANDBY),
        ("1", "21", "1920x1080", DeviceState.IN_USE),
        ("1", "30", "ERR3", DeviceState.IN_USE),
        ("2", "30", "ERR3", DeviceState.SETUP),
        ("3", "30", "ERR3", DeviceState.SETUP),
    ],
)
def test_in_use_is_a_picture_with_a_signal(
    driver: Driver, projector: FakeProjector, power: str, muted: str, signal: str, state: DeviceState
) -> None:
    projector.says |= {"%1POWR": power, "%1AVMT": muted, "%2IRES": signal}
    assert driver.read().state is state


def test_an_error_is_a_fault_with_the_part_and_a_warning_is_not(driver: Driver, projector: FakeProjector) -> None:
    projector.says["%1ERST"] = "000010"
    reading = driver.read()
    assert (reading.state, reading.values["Telemetry/Warnings"]) == (DeviceState.IN_USE, "filter")
    projector.says["%1ERST"] = "020010"
    reading = driver.read()
    assert (reading.state, reading.cause) == (DeviceState.FAULT, "ERST error: lamp")


def test_a_new_lamp_begins_a_new_run_of_counters(driver: Driver, projector: FakeProjector) -> None:
    runs = []
    for lamp in ("1200 1", "1201 1", "2 1", "3 1"):
        projector.says["%1LAMP"] = lamp
        runs.append(driver.read().values["Usage/Epoch"])
    assert runs[0] == runs[1] != runs[2] == runs[3]


def test_a_laser_without_a_lamp_reports_no_lamp_hours(driver: Driver, projector: FakeProjector) -> None:
    projector.says["%1LAMP"] = "ERR1"
    reading = driver.read()
    assert "Usage/Lamp Hours" not in reading.values
    assert reading.state is DeviceState.IN_USE


def test_of_several_lamps_the_oldest_counts(driver: Driver, projector: FakeProjector) -> None:
    projector.says["%1LAMP"] = "1200 1 3000 0"
    assert driver.read().values["Usage/Lamp Hours"] == 3000


def test_a_wrong_password_is_no_state_of_the_projector(projector: FakeProjector) -> None:
    links = StubLinks(device=StubTcp(projector.greeting, lambda data: b"PJLINK ERRA"))
    reading = ENTRY.open(SETTINGS, links).read()
    assert reading.state is DeviceState.UNKNOWN
    assert "password" in reading.cause


def test_something_else_on_the_port_is_a_bad_answer(projector: FakeProjector) -> None:
    projector.greeting = b"SSH-2.0-OpenSSH_9.2"
    with pytest.raises(BadAnswer):
        ENTRY.open(SETTINGS, projector.links()).read()


def test_who_it_is_is_asked_again_after_the_link_was_lost(driver: Driver, projector: FakeProjector) -> None:
    first = driver.read().identity
    projector.says["%2SNUM"] = "70A2"
    unchanged = driver.read().identity
    projector.unplugged = True
    with pytest.raises(LinkLost):
        driver.read()
    projector.unplugged = False
    other = driver.read().identity
    assert [one.serial for one in (first, unchanged, other) if one] == ["70A1", "70A1", "70A2"]


@pytest.mark.parametrize("power", ["2", "3"])
def test_a_warming_or_cooling_lamp_is_not_switched(driver: Driver, projector: FakeProjector, power: str) -> None:
    projector.says["%1POWR"] = power
    with pytest.raises(CommandRefused):
        driver.perform("power_off", {})
    assert not any(line.endswith("%1POWR 0") for line in projector.asked)


def test_with_consent_a_lamp_that_burns_is_switched_off(driver: Driver, projector: FakeProjector) -> None:
    assert "accepted" in driver.perform("power_off", {})
    assert projector.asked[-1] == "%1POWR 0"


def test_a_projector_that_hangs_up_is_a_lost_link(projector: FakeProjector) -> None:
    projector.greeting = None
    with pytest.raises(LinkLost):
        ENTRY.open(SETTINGS, projector.links()).read()
