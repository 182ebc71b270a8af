"""What OctoPrint's answers mean: states, outcomes of jobs, orders."""

from collections.abc import Mapping

import pytest

from device_drivers.api import Driver
from device_drivers.errors import BadAnswer, CommandRefused
from device_drivers.links import HttpAnswer
from device_drivers.printer_octoprint import ENTRY
from telemetry.metrics import Value
from telemetry.states import DeviceState
from tests.device_drivers.doubles import StubLinks

SETTINGS: dict[str, Value] = {"url": "http://127.0.0.1:5000", "api_key": "key", "serial": "SN-5"}


class FakeOctoPrint:
    """As much of OctoPrint as the driver asks for."""

    def __init__(self) -> None:
        self.state = "Operational"
        self.completion = 0.0
        self.elapsed = 0
        self.nozzle = (21.0, 0.0)
        self.bed = (21.0, 0.0)
        self.record: dict[str, object] = {}
        self.error: HttpAnswer = HttpAnswer(404, None)
        self.order = HttpAnswer(204, None)
        self.orders: list[object] = []

    def __call__(self, path: str, body: Mapping[str, object] | None) -> HttpAnswer:
        if body is not None:
            self.orders.append(dict(body))
            return self.order
        if path == "/api/job":
            return HttpAnswer(200, self.job())
        if path.startswith("/api/printer?"):
            return HttpAnswer(200, {"temperature": {"tool0": heat(self.nozzle), "bed": heat(self.bed)}})
        if path == "/api/printer/error":
            return self.error
        return HttpAnswer(200, self.record) if path == "/api/files/local/a%20b.gcode" else HttpAnswer(404, None)

    def job(self) -> dict[str, object]:
        progress = {"completion": self.completion, "printTime": self.elapsed, "printTimeLeft": None}
        return {"state": self.state, "job": {"file": {"origin": "local", "path": "a b.gcode"}}, "progress": progress}

    def prints(self, success: int, failure: int, filament_mm: float | None = None) -> None:
        self.record = {"prints": {"success": success, "failure": failure}}
        if filament_mm is not None:
            self.record["gcodeAnalysis"] = {"filament": {"tool0": {"length": filament_mm}}}


def heat(pair: tuple[float, float]) -> dict[str, float]:
    return {"actual": pair[0], "target": pair[1]}


@pytest.fixture
def octoprint() -> FakeOctoPrint:
    return FakeOctoPrint()


@pytest.fixture
def driver(octoprint: FakeOctoPrint) -> Driver:
    return ENTRY.open(SETTINGS, StubLinks(octoprint, consents=frozenset({"pause", "resume", "cancel"})))


def test_a_job_is_setup_until_bed_and_nozzle_are_warm_and_stays_in_use_when_the_nozzle_dips(
    driver: Driver, octoprint: FakeOctoPrint
) -> None:
    octoprint.state = "Printing"
    seen = []
    for bed, nozzle in [((30, 60), (21, 0)), ((60, 60), (21, 0)), ((60, 60), (90, 215)), ((60, 60), (214, 215))]:
        octoprint.bed, octoprint.nozzle = bed, nozzle
        seen.append(driver.read().state)
    octoprint.nozzle = (190, 215)
    seen.append(driver.read().state)
    assert seen == [DeviceState.SETUP] * 3 + [DeviceState.IN_USE] * 2


def test_a_job_without_heat_is_in_use_after_half_a_minute(driver: Driver, octoprint: FakeOctoPrint) -> None:
    octoprint.state, octoprint.elapsed = "Printing", 29
    assert driver.read().state is DeviceState.SETUP
    octoprint.elapsed = 30
    assert driver.read().state is DeviceState.IN_USE


def test_heating_without_a_job_is_setup(driver: Driver, octoprint: FakeOctoPrint) -> None:
    octoprint.nozzle = (25, 200)
    assert driver.read().state is DeviceState.SETUP


@pytest.mark.parametrize("word", ["Pausing", "Paused", "Resuming", "Finishing", "Cancelling"])
def test_a_job_that_is_paused_or_ending_is_still_in_use(driver: Driver, octoprint: FakeOctoPrint, word: str) -> None:
    octoprint.state, octoprint.nozzle = "Printing", (215, 215)
    driver.read()
    octoprint.state = word
    assert driver.read().state is DeviceState.IN_USE


