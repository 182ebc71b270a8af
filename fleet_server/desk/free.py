"""What equipment is free: claims of a window against what is bookable and works."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.desk.rules import FleetRow
from fleet_server.schedule.models import Claim

NEEDED = timedelta(minutes=90)
"""What counts as free: one lesson with its preparation and clearing up."""
UNFIT = frozenset({"fault", "maintenance", "in_transit", "unknown"})
"""States in which equipment is not offered: broken, away, or nobody knows."""
_C: Any = Claim
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class FreeKind:
    """Equipment of one kind: what there is, what is free now and later, in the order of the schools."""

    kind: str
    whole: int
    now: tuple[FleetRow, ...]
    later: tuple[FleetRow, ...]


def window_later(now: datetime, zone: str) -> Stretch:
    """Return this afternoon, 13:00 to 17:00; once it is past 15:30, the next morning, 8:00 to 12:00."""
    there = now.astimezone(ZoneInfo(zone))
    afternoon = there.replace(hour=13, minute=0, second=0, microsecond=0), there.replace(hour=17, minute=0, second=0)
    if there + NEEDED <= afternoon[1]:
        return max(afternoon[0], there), afternoon[1].replace(microsecond=0)
    morning = (there + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    return morning, morning.replace(hour=12)


def longest_gap(taken: Iterable[Stretch], start: datetime, end: datetime) -> timedelta:
    """Return the longest stretch of [start, end) that nothing takes."""
    longest, free_from = timedelta(0), start
    for begins, ends in sorted(taken):
        longest = max(longest, min(begins, end) - free_from)
        free_from = max(free_from, ends)
    return max(longest, end - free_from)


def free_equipment(session: Session, rows: Sequence[FleetRow], now: datetime, later: Stretch) -> list[FreeKind]:
    """Return by kind what can be booked for 90 minutes from now, and within the later window."""
    bookable = [row for row in rows if row.asset_id and row.bookable]
    taken = _taken(session, now, later[1])
    by_kind: dict[str, list[FleetRow]] = defaultdict(list)
    for row in sorted(bookable, key=lambda row: (row.organization_en, row.asset_code)):
        by_kind[row.kind].append(row)
    return [_kind(kind, found, taken, now, later) for kind, found in sorted(by_kind.items())]


def _kind(
    kind: str, rows: Sequence[FleetRow], taken: dict[str, list[Stretch]], now: datetime, later: Stretch
) -> FreeKind:
    fit = [row for row in rows if row.state not in UNFIT]
    at_once = [
        row
        for row in fit
        if row.state not in ("in_use", "setup") and longest_gap(taken[row.asset_id], now, now + NEEDED) >= NEEDED
    ]
    then = [row for row in fit if longest_gap(taken[row.asset_id], *later) >= NEEDED]
    return FreeKind(kind, len(rows), tuple(at_once), tuple(then))


def _taken(session: Session, start: datetime, end: datetime) -> dict[str, list[Stretch]]:
    rows = session.execute(
        sa.select(_C.resource_id, _C.busy_from, _C.busy_until).where(
            _C.resource_kind == "asset",
            sa.or_(_C.status == "active", sa.and_(_C.status == "held", _C.held_until > start)),
            _C.busy_from < end,
            _C.busy_until > start,
        )
    )
    taken: dict[str, list[Stretch]] = defaultdict(list)
    for resource, begins, ends in rows:
        taken[resource].append((begins, ends))
    return taken
