"""A device is looked at from a thread of its own, and no driver can take the agent down."""

import queue
from collections.abc import Iterable

import pytest

from device_drivers.api import Driver, Reading
from device_drivers.errors import BadAnswer, LinkLost
from edge_agent.polling import DeviceThread, Look, Looker, Order, stuck
from telemetry.states import DeviceState, UnknownCause
from tests.edge_agent.boxes import HandClock
from tests.edge_agent.scripted_driver import Hang, ScriptedDriver, Step

GOOD = Reading(DeviceState.IN_USE, {"Telemetry/Lamp": 60.0})


def looks(steps: Iterable[Step], count: int) -> tuple[list[Look | None], HandClock, ScriptedDriver]:
    """The looks at a scripted driver, 10 seconds apart."""
    clock, driver = HandClock(), ScriptedDriver(steps)
    looker = Looker("lamp", lambda: driver, clock)
    found = []
    for _ in range(count):
        found.append(looker.look())
        clock.pass_s(10)
    return found, clock, driver


def test_one_lost_packet_is_no_outage() -> None:
    found, _, _ = looks([GOOD, LinkLost("gone"), GOOD], 3)
    assert [look.reading if look else None for look in found] == [GOOD, None, GOOD]


def test_a_lost_link_counts_from_the_first_failed_look() -> None:
    found, clock, driver = looks([GOOD, LinkLost("gone")], 3)
    lost = found[2]
    assert found[1] is None
    assert lost is not None
    assert (lost.cause, lost.detail) == (UnknownCause.LINK_LOST, "gone")
    assert lost.at.boottime_ms == clock().boottime_ms - 20_000
    assert driver.closed == 2, "a lost link is opened anew"


def test_the_third_bad_answer_in_a_row_counts_and_the_port_stays_open() -> None:
    found, _, driver = looks([BadAnswer("noise")], 3)
    assert found[:2] == [None, None]
    assert found[2] is not None
    assert found[2].cause is UnknownCause.BAD_ANSWER
    assert driver.closed == 0, "opening a port can reset a printer"


def test_a_driver_that_breaks_is_a_bad_answer() -> None:
    found, _, _ = looks([ZeroDivisionError("oops")], 3)
    assert found[2] is not None
    assert found[2].cause is UnknownCause.BAD_ANSWER


def test_a_driver_that_cannot_be_opened_is_tried_again() -> None:
    attempts: list[Exception | None] = [LinkLost("no port"), LinkLost("no port"), None]

    def opener() -> Driver:
        error = attempts.pop(0)
        if error is not None:
            raise error
        return ScriptedDriver([GOOD])

    looker = Looker("lamp", opener, HandClock())
    found = [looker.look() for _ in range(3)]
    assert [look and look.cause for look in found] == [None, UnknownCause.LINK_LOST, None]
    assert found[2] is not None
    assert found[2].reading == GOOD


@pytest.mark.parametrize(
    ("verb", "status", "detail"),
    [
        ("identify", "done", "blinked"),
        ("erase", "failed", "CommandRefused: never"),
        ("explode", "failed", "the driver broke: boom"),
    ],
)
def test_an_order_ends_in_one_line(verb: str, status: str, detail: str) -> None:
    said = []
    looker = Looker("lamp", lambda: ScriptedDriver([GOOD]), HandClock())
    looker.perform(Order(verb, {}, lambda *words: said.append(words)))
    assert said == [(status, detail)]


def test_the_thread_looks_obeys_and_ends() -> None:
    posted: queue.Queue[Look] = queue.Queue()
    said: queue.Queue[tuple[str, str]] = queue.Queue()
    driver = ScriptedDriver([GOOD])
    thread = DeviceThread("lamp", lambda: driver, HandClock(), 0.01, posted.put)
    thread.start()
    assert posted.get(timeout=10).reading == GOOD
    assert posted.get(timeout=10).reading == GOOD
    thread.order(Order("identify", {}, lambda *words: said.put(words)))
    assert said.get(timeout=10) == ("done", "blinked")
    thread.stop()
    assert driver.closed == 1


def test_a_driver_that_does_not_come_back_is_noticed_from_when_it_went() -> None:
    clock, hang = HandClock(), Hang(GOOD)
    posted: queue.Queue[Look] = queue.Queue()
    thread = DeviceThread("lamp", lambda: ScriptedDriver([hang]), clock, 0.01, posted.put)
    thread.start()
    assert hang.entered.wait(10)
    went = clock()
    assert stuck(thread.busy_since, clock.pass_s(59), 60_000) is None
    late = stuck(thread.busy_since, clock.pass_s(1), 60_000)
    assert late is not None
    assert (late.cause, late.at) == (UnknownCause.DRIVER_STUCK, went)
    hang.release()
    assert posted.get(timeout=10).reading == GOOD
    thread.stop()
