"""A school day by a script: its plan for the simulated driver, and what it must come to, counted second by second."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fleet_server.core.clock import to_ms
from telemetry.plan import Activity, PlannedDevice

Read = Callable[[str, Mapping[str, Any]], Any]
"""Asks the API: a path below /api/v1 and a query."""

SHANGHAI = ZoneInfo("Asia/Shanghai")
THURSDAY = date(2026, 11, 19)
PERIODS = ((8, 0), (8, 55), (10, 0), (10, 55), (14, 0), (14, 55))
LESSON = timedelta(minutes=45)
LESSONS = tuple(
    (time(hour, minute), (datetime.combine(THURSDAY, time(hour, minute)) + LESSON).time()) for hour, minute in PERIODS
)
USES = (("08:05:10", "08:45:00"), ("09:00:00", "09:52:30"), ("10:15:07", "11:20:00"), ("14:10:00", "15:59:59"))
POWER = ("07:30:00", "17:00:00")
START_UP_S = 15
"""How long a simulated smart board starts up before each use."""
CUT, MENDED = 10 * 3_600 + 600, 10 * 3_600 + 600 + 2_400
"""The 40 minutes without a link, or without an agent: 10:10 to 10:50."""


def second(text: str) -> int:
    """Return the second of the day of HH:MM:SS."""
    hour, minute, rest = text.split(":")
    return int(hour) * 3_600 + int(minute) * 60 + int(rest)


def truth(dark: range = range(0)) -> list[str]:
    """Return the state of each second of the day, written down without any of the product's code."""
    day = ["off"] * 86_400
    for at in range(second(POWER[0]), second(POWER[1])):
        day[at] = "standby"
    for begin, finish in USES:
        first = second(begin)
        for at in range(first, second(finish)):
            day[at] = "setup" if at < first + START_UP_S else "in_use"
    for at in dark:
        day[at] = "unknown"
    return day


def expected(day: Sequence[str]) -> dict[str, float]:
    """Count the day's core seconds by what they are, one by one."""
    core = [at for begin, finish in LESSONS for at in range(second(f"{begin}"), second(f"{finish}"))]
    unknown = sum(day[at] == "unknown" for at in core)
    return {
        "core_s": len(core),
        "available_s": len(core),
        "unknown_s": unknown,
        "known_s": len(core) - unknown,
        "used_s": sum(day[at] == "in_use" for at in core),
        "setup_s": sum(day[at] == "setup" for at in core),
        "coverage": (len(core) - unknown) / len(core),
    }


def midnight_ms(day: date) -> int:
    return to_ms(datetime.combine(day, time(0), SHANGHAI).astimezone(UTC))


def board(day: date) -> PlannedDevice:
    """Return the smart board that lives by the script."""
    zero = midnight_ms(day)
    uses = tuple(Activity(zero + second(a) * 1000, zero + second(b) * 1000) for a, b in USES)
    on = ((zero + second(POWER[0]) * 1000, zero + second(POWER[1]) * 1000),)
    return PlannedDevice("board", "smart_board", "Acme", "B1", "SB-1", "1.0", on, uses)


def check(read: Read, code: str, day: date, script: Sequence[str]) -> None:
    """Hold the figures of the day, and the evidence behind them, to the script."""
    wanted = expected(script)
    asked = {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat(), "group_by": "asset"}
    report = read("/utilization", asked)
    (row,) = report["items"]
    assert row["key"] == code
    assert {name: row[name] for name in wanted} == pytest.approx(wanted, abs=1e-9)
    assert row["lower_bound"] == pytest.approx(wanted["used_s"] / wanted["available_s"])
    evidence = read("/utilization/evidence", asked | {"row": code, "page_size": 500})
    assert evidence["row"] == row
    found = [
        (item["state"], *(local_second(item[edge], day) for edge in ("start", "end"))) for item in evidence["items"]
    ]
    assert sum(end - begin for _, begin, end in found) == wanted["core_s"]
    for state, begin, finish in found:
        assert set(script[begin:finish]) == {state}


def local_second(moment: str, day: date) -> int:
    """Return the second of the day of a moment that must lie on a whole second."""
    passed_ms = to_ms(datetime.fromisoformat(moment)) - midnight_ms(day)
    assert passed_ms % 1000 == 0
    return passed_ms // 1000
