"""The availability board: a row an asset or room, with what is promised of it and what it really did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.bookings.availability import Offer, Wish, find
from fleet_server.bookings.blocks import Block, Sight, Strip, blocks_of, strips_of
from fleet_server.bookings.rights import BOOKERS
from fleet_server.core.clock import to_ms
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory.models import Asset, Room
from fleet_server.nodes.models import Binding, Device
from fleet_server.organizations.calendar import CalendarCache
from fleet_server.organizations.models import Organization
from fleet_server.schedule.rules import Range

SHORTEST = timedelta(minutes=15)
OPENS, CLOSES = 8, 18
"""The hours a day shows at least; lessons outside them widen it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The stretch of time shown, its local hours or days as (percent, moment), and the day's lesson time."""

    start: datetime
    end: datetime
    zone: str
    week: bool
    marks: tuple[tuple[float, datetime], ...]
    lessons: Range | None

    def percent(self, moment: datetime) -> float:
        """Return where a moment lies, 0 to 100."""
        return self.percent_ms(to_ms(moment))

    def percent_ms(self, moment: int) -> float:
        """Return where a moment in milliseconds lies, 0 to 100."""
        start, end = to_ms(self.start), to_ms(self.end)
        return min(100.0, max(0.0, 100 * (moment - start) / (end - start)))


@dataclass(slots=True)
class Row:
    """One asset or room; `fits` says whether the wish fits into its free time in the focus."""

    offer: Offer
    place: tuple[str, str] = ("", "")
    state: str = ""
    fits: bool = False
    free: list[Range] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    strips: list[Strip] = field(default_factory=list)
    draft: list[Block] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The resource as forms and addresses name it."""
        return f"asset:{self.offer.asset_code}" if self.offer.asset_code else f"room:{self.offer.id}"


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one school."""

    organization: Organization
    travel_minutes: int
    rows: list[Row]


def frame_of(session: Session, organization: Organization, day: date, *, week: bool) -> Frame:
    """Return the hours of a day around its lessons, or the seven days of its week."""
    cache = CalendarCache(session, [organization.id])
    zone = cache.zone(organization.id)
    if week:
        monday = datetime(day.year, day.month, day.day, tzinfo=zone) - timedelta(days=day.weekday())
        days = [monday + timedelta(days=number) for number in range(8)]
        marks = tuple((100 * number / 7, days[number]) for number in range(7))
        return Frame(days[0], days[7], organization.timezone, True, marks, None)
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    lessons = cache.core_hours(organization.id, midnight, midnight + timedelta(days=1))
    opens, closes = OPENS, CLOSES
    if lessons:
        opens = min(opens, lessons[0][0].astimezone(zone).hour)
        last = lessons[-1][1].astimezone(zone)
        closes = 24 if last.date() > day else max(closes, min(24, last.hour + 1))
    start = midnight + timedelta(hours=opens)
    count = closes - opens
    marks = tuple((100 * number / count, start + timedelta(hours=number)) for number in range(count))
    core = (lessons[0][0], lessons[-1][1]) if lessons else None
    return Frame(start, midnight + timedelta(hours=closes), organization.timezone, False, marks, core)


def board(
    session: Session,
    viewer: Viewer,
    organization: Organization,
    frame: Frame,
    capability: str,
    school: str,
    now: datetime,
) -> list[Group]:
    """Return the rows that an organization may book, by school: the nearest school first.

    Eleven queries whatever the number of rows.
    """
    wish = Wish(
        organization_id=organization.id,
        start=frame.start,
        end=frame.end,
        length=SHORTEST,
        capability=capability or None,
    )
    offers = [one for one in find(session, viewer, wish, now) if not school or one.holder_id == school]
    rows = [Row(one, free=list(one.free)) for one in offers]
    _describe(session, rows)
    _fill(session, viewer, rows, frame, now)
    return _grouped(session, rows)


def judge(rows: Iterable[Row], focus: Range, length: timedelta) -> None:
    """Say of each row whether `length` fits into its free time within the focus."""
    for row in rows:
        row.fits = any(min(end, focus[1]) - max(start, focus[0]) >= length for start, end in row.free)


def _describe(session: Session, rows: Sequence[Row]) -> None:
    assets = [row.offer.id for row in rows if row.offer.asset_code]
    found = (
        sa.select(col(Asset.id), col(Room.name_zh), col(Room.name_en))
        .join(Room, col(Room.id) == col(Asset.room_id))
        .where(col(Asset.id).in_(assets))
    )
    rooms = {one[0]: (one[1], one[2]) for one in session.execute(found)}
    bound = (
        sa.select(col(Binding.asset_id), col(Device.state))
        .join(Device, col(Device.id) == col(Binding.device_id))
        .where(col(Binding.asset_id).in_(assets), col(Binding.until_ms).is_(None))
    )
    states: Mapping[str, str] = {one[0]: one[1] for one in session.execute(bound)}
    for row in rows:
        row.place = rooms.get(row.offer.id, ("", ""))
        row.state = states.get(row.offer.id, "")


def _fill(session: Session, viewer: Viewer, rows: Sequence[Row], frame: Frame, now: datetime) -> None:
    ids = [row.offer.id for row in rows]
    sight = sight_of(session, viewer)
    blocks = blocks_of(session, ids, (frame.start, frame.end), sight, now)
    strips = strips_of(session, ids, (frame.start, frame.end), week=frame.week)
    for row in rows:
        row.blocks = blocks.get(row.offer.id, [])
        row.strips = strips.get(row.offer.id, [])


def sight_of(session: Session, viewer: Viewer) -> Sight:
    """Return whose names a viewer may read."""
    seen = set(session.exec(select(Organization.id).where(visible(col(Organization.id), viewer))))
    return Sight(viewer.person_id, frozenset(seen), viewer.has(*BOOKERS))


def _grouped(session: Session, rows: Sequence[Row]) -> list[Group]:
    by_holder: dict[str, list[Row]] = {}
    for row in rows:
        by_holder.setdefault(row.offer.holder_id, []).append(row)
    found = session.exec(select(Organization).where(col(Organization.id).in_(by_holder)))
    groups = [Group(one, by_holder[one.id][0].offer.travel_minutes, _in_order(by_holder[one.id])) for one in found]
    return sorted(groups, key=lambda group: (group.travel_minutes, group.organization.name_zh, group.organization.id))


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.offer.kind, row.offer.asset_code or "", row.offer.id))


def earliest(rows: Iterable[Row], length: timedelta, now: datetime) -> tuple[Row, datetime] | None:
    """Return the row that is free soonest for `length`, and from when."""
    found: tuple[Row, datetime] | None = None
    for row in rows:
        for start, end in row.free:
            begin = max(start, now)
            if end - begin >= length and (found is None or begin < found[1]):
                found = (row, begin)
    return found


def rows_of(groups: Iterable[Group]) -> list[Row]:
    """Return the rows of all groups."""
    return [row for group in groups for row in group.rows]
