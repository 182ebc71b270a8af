"""A real ffmpeg recording a test picture, watched by the recorder driver."""

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_drivers.api import Driver, Reading
from device_drivers.recorder_process import ENTRY
from edge_agent.links import LocalLinks
from telemetry.metrics import Value
from telemetry.states import DeviceState
from tests.servers import find_program

pytestmark = pytest.mark.peer


class SettableLinks(LocalLinks):
    """Real links whose steady clock a test can push on, so that nothing waits for a stall to become long."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


@pytest.fixture
def links() -> SettableLinks:
    return SettableLinks()


@pytest.fixture
def driver(tmp_path: Path, links: SettableLinks) -> Driver:
    here = str(tmp_path)
    settings: dict[str, Value] = {"match": here, "folder": here, "stall_seconds": 10, "disk_floor_gb": 0}
    return ENTRY.open(settings, links)


@contextmanager
def recording(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Record moving noise until the test ends it."""
    source = ["-re", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25,noise=alls=60:allf=t"]
    sink = ["-c:v", "mpeg4", "-b:v", "4M", str(folder / "Zhang San class 3.mkv")]
    command = [find_program("ffmpeg"), "-nostdin", "-loglevel", "error", *source, *sink]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def seen(driver: Driver, state: DeviceState) -> Reading:
    """Look until the device is in a state; fails after 30 s."""
    deadline = time.monotonic() + 30
    while (reading := driver.read()).state is not state:
        assert time.monotonic() < deadline, f"still {reading.state}: {reading.cause}"
        time.sleep(0.1)
    return reading


def test_ffmpeg_is_standby_then_in_use_then_standby_with_one_recording_made(driver: Driver, tmp_path: Path) -> None:
    assert driver.read().state is DeviceState.STANDBY
    with recording(tmp_path) as ffmpeg:
        assert seen(driver, DeviceState.IN_USE).values["Telemetry/Recording"] is True
        ffmpeg.send_signal(signal.SIGINT)
        ffmpeg.wait()
    after = driver.read()
    assert after.state is DeviceState.STANDBY
    assert after.values["Usage/Recordings"] == 1


def test_a_suspended_ffmpeg_is_a_fault_until_it_goes_on(driver: Driver, tmp_path: Path) -> None:
    with recording(tmp_path) as ffmpeg:
        seen(driver, DeviceState.IN_USE)
        ffmpeg.send_signal(signal.SIGSTOP)
        assert "suspended" in seen(driver, DeviceState.FAULT).cause
        ffmpeg.send_signal(signal.SIGCONT)
        seen(driver, DeviceState.IN_USE)


def test_an_ffmpeg_whose_camera_fell_silent_is_a_stalled_recording(
    driver: Driver, links: SettableLinks, tmp_path: Path
) -> None:
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "320x240", "-r", "25", "-i", "-"]
    sink = ["-c:v", "rawvideo", str(tmp_path / "lesson.mkv")]
    command = [find_program("ffmpeg"), "-loglevel", "error", *raw, *sink]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as ffmpeg:
        assert ffmpeg.stdin is not None
        silent = threading.Event()
        camera = threading.Thread(target=film, args=(ffmpeg, silent))
        camera.start()
        seen(driver, DeviceState.IN_USE)
        silent.set()
        camera.join()
        while (reading := driver.read()).state is DeviceState.IN_USE:
            links.ahead += 11
        ffmpeg.kill()
    assert reading.state is DeviceState.FAULT
    assert "has not grown for 10 s" in reading.cause


def film(ffmpeg: subprocess.Popen[bytes], silent: threading.Event) -> None:
    assert ffmpeg.stdin is not None
    while not silent.wait(0.02):
        ffmpeg.stdin.write(bytes(320 * 240))
        ffmpeg.stdin.flush()


def test_no_name_of_file_folder_or_command_is_in_a_reading(driver: Driver, tmp_path: Path) -> None:
    with recording(tmp_path):
        reading = seen(driver, DeviceState.IN_USE)
    said = repr(reading)
    assert "Zhang" not in said
    assert "ffmpeg" not in said
    assert str(tmp_path) not in said
