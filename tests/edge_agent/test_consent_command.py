"""From the terminal to the lamp: a hazardous order is carried out only while a person on site allows it."""

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.__main__ import main
from edge_agent.clocks import box_clock
from edge_agent.polling import Order
from edge_agent.running import equip
from edge_agent.settings import load_settings
from tests.device_drivers.fake_projector import FakeProjector

Answers = queue.Queue[tuple[str, str]]


@pytest.fixture
def projector() -> FakeProjector:
    return FakeProjector()


@pytest.fixture
def settings(tmp_path: Path, projector: FakeProjector) -> Iterator[Path]:
    """A settings file with one projector that answers."""
    with projector.served() as port:
        path = tmp_path / "agent.toml"
        path.write_text(
            f"""
            [node]
            id = "n-7"
            site = "s-1"
            data = "data"
            [broker]
            host = "127.0.0.1"
            port = 1883
            [[device]]
            key = "hall"
            driver = "projector_pjlink"
            settings = {{ host = "127.0.0.1", port = {port}, password = "secret" }}
            """,
            encoding="utf-8",
        )
        yield path


def order(settings: Path, verb: str) -> tuple[str, str]:
    """Give the projector an order as the server would, and return how it ended."""
    answers: Answers = queue.Queue()
    thread = equip(load_settings(settings), box_clock())[0].feed(lambda look: None)
    thread.start()
    thread.order(Order(verb, {}, lambda status, detail: answers.put((status, detail))))
    try:
        return answers.get(timeout=20)
    finally:
        thread.stop()


def consent(settings: Path, verb: str, minutes: str = "10", device: str = "hall") -> int:
    return main(["consent", device, verb, "--settings", str(settings), "--minutes", minutes])


def test_without_consent_the_lamp_stays_on(settings: Path, projector: FakeProjector) -> None:
    assert order(settings, "power_off") == ("failed", "NotConsented: power_off needs the consent of a person on site")
    assert not any(line.endswith("%1POWR 0") for line in projector.asked)


def test_with_consent_it_is_switched_off(settings: Path, projector: FakeProjector) -> None:
    assert consent(settings, "power_off") == 0
    assert order(settings, "power_off")[0] == "done"
    assert "%1POWR 0" in projector.asked


def test_a_consent_taken_back_is_none(settings: Path) -> None:
    consent(settings, "power_off")
    consent(settings, "power_off", "0")
    assert order(settings, "power_off")[0] == "failed"


@pytest.mark.parametrize(
    ("verb", "minutes", "device"),
    [("explode", "10", "hall"), ("power_off", "61", "hall"), ("power_off", "-1", "hall"), ("power_off", "10", "gym")],
)
def test_a_consent_to_nothing_the_device_does_is_refused(settings: Path, verb: str, minutes: str, device: str) -> None:
    assert consent(settings, verb, minutes, device) == 2
