"""What a computer says of itself, and when it counts as in use."""

from dataclasses import replace

import pytest

from device_drivers.errors import InvalidSettings
from device_drivers.host import ENTRY
from device_drivers.links import Nameplate
from telemetry.states import DeviceState
from tests.device_drivers.doubles import StubLinks


@pytest.fixture
def links() -> StubLinks:
    return StubLinks()


def load_of(links: StubLinks, percent: float) -> None:
    links.computer.sample = replace(links.computer.sample, cpu_percent=percent)


def test_a_computer_is_never_in_use_unless_a_technician_declared_when(links: StubLinks) -> None:
    driver = ENTRY.open({}, links)
    load_of(links, 100)
    links.computer.sample = replace(links.computer.sample, signed_in=True)
    assert driver.read().state is DeviceState.STANDBY


def test_somebody_signed_in_is_use_where_that_is_the_rule(links: StubLinks) -> None:
    driver = ENTRY.open({"in_use_when": "signed_in"}, links)
    assert driver.read().state is DeviceState.STANDBY
    links.computer.sample = replace(links.computer.sample, signed_in=True)
    assert driver.read().state is DeviceState.IN_USE


def test_load_is_use_only_after_it_held_for_the_dwell_time_and_ends_the_same_way(links: StubLinks) -> None:
    driver = ENTRY.open({"in_use_when": "busy", "busy_percent": 40, "dwell_seconds": 60}, links)
    seen = []
    for load in [90] * 8 + [5] * 3 + [90] + [5] * 8:
        load_of(links, load)
        seen.append(driver.read().state is DeviceState.IN_USE)
        links.advance(10)
    assert seen == [False] * 6 + [True] * 12 + [False] * 2


def test_a_rule_nobody_knows_is_refused(links: StubLinks) -> None:
    with pytest.raises(InvalidSettings):
        ENTRY.open({"in_use_when": "sometimes"}, links)


def test_a_serial_the_factory_never_filled_in_is_no_identity(links: StubLinks) -> None:
    links.computer.plate = Nameplate("Acme", "Box\n1", "To Be Filled By O.E.M.", "2.0")
    identity = ENTRY.open({}, links).read().identity
    assert identity is not None
    assert (identity.serial, identity.model) == ("", "Box 1")


def test_a_machine_without_sensors_reports_no_temperature(links: StubLinks) -> None:
    driver = ENTRY.open({}, links)
    assert "Telemetry/Temperature" not in driver.read().values
    links.computer.sample = replace(links.computer.sample, temperature=61.25)
    assert driver.read().values["Telemetry/Temperature"] == 61.2
