"""What a demo tells on every page: that its lesson times were moved, and how much history is still to come."""

import time
from collections.abc import Callable

from sqlmodel import col, select

from fleet_server.core.db import Database
from fleet_server.nodes.models import Node
from fleet_server.web.notices import Notice, Source

KEPT_S = 2.0
_WORTH_TELLING = 300

MOVED = Notice(
    "演示数据：作息时间已移到首次启动的时刻，当天按上课日处理。",
    "Demo data: lesson times were moved to when it first started, and that day counts as a school day.",
)


def source(database: Database, monotonic: Callable[[], float] = time.monotonic) -> Source:
    """Return what tells a demo's notices; the count is kept for two seconds."""
    kept: tuple[float, list[Notice]] = (float("-inf"), [])

    def notices() -> list[Notice]:
        nonlocal kept
        if monotonic() - kept[0] >= KEPT_S:
            kept = (monotonic(), [MOVED, *_arriving(database)])
        return kept[1]

    return notices


def _arriving(database: Database) -> list[Notice]:
    with database.reading() as session:
        live = select(Node.journal_next, Node.journal_ack).where(~col(Node.foreign_node), col(Node.online))
        journals = session.exec(live).all()
    whole = sum(written - 1 for written, _ in journals if written is not None)
    done = sum(here or 0 for written, here in journals if written is not None)
    if whole - done <= _WORTH_TELLING:
        return []
    zh = f"盒子正在补传历史记录，较早的数字会随之变化：还差 {whole - done:,} 条"
    en = f"Boxes are still sending their history, older figures change with it: {whole - done:,} records to come"
    return [Notice(zh, en, done, whole)]
