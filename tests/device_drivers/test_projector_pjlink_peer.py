"""The PJLink driver against an emulator by others: lamps that warm and cool, errors, passwords, hang-ups."""

import time
import warnings
from collections.abc import Iterator

import pytest

from device_drivers.api import Driver, Reading
from device_drivers.errors import CommandRefused, LinkLost
from device_drivers.projector_pjlink import ENTRY
from edge_agent.links import LocalLinks
from telemetry.metrics import Value
from telemetry.states import DeviceState
from tests.device_drivers.pjlink_emulator import HOW_TO_GET_IT, PASSWORD, Emulator, running_emulator

pytestmark = pytest.mark.peer


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with running_emulator() as running:
        yield or_skip(running)


def or_skip(running: Emulator | None) -> Emulator:
    """Say loudly what is not tested where there is no emulator."""
    if running is None:
        warnings.warn(HOW_TO_GET_IT, stacklevel=2)
        pytest.skip(HOW_TO_GET_IT)
    return running


def opened(emulator: Emulator, password: str = PASSWORD) -> Driver:
    settings: dict[str, Value] = {"host": "127.0.0.1", "port": emulator.port, "password": password}
    return ENTRY.open(settings, LocalLinks(lambda verb: True))


@pytest.fixture
def driver(emulator: Emulator) -> Driver:
    return opened(emulator)


def watched(driver: Driver, state: DeviceState) -> Reading:
    """Look until the projector is in a state; fails after 20 s."""
    deadline = time.monotonic() + 20
    while (reading := driver.read()).state is not state:
        assert time.monotonic() < deadline, f"still {reading.state}"
        time.sleep(0.1)
    return reading


def test_a_projector_warms_shows_and_cools(driver: Driver) -> None:
    assert driver.read().state is DeviceState.STANDBY
    driver.perform("power_on", {})
    assert driver.read().state is DeviceState.SETUP
    with pytest.raises(CommandRefused):
        driver.perform("power_off", {})
    shown = watched(driver, DeviceState.IN_USE)
    assert shown.values["Telemetry/Signal Present"] is True
    driver.perform("power_off", {})
    assert driver.read().state is DeviceState.SETUP
    cold = watched(driver, DeviceState.STANDBY)
    hours = cold.values["Usage/Hours"]
    assert isinstance(hours, float)
    assert hours > 0


def test_a_lit_projector_without_a_picture_stands_by(driver: Driver, emulator: Emulator) -> None:
    driver.perform("power_on", {})
    watched(driver, DeviceState.IN_USE)
    emulator.show(picture_muted=True)
    assert driver.read().state is DeviceState.STANDBY
    emulator.show(picture_muted=False, resolution="no_signal")
    assert driver.read().state is DeviceState.STANDBY


def test_a_failed_lamp_is_a_fault_and_a_dusty_filter_a_warning(driver: Driver, emulator: Emulator) -> None:
    emulator.show(errors={"filter": "WARNING"})
    reading = driver.read()
    assert (reading.state, reading.values["Telemetry/Warnings"]) == (DeviceState.STANDBY, "filter")
    emulator.show(errors={"lamp": "ERROR"})
    assert driver.read().cause == "ERST error: lamp"


def test_a_replaced_lamp_begins_a_new_run_of_counters(driver: Driver, emulator: Emulator) -> None:
    before = driver.read().values
    emulator.show(lamps=[2])
    after = driver.read().values
    assert (before["Usage/Lamp Hours"], after["Usage/Lamp Hours"]) == (1200, 2)
    assert before["Usage/Epoch"] != after["Usage/Epoch"]


def test_a_laser_without_lamps_is_read_all_the_same(driver: Driver, emulator: Emulator) -> None:
    emulator.show(unsupported=["LAMP"])
    reading = driver.read()
    assert reading.state is DeviceState.STANDBY
    assert "Usage/Lamp Hours" not in reading.values


def test_a_projector_that_hangs_up_after_its_greeting_is_a_lost_link(driver: Driver, emulator: Emulator) -> None:
    emulator.show(drop_after_greeting=True)
    with pytest.raises(LinkLost):
        driver.read()


def test_a_wrong_password_is_said_so(emulator: Emulator) -> None:
    reading = opened(emulator, "wrong").read()
    assert (reading.state, reading.cause) == (DeviceState.UNKNOWN, "the projector refuses the PJLink password")


def test_a_class_1_projector_without_a_password_is_read() -> None:
    with running_emulator(pj_class=1, password="") as running:
        reading = opened(or_skip(running), "").read()
    assert reading.identity is not None
    assert (reading.identity.make, reading.identity.serial) == ("EPSON", "")
