"""A real OctoPrint with its virtual printer: a print, a cancel, a thermal runaway, as the driver sees them."""

import time
from collections.abc import Iterator

import pytest

from device_drivers.api import Driver, Reading
from device_drivers.errors import CommandRefused, NotConsented
from device_drivers.printer_octoprint import ENTRY
from edge_agent.links import LocalLinks
from telemetry.states import DeviceState
from tests.device_drivers.octoprint_server import API_KEY, OctoPrint, running_octoprint

pytestmark = [pytest.mark.peer, pytest.mark.timeout(600)]

_HEAT = "M140 S40\nM104 S60\nM190 S40\nM109 S60\nG28\nG92 E0\n"
_COOL = "M104 S0\nM140 S0\n"


def part(lines: int) -> str:
    """Return a print that extrudes half a millimeter a line."""
    moves = "".join(f"G1 X{10 + n % 20} Y{10 + n % 10} E{n * 0.5:.1f} F12000\n" for n in range(1, lines + 1))
    return _HEAT + moves + _COOL


@pytest.fixture(scope="module")
def octoprint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OctoPrint]:
    with running_octoprint(tmp_path_factory.mktemp("octoprint")) as server:
        yield server


def opened(octoprint: OctoPrint, key: str = API_KEY, *, consent: bool = False) -> Driver:
    return ENTRY.open({"url": octoprint.url, "api_key": key}, LocalLinks(lambda verb: consent))


@pytest.fixture
def driver(octoprint: OctoPrint) -> Driver:
    """The driver of a printer that stands by."""
    driver = opened(octoprint, consent=True)
    octoprint.connect()
    watched(driver, DeviceState.STANDBY)
    return driver


def watched(driver: Driver, state: DeviceState) -> list[DeviceState]:
    """Look until the device is in a state; returns the states on the way, each once."""
    deadline = time.monotonic() + 60
    seen = [driver.read().state]
    while seen[-1] is not state:
        assert time.monotonic() < deadline, f"still {seen}"
        time.sleep(0.2)
        now = driver.read().state
        seen += [now] if now is not seen[-1] else []
    return seen


def settled(driver: Driver, name: str) -> Reading:
    """Look until a counter has left zero."""
    deadline = time.monotonic() + 60
    while not (reading := driver.read()).values[name]:
        assert time.monotonic() < deadline, f"{name} stays 0"
        time.sleep(0.2)
    return reading


def test_a_print_goes_from_standby_over_setup_to_in_use_and_back_with_hours_and_filament(
    driver: Driver, octoprint: OctoPrint
) -> None:
    octoprint.upload("Wang Wu house.gcode", part(120), print_it=True)
    on_the_way = watched(driver, DeviceState.IN_USE)
    assert set(on_the_way) <= {DeviceState.STANDBY, DeviceState.SETUP, DeviceState.IN_USE}
    assert on_the_way[-2] is DeviceState.SETUP
    assert "Wang" not in repr(driver.read())
    watched(driver, DeviceState.STANDBY)
    reading = settled(driver, "Usage/Filament")
    assert reading.values["Usage/Jobs Finished"] == 1
    assert reading.values["Usage/Jobs Failed"] == 0
    assert reading.values["Usage/Filament"] == pytest.approx(0.06)
    hours = reading.values["Usage/Hours"]
    assert isinstance(hours, float)
    assert 0 < hours < 60 / 3600


def test_a_cancelled_print_is_a_failed_job(driver: Driver, octoprint: OctoPrint) -> None:
    octoprint.upload("long.gcode", part(3_000), print_it=True)
    watched(driver, DeviceState.IN_USE)
    driver.perform("pause", {})
    assert driver.read().state is DeviceState.IN_USE
    driver.perform("cancel", {})
    watched(driver, DeviceState.STANDBY)
    assert settled(driver, "Usage/Jobs Failed").values["Usage/Jobs Finished"] == 0


def test_a_firmware_error_in_mid_print_is_a_fault_in_the_firmwares_words(driver: Driver, octoprint: OctoPrint) -> None:
    octoprint.upload("doomed.gcode", part(3_000), print_it=True)
    watched(driver, DeviceState.IN_USE)
    octoprint.gcode("!!DEBUG:trigger_fatal_error_marlin")
    watched(driver, DeviceState.FAULT)
    assert "Thermal Runaway" in driver.read().cause


def test_orders_need_consent_and_a_running_print(driver: Driver, octoprint: OctoPrint) -> None:
    with pytest.raises(NotConsented):
        opened(octoprint).perform("cancel", {})
    with pytest.raises(CommandRefused):
        driver.perform("cancel", {})


def test_a_wrong_key_and_an_unplugged_printer_are_unknown_and_say_why(driver: Driver, octoprint: OctoPrint) -> None:
    refused = opened(octoprint, "0" * 32).read()
    octoprint.post("/api/connection", {"command": "disconnect"})
    watched(driver, DeviceState.UNKNOWN)
    unplugged = driver.read()
    assert (refused.state, unplugged.state) == (DeviceState.UNKNOWN, DeviceState.UNKNOWN)
    assert "key" in refused.cause
    assert "not connected" in unplugged.cause
