"""What is free: gaps between claims, equipment that works."""

from datetime import UTC, datetime, timedelta

import pytest

from fleet_server.core.db import Database
from fleet_server.core.scope import Role, Viewer
from fleet_server.desk.fleet import fleet_rows
from fleet_server.desk.free import free_equipment, longest_gap, window_later
from tests.fleet_server.desk.district import NOW, seed

START = datetime(2026, 11, 19, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUREAU = Viewer("coord", "陈静", "Chen Jing", "zh-CN", ((Role.COORDINATOR, "bureau"),))


@pytest.mark.parametrize(
    ("taken", "hours"),
    [
        ([], 4),
        ([(0, 4)], 0),
        ([(1, 2)], 2),
        ([(1, 2), (0, 3)], 1),
        ([(-5, 1), (3, 9)], 2),
        ([(0, 1), (1, 2), (2, 3)], 1),
    ],
)
def test_the_longest_gap_is_what_no_claim_takes(taken: list[tuple[int, int]], hours: int) -> None:
    claims = [(START + begins * HOUR, START + ends * HOUR) for begins, ends in taken]
    assert longest_gap(claims, START, START + 4 * HOUR) == hours * HOUR


@pytest.mark.parametrize(
    ("utc_hour", "window"),
    [(2, ("19 13:00", "19 17:00")), (6, ("19 14:00", "19 17:00")), (8, ("20 08:00", "20 12:00"))],
)
def test_later_is_this_afternoon_or_the_next_morning(utc_hour: int, window: tuple[str, str]) -> None:
    found = window_later(NOW.replace(hour=utc_hour), "Asia/Shanghai")
    assert tuple(f"{moment:%d %H:%M}" for moment in found) == window


def test_broken_busy_or_unheard_equipment_is_not_offered(database: Database) -> None:
    with database.writing() as session:
        seed(session)
    with database.reading() as session:
        found = free_equipment(session, fleet_rows(session, BUREAU, NOW), NOW, window_later(NOW, "Asia/Shanghai"))
    printers = next(kind for kind in found if kind.kind == "printer_3d")
    assert printers.whole == 5
    assert {row.asset_code for row in printers.now} == {"YX-RIVER2PRINTER", "YX-KIT1"}
    assert "YX-HILL1PRINTER" not in {row.asset_code for row in printers.later}
    boards = next(kind for kind in found if kind.kind == "smart_board")
    assert {row.asset_code for row in boards.later} == {"YX-RIVER1BOARD"}
