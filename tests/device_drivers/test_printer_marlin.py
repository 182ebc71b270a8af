"""What Marlin's lines mean: heating, jobs from the card, faults, resets, and questions that stay unanswered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.api import Driver
from device_drivers.errors import BadAnswer, DriverError, InvalidSettings
from device_drivers.marlin_protocol import Heat, fault, fields, filament_m, heaters, progress
from device_drivers.printer_marlin import ENTRY
from telemetry.metrics import Value
from telemetry.states import REPORTED_STATES, DeviceState
from tests.device_drivers.doubles import StubLinks

SETTINGS: dict[str, Value] = {"port": "/dev/serial/by-id/usb-1a86_USB2.0-Serial-if00-port0"}
COLD, WARM = "ok T:21.3 /0.0 B:21.3 /0.0 @:0", "ok T:214.0 /215.0 B:60.0 /60.0 @:64"


class FakeMarlin:
    """A printer whose answers a test sets; anything in `unasked` comes before the next answer."""

    def __init__(self) -> None:
        self.says = {"M115": ["FIRMWARE_NAME:Marlin 2.1 MACHINE_TYPE:Ender-3 UUID:1f2e", "ok"], "M78": ["ok"]}
        self.says |= {"M105": [COLD], "M27": ["Not SD printing", "ok"]}
        self.unasked: list[str] = []
        self.asked: list[str] = []
        self.links = StubLinks(answer_line=self.answer)

    def answer(self, data: bytes) -> list[bytes]:
        self.asked.append(data.decode().strip())
        lines, self.unasked = [*self.unasked, *self.says[self.asked[-1]]], []
        return [line.encode() for line in lines]

    def job(self, at: int, size: int = 1_000, heat: str = WARM) -> None:
        self.says |= {"M27": [f"SD printing byte {at}/{size}", "ok"], "M105": [heat]}

    def no_job(self) -> None:
        self.says |= {"M27": ["Not SD printing", "ok"], "M105": [COLD]}


@pytest.fixture
def marlin() -> FakeMarlin:
    return FakeMarlin()


@pytest.fixture
def driver(marlin: FakeMarlin) -> Driver:
    return ENTRY.open(SETTINGS, marlin.links)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ok T:21.30/ 0.00 B:21.30/ 0.00 @:64", {"T": Heat(21.3, 0), "B": Heat(21.3, 0)}),
        ("ok T:21.3 /0.0 B:40.0 /60.0 T0:21.3 /0.0 @:0 B@:0", {"T": Heat(21.3, 0), "B": Heat(40, 60)}),
        ("ok B:21.9 /0.0 T0:22.0 /200.0", {"B": Heat(21.9, 0), "T": Heat(22, 200)}),
        ("T:51.32", {"T": Heat(51.32, 90)}),
        ("echo:T:5", {}),
        ("ok", {}),
    ],
)
def test_temperatures_are_read_in_every_dialect(line: str, expected: dict[str, Heat]) -> None:
    assert heaters(line, {"T": Heat(20, 90)}) == expected


def test_other_lines_of_the_protocol_are_read() -> None:
    assert progress("SD printing byte 12/4636") == (12, 4636)
    assert progress("Not SD printing.") is None
    assert filament_m("Stats: Filament used: 29846.78m") == 29846.78
    assert fields("FIRMWARE_NAME:Marlin 2.1 (Mar) SOURCE_CODE_URL:github.com/x MACHINE_TYPE:3D Printer UUID:ab") == {
        "FIRMWARE_NAME": "Marlin 2.1 (Mar)",
        "SOURCE_CODE_URL": "github.com/x",
        "MACHINE_TYPE": "3D Printer",
        "UUID": "ab",
    }


@pytest.mark.parametrize(
    "line", ["Error:checksum mismatch, Last Line: 4", "Error: expected line 2 got 3", "Resend:2", "ok"]
)
def test_a_garbled_line_is_no_fault_of_the_printer(line: str) -> None:
    assert fault(line) == ""


def test_a_job_is_setup_until_warm_and_then_in_use_and_counts_when_it_is_done(
    driver: Driver, marlin: FakeMarlin
) -> None:
    marlin.job(10, heat="ok T:90.0 /215.0 B:60.0 /60.0")
    seen = [driver.read().state]
    marlin.job(500)
    seen.append(driver.read().state)
    marlin.no_job()
    marlin.unasked = ["Done printing file"]
    reading = driver.read()
    assert [*seen, reading.state] == [DeviceState.SETUP, DeviceState.IN_USE, DeviceState.STANDBY]
    assert (reading.values["Usage/Jobs Finished"], reading.values["Usage/Jobs Failed"]) == (1, 0)


def test_a_job_that_ends_without_saying_so_in_the_middle_has_failed(driver: Driver, marlin: FakeMarlin) -> None:
    marlin.job(500)
    driver.read()
    marlin.no_job()
    values = driver.read().values
    assert (values["Usage/Jobs Finished"], values["Usage/Jobs Failed"]) == (0, 1)


def test_a_reset_in_mid_job_is_a_failed_job_whatever_the_board_claims(driver: Driver, marlin: FakeMarlin) -> None:
    marlin.job(995)
    driver.read()
    marlin.no_job()
    marlin.unasked = ["start", "Done printing file"]
    values = driver.read().values
    assert (values["Usage/Jobs Finished"], values["Usage/Jobs Failed"]) == (0, 1)


def test_a_halted_printer_is_a_fault_in_its_words_until_it_is_reset(driver: Driver, marlin: FakeMarlin) -> None:
    marlin.unasked = ["Error:Thermal Runaway, system stopped! Heater_ID: bed", "Error:Printer halted. kill() called!"]
    readings = [driver.read()]
    marlin.says |= {"M105": [], "M27": []}
    readings.append(driver.read())
    assert {reading.state for reading in readings} == {DeviceState.FAULT}
    assert readings[1].cause == "Thermal Runaway, system stopped! Heater_ID: bed"
    marlin.says |= {"M105": [COLD], "M27": ["Not SD printing", "ok"]}
    marlin.unasked = ["start"]
    assert driver.read().state is DeviceState.STANDBY


def test_a_printer_that_heats_and_withholds_its_ok_is_setup_and_is_asked_nothing_more(
    driver: Driver, marlin: FakeMarlin
) -> None:
    driver.read()
    marlin.says["M105"] = ["echo:busy: processing", "T:51.32"]
    assert driver.read().state is DeviceState.SETUP
    asked = len(marlin.asked)
    marlin.links.waiting += [b"echo:busy: processing", b"T:70.10"]
    reading = driver.read()
    assert len(marlin.asked) == asked
    assert (reading.state, reading.values["Telemetry/Nozzle Temperature"]) == (DeviceState.SETUP, 70.1)
    marlin.says["M105"] = [COLD]
    marlin.links.waiting.append(b"ok")
    assert driver.read().state is DeviceState.STANDBY


def test_a_printer_that_only_chatters_does_not_answer(driver: Driver, marlin: FakeMarlin) -> None:
    marlin.says["M105"] = ["wait", "wait"]
    with pytest.raises(BadAnswer):
        driver.read()


def test_lifetime_filament_is_the_printers_own_count_and_a_cleared_one_is_a_new_run(
    driver: Driver, marlin: FakeMarlin
) -> None:
    runs = []
    for stats in ("Stats: Filament used: 120.50m", "Stats: Filament used: 3.00m"):
        marlin.says["M78"] = [stats, "ok"]
        marlin.job(999)
        driver.read()
        marlin.no_job()
        runs.append(driver.read().values)
    assert [run["Usage/Filament"] for run in runs] == [120.5, 3.0]
    assert runs[0]["Usage/Epoch"] != runs[1]["Usage/Epoch"]


def test_nothing_but_questions_is_ever_sent(driver: Driver, marlin: FakeMarlin) -> None:
    for at in (10, 500, 999):
        marlin.job(at)
        driver.read()
    marlin.no_job()
    driver.read()
    assert set(marlin.asked) <= {"M105", "M27", "M78", "M115"}


def test_the_uuid_boards_share_is_no_serial(driver: Driver, marlin: FakeMarlin) -> None:
    marlin.says["M115"] = ["FIRMWARE_NAME:Marlin UUID:cede2a2f-41a2-4748-9b12-c55c62f367ff", "ok"]
    identity = driver.read().identity
    assert identity is not None
    assert identity.serial == ""


@pytest.mark.parametrize("port", ["/dev/ttyUSB0", "COM3", "/dev/serial/by-id/../ttyS0"])
def test_only_a_stable_name_of_a_port_is_opened(port: str) -> None:
    with pytest.raises(InvalidSettings):
        ENTRY.open({"port": port}, StubLinks())


pieces = st.sampled_from(
    ["ok", "T:", "21.3", "/", "Error:", "SD printing byte ", "9/0", "start", "!! ", "UUID:", "\x80"]
)
lines = st.lists(pieces, max_size=6).map("".join) | st.text(max_size=60)


@given(st.lists(lines, max_size=8), st.lists(st.binary(max_size=80), max_size=4))
def test_whatever_lines_come_only_a_driver_error_escapes(said: list[str], raw: list[bytes]) -> None:
    answer = [line.encode("utf-8", "surrogatepass") for line in said] + raw
    driver = ENTRY.open(SETTINGS, StubLinks(answer_line=lambda data: [*answer, b"ok"]))
    for _ in range(3):
        try:
            assert driver.read().state in REPORTED_STATES
        except DriverError:
            continue
