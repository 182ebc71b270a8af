"""OctoPrint's virtual Marlin on a pseudo terminal: a job from its card, a runaway, a pulled plug, a second host."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_drivers.api import Reading
from device_drivers.errors import LinkLost
from device_drivers.printer_marlin import MANIFEST, Driver
from device_drivers.settings import check
from edge_agent.links import LocalLinks
from telemetry.states import DeviceState
from tests.device_drivers.marlin_peer import VirtualMarlin, running_marlin

pytestmark = [pytest.mark.peer, pytest.mark.timeout(400)]

_MOVES = "".join(f"G1 X{10 + n % 20} Y{10 + n % 10} E{n * 0.5:.1f} F9000\n" for n in range(150))
_PRINT = f"M140 S90\nM104 S130\nM190 S90\nM109 S130\nG28\n{_MOVES}M104 S0\nM140 S0\n"


@pytest.fixture
def marlin(tmp_path: Path) -> Iterator[VirtualMarlin]:
    (tmp_path / "calibration cube.gcode").write_text(_PRINT, encoding="utf-8")
    with running_marlin(tmp_path) as running:
        yield running


def opened(marlin: VirtualMarlin) -> Driver:
    """Open the driver on the pseudo terminal, which has no stable name."""
    links = LocalLinks()
    return Driver(links.serial(marlin.port, 115200), check(MANIFEST, {"port": "/dev/serial/by-id/x"}), links)


@pytest.fixture
def driver(marlin: VirtualMarlin) -> Iterator[Driver]:
    driver = opened(marlin)
    yield driver
    driver.close()


def watched(driver: Driver, state: DeviceState) -> Reading:
    """Look until the printer is in a state; fails after 60 s."""
    deadline = time.monotonic() + 60
    while (reading := driver.read()).state is not state:
        assert time.monotonic() < deadline, f"still {reading.state}"
        time.sleep(0.2)
    return reading


def test_a_job_from_the_card_warms_prints_and_is_counted(driver: Driver, marlin: VirtualMarlin) -> None:
    idle = driver.read()
    assert idle.state is DeviceState.STANDBY
    assert idle.identity is not None
    assert idle.identity.firmware == "Virtual Marlin 1.0"
    marlin.turn_knob("M23 calibr~1.gco", "M24")
    watched(driver, DeviceState.SETUP)
    watched(driver, DeviceState.IN_USE)
    done = watched(driver, DeviceState.STANDBY)
    assert (done.values["Usage/Jobs Finished"], done.values["Usage/Jobs Failed"]) == (1, 0)


def test_a_thermal_runaway_is_a_fault_until_the_board_is_reset(driver: Driver, marlin: VirtualMarlin) -> None:
    driver.read()
    marlin.turn_knob("!!DEBUG:trigger_fatal_error_marlin")
    assert "Thermal Runaway" in watched(driver, DeviceState.FAULT).cause
    marlin.turn_knob("!!DEBUG:reset")
    watched(driver, DeviceState.STANDBY)


def test_a_pulled_plug_is_a_lost_link(driver: Driver, marlin: VirtualMarlin) -> None:
    driver.read()
    marlin.unplug()
    with pytest.raises(LinkLost):
        driver.read()


def test_a_port_another_host_holds_is_a_lost_link_and_no_fault(driver: Driver, marlin: VirtualMarlin) -> None:
    driver.read()
    with pytest.raises(LinkLost, match="another program holds the port"):
        opened(marlin).read()
    assert driver.read().state is DeviceState.STANDBY