def test_filament_of_a_new_file_is_counted_when_octoprint_has_analyzed_it(
    driver: Driver, octoprint: FakeOctoPrint
) -> None:
    octoprint.prints(0, 0)
    octoprint.state = "Printing"
    driver.read()
    octoprint.state = "Operational"
    octoprint.prints(1, 0)
    ended = driver.read().values
    octoprint.prints(1, 0, 5_590.0)
    assert (ended["Usage/Jobs Finished"], ended["Usage/Filament"]) == (1, 0.0)
    assert driver.read().values["Usage/Filament"] == 5.59
    assert driver.read().values["Usage/Filament"] == 5.59


def test_a_cancelled_job_counts_as_failed_with_the_share_of_filament_it_took(
    driver: Driver, octoprint: FakeOctoPrint
) -> None:
    octoprint.prints(3, 1, 10_000.0)
    octoprint.state, octoprint.completion = "Printing", 25.0
    driver.read()
    octoprint.state = "Operational"
    octoprint.prints(3, 2, 10_000.0)
    values = driver.read().values
    assert (values["Usage/Jobs Finished"], values["Usage/Jobs Failed"], values["Usage/Filament"]) == (0, 1, 2.5)


def test_a_job_whose_outcome_octoprint_never_writes_down_is_not_counted(
    driver: Driver, octoprint: FakeOctoPrint
) -> None:
    octoprint.prints(0, 0)
    octoprint.state = "Printing"
    driver.read()
    octoprint.state = "Operational"
    for _ in range(6):
        driver.read()
    octoprint.prints(1, 0)
    assert driver.read().values["Usage/Jobs Finished"] == 0


def test_a_broken_printer_is_a_fault_in_the_firmwares_words(driver: Driver, octoprint: FakeOctoPrint) -> None:
    octoprint.state = "Offline after error"
    octoprint.error = HttpAnswer(200, {"error": "MINTEMP triggered"})
    reading = driver.read()
    assert (reading.state, reading.cause) == (DeviceState.FAULT, "MINTEMP triggered")
    octoprint.error = HttpAnswer(404, None)
    assert driver.read().cause == "Offline after error"


def test_a_disconnected_printer_is_unknown_unless_that_was_declared_to_mean_off(octoprint: FakeOctoPrint) -> None:
    octoprint.state = "Offline"
    assert ENTRY.open(SETTINGS, StubLinks(octoprint)).read().state is DeviceState.UNKNOWN
    declared = {**SETTINGS, "offline_is_off": True}
    assert ENTRY.open(declared, StubLinks(octoprint)).read().state is DeviceState.OFF


def test_a_refused_key_is_no_state_of_the_printer() -> None:
    refused = StubLinks(lambda path, body: HttpAnswer(403, None))
    reading = ENTRY.open(SETTINGS, refused).read()
    assert reading.state is DeviceState.UNKNOWN
    assert "key" in reading.cause


def test_a_server_error_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        ENTRY.open(SETTINGS, StubLinks(lambda path, body: HttpAnswer(500, None))).read()


def test_an_order_with_consent_reaches_octoprint(driver: Driver, octoprint: FakeOctoPrint) -> None:
    driver.perform("cancel", {})
    driver.perform("pause", {})
    assert octoprint.orders == [{"command": "cancel"}, {"command": "pause", "action": "pause"}]


@pytest.mark.parametrize("status", [403, 409])
def test_an_order_octoprint_refuses_is_refused(driver: Driver, octoprint: FakeOctoPrint, status: int) -> None:
    octoprint.order = HttpAnswer(status, None)
    with pytest.raises(CommandRefused):
        driver.perform("cancel", {})


def test_no_order_starts_a_print(driver: Driver) -> None:
    assert {command.verb for command in ENTRY.manifest.commands} == {"pause", "resume", "cancel"}
    with pytest.raises(CommandRefused):
        driver.perform("start", {})


def test_the_name_of_the_file_is_in_no_reading(driver: Driver, octoprint: FakeOctoPrint) -> None:
    octoprint.state = "Printing"
    assert "a b.gcode" not in repr(driver.read())
