"""What happens on one school day of a demo district: who planned what, and what the devices then did."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from random import Random

from fleet_server.demo.bells import Bell
from fleet_server.demo.district import District, Item, School
from telemetry.plan import Activity

MINUTE = 60_000
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Promise:
    """A booking of one asset; `fate` is kept, no_show or cancelled, `joint` names the joint lesson it belongs to."""

    key: str
    item: Item
    user_id: str
    person_id: str
    start_ms: int
    end_ms: int
    purpose: str
    participants: int
    fate: str = "kept"
    joint: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A timetable lesson that occupies a fixed device."""

    key: str
    item: Item
    start_ms: int
    end_ms: int
    title: str


@dataclass(slots=True)
class Day:
    """Everything of one day; activities and stretches with power by asset id, in order of time."""

    activities: dict[str, list[Activity]] = field(default_factory=lambda: defaultdict(list))
    power: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    promises: list[Promise] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)

    def book(self, promise: Promise, activity: Activity | None) -> None:
        """Keep a promise, and what came of it."""
        self.promises.append(promise)
        if activity is not None:
            self.activities[promise.item.id].append(activity)


@dataclass(frozen=True, slots=True)
class Context:
    """One day seen by the rules: the district, its bells and which weekday's timetable is followed."""

    district: District
    day: date
    weekday: int
    bells: dict[str, Bell]
    midnight_ms: int
    teachers: dict[str, tuple[str, ...]]

    def rng(self, item: Item) -> Random:
        """Return the day's chances of one asset."""
        return Random(f"{self.district.seed}:{item.id}:{self.day}")

    def teacher(self, school_id: str, rng: Random) -> str:
        """Return one of a school's teachers."""
        return rng.choice(self.teachers[school_id])

    def at(self, minute: int) -> int:
        """Return milliseconds UTC of a minute of this day."""
        return self.midnight_ms + minute * MINUTE

    def periods(self, school_id: str) -> list[Span]:
        """Return a school's periods of this day in milliseconds UTC."""
        return [(self.at(start), self.at(end)) for start, end in self.bells[school_id].periods]


Rule = Callable[[Context, Item, School, Day], None]


def live(context: Context, rules: dict[str, Rule], broken: frozenset[str]) -> Day:
    """Return one school day; assets in `broken` stand switched on and do nothing."""
    day = Day()
    schools = {school.id: school for school in context.district.schools}
    for item in context.district.items:
        holder = schools[item.held_on(context.day).school_id]
        if item.id not in broken:
            rules[item.kind](context, item, holder, day)
        day.activities[item.id].sort(key=lambda activity: activity.start_ms)
        day.power[item.id] = _power(context, item, holder, day.activities[item.id])
    return day


def _power(context: Context, item: Item, holder: School, activities: list[Activity]) -> list[Span]:
    rng = Random(f"{context.district.seed}:power:{item.id}:{context.day}")
    blocks = context.bells[holder.id].blocks()
    if item.kind == "smart_board" and rng.random() < 0.5:
        blocks = [part for block in blocks for part in _lunch_apart(context.bells[holder.id], block)]
    early, late = rng.randint(8, 22) * MINUTE, rng.randint(6, 30) * MINUTE
    wanted = [(context.at(start) - early, context.at(end) + late) for start, end in blocks]
    wanted += [(activity.start_ms - 6 * MINUTE, activity.end_ms + 12 * MINUTE) for activity in activities]
    midnight, next_midnight = context.at(0), context.at(24 * 60)
    return merged([(max(midnight, start), min(next_midnight, end)) for start, end in wanted])


def _lunch_apart(bell: Bell, block: Span) -> list[Span]:
    inside = [period for period in bell.periods if block[0] <= period[0] < block[1]]
    cuts = [at for at in range(1, len(inside)) if inside[at][0] - inside[at - 1][1] >= 90]
    if not cuts:
        return [block]
    return [(inside[0][0], inside[cuts[0] - 1][1]), (inside[cuts[0]][0], inside[-1][1])]


def merged(spans: list[Span]) -> list[Span]:
    """Return the union of spans, in order."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
