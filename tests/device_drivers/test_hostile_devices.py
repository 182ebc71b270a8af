"""Whatever a device answers, a driver reads it or raises a DriverError; nothing else escapes."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.api import Driver, Reading
from device_drivers.catalog import load
from device_drivers.errors import DriverError
from device_drivers.links import HttpAnswer
from telemetry.metrics import Value
from telemetry.states import REPORTED_STATES
from tests.device_drivers.benches import bench, samples
from tests.device_drivers.doubles import StubLinks, StubTcp

HERE = Path()

hostile_text = st.sampled_from(["\0\ud800 error", "\u202e", "x" * 100_000, "\x1b[2J"]) | st.text(max_size=40)
odd = st.none() | st.booleans() | st.integers() | st.floats() | hostile_text | st.just(10**400)
anything = st.recursive(odd, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner))


def read_twice(driver: Driver) -> None:
    """Look twice, so that what the first look left behind meets the second."""
    for _ in range(2):
        try:
            assert_sane(driver.read())
        except DriverError:
            continue


def assert_sane(reading: Reading) -> None:
    assert reading.state in REPORTED_STATES
    json.dumps(dict(reading.values), allow_nan=False).encode()
    reading.cause.encode()


def replaced(tree: Any, choice: random.Random, by: object) -> Any:
    """Return a copy with one part of it, or all of it, replaced."""
    if not isinstance(tree, dict) or not tree or choice.random() < 0.1:
        return by
    key = choice.choice(sorted(tree))
    return {**tree, key: replaced(tree[key], choice, by)}


OCTOPRINT: dict[str, Value] = {"url": "http://127.0.0.1", "api_key": "k"}
OCTOPRINT_LOOKS = bench("printer_octoprint", HERE).looks
said_states = ["Operational", "Printing", "Printing from SD", "Offline", "Error: odd", "Paused"]
states = st.sampled_from(said_states) | hostile_text


@given(st.integers(100, 599), anything, states)
def test_octoprint_answering_anything_at_all(status: int, body: object, state: str) -> None:
    driver = load("printer_octoprint").open(OCTOPRINT, StubLinks(lambda path, sent: HttpAnswer(status, body)))
    read_twice(driver)
    job = HttpAnswer(200, {"state": state})
    links = StubLinks(lambda path, sent: job if path == "/api/job" else HttpAnswer(status, body))
    read_twice(load("printer_octoprint").open(OCTOPRINT, links))


@given(st.sampled_from(OCTOPRINT_LOOKS), st.randoms(use_true_random=False), anything)
def test_octoprint_answering_almost_right(look: Any, choice: random.Random, by: object) -> None:
    def answers(path: str, sent: object) -> HttpAnswer:
        status, body = look.said["answers"].get(path, (404, None))
        return HttpAnswer(status, replaced(body, choice, by))

    read_twice(load("printer_octoprint").open(OCTOPRINT, StubLinks(answers)))


PJLINK: dict[str, Value] = {"host": "127.0.0.1", "password": "p"}
greetings = st.sampled_from([b"PJLINK 0", b"PJLINK 1 498e4a67", b"PJLINK ERRA"]) | st.binary(max_size=80)
words = st.sampled_from([b"0", b"1", b"2", b"3", b"ERR1", b"ERR3", b"ERR4", b"31", b"-", b"1200 1 5 0", b"999999999 1"])


@given(greetings, st.lists(words | st.binary(max_size=60), min_size=1, max_size=12), st.booleans())
def test_a_projector_answering_anything_at_all(greeting: bytes, values: list[bytes], with_header: bool) -> None:
    turn = iter(range(1_000))

    def answer(data: bytes) -> bytes:
        value = values[next(turn) % len(values)]
        header = data.rstrip(b"\r")[-7:-2] if with_header else b""
        return header[:6] + b"=" + value if with_header else value

    read_twice(load("projector_pjlink").open(PJLINK, StubLinks(device=StubTcp(greeting, answer))))


sizes = st.integers(0, 2**62)
open_files = st.fixed_dictionaries({"key": st.text(max_size=4), "size": sizes, "idle_s": st.floats(0, 1e12)})
one_process = st.fixed_dictionaries(
    {"key": st.text(max_size=4), "stopped": st.booleans(), "writing": st.lists(open_files, max_size=3)}
)
computers = st.fixed_dictionaries(
    {
        "processes": st.lists(one_process, max_size=3),
        "disk": st.fixed_dictionaries({"total": sizes, "free": sizes}),
        "machine": st.fixed_dictionaries(
            {
                "cpu_percent": st.floats(0, 1e6),
                "memory_percent": st.floats(0, 100),
                "uptime_s": st.floats(0, 1e12),
                "temperature": st.none() | st.floats(-300, 300),
                "signed_in": st.booleans(),
            }
        ),
        "nameplate": st.fixed_dictionaries({name: st.text() for name in ("make", "model", "serial", "firmware")}),
    }
)


@pytest.mark.parametrize("key", ["host", "recorder_process"])
@given(first=computers, second=computers, passed=st.floats(-1e6, 1e6))
def test_a_computer_in_any_condition(key: str, first: Any, second: Any, passed: float) -> None:
    settings: dict[str, Value] = {"match": "m", "folder": "/f"} if key == "recorder_process" else {}
    links = StubLinks()
    links.computer = samples(first)
    driver = load(key).open(settings, links)
    assert_sane(driver.read())
    later = samples(second)
    links.computer.sample, links.computer.found = later.sample, later.found
    links.computer.plate, links.computer.disk_sample = later.plate, later.disk_sample
    links.seconds += passed
    assert_sane(driver.read())
