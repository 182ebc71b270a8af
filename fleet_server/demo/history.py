"""Weeks of a district's life: day after day of lessons and prints, links that fail, and the plan made of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from fleet_server.demo.bells import TOWN, VILLAGE, Bell, local_ms, turned
from fleet_server.demo.catalog import TYPES
from fleet_server.demo.daily import MINUTE, Context, Day, Lesson, Promise, Span, live, merged
from fleet_server.demo.district import ZONE, Box, District, Item, device_key
from fleet_server.demo.lessons import board_day, recorder_day
from fleet_server.demo.prints import printer_day
from telemetry.plan import Activity, Plan, PlannedDevice, PlannedNode

RULES = {"smart_board": board_day, "recorder": recorder_day, "printer_3d": printer_day}
_OUTAGE_A_DAY = {"city": 0.012, "town": 0.02, "village": 0.05}
_LONG_OUTAGE = 0.04
_BLIND_A_DAY = {"city": 0.01, "town": 0.025, "village": 0.06}
_POORLY_WIRED_ONE_IN = 8
_POORLY_WIRED_A_DAY = 0.45
_BROKEN_ONE_IN = 60
_BROKEN_HOURS = 30
_GRACE_MS = 15 * MINUTE
_BOOKERS = ("", "teacher")

SchoolDay = Callable[[date], int | None]
"""Tells which weekday's timetable a date follows (0 = Monday), None where there is no school."""


@dataclass(slots=True)
class Weeks:
    """What a stretch of days holds, by asset id and by node id."""

    activities: dict[str, list[Activity]] = field(default_factory=lambda: defaultdict(list))
    power: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    blind: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    outages: dict[str, list[Span]] = field(default_factory=lambda: defaultdict(list))
    promises: list[Promise] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)

    def add(self, day: Day) -> None:
        """Append a later day."""
        for item_id, activities in day.activities.items():
            self.activities[item_id] += activities
        for item_id, spans in day.power.items():
            self.power[item_id] += spans
        self.promises += day.promises
        self.lessons += day.lessons


def bells_of(district: District, shift: int) -> dict[str, Bell]:
    """Return each school's bell, turned by `shift` minutes."""
    town, village = turned(TOWN, shift), turned(VILLAGE, shift)
    return {school.id: village if school.village_bell else town for school in district.schools}


def weeks(district: District, shift: int, days: Iterable[date], school_day: SchoolDay, broken_on: date | None) -> Weeks:
    """Live through the days; some devices break on the evening before `broken_on` and are broken all that day."""
    found = Weeks()
    bells = bells_of(district, shift)
    teachers = {
        school.id: tuple(
            person.id for person in district.staff if person.school_id == school.id and person.role in _BOOKERS
        )
        for school in district.schools
    }
    for day in days:
        weekday = school_day(day)
        if weekday is None:
            continue
        context = Context(district, day, weekday, bells, local_ms(day, 0, ZONE), teachers)
        found.add(live(context, dict(RULES), frozenset(broken(district)) if day == broken_on else frozenset()))
        for box in district.boxes:
            found.outages[box.node_id] += _outages(district, box, context)
        for item in district.items:
            found.blind[item.id] += _blind(context, item)
    _keep_no_shows_known(found)
    return found


def broken(district: District) -> list[str]:
    """Return the assets that are broken when the demo starts: one in sixty, at least one."""
    printers = [item.id for item in district.items if item.kind == "printer_3d"]
    boards = [item.id for item in district.items if item.kind == "smart_board"]
    rng = Random(f"{district.seed}:broken")
    return [
        *rng.sample(printers, 1 + len(printers) // _BROKEN_ONE_IN),
        *rng.sample(boards, len(boards) // _BROKEN_ONE_IN),
    ]


def break_down(found: Weeks, item_ids: Iterable[str], before_ms: int) -> None:
    """Let each asset's last activity before a time end in a fault that lasts past it."""
    for item_id in item_ids:
        activities = found.activities[item_id]
        past = [at for at, activity in enumerate(activities) if activity.end_ms <= before_ms]
        if past:
            last = activities[past[-1]]
            lasting = before_ms - last.end_ms + _BROKEN_HOURS * 60 * MINUTE
            activities[past[-1]] = replace(last, outcome="fault", fault_ms=lasting)
            found.power[item_id] = merged([*found.power[item_id], (last.end_ms - 1, last.end_ms + lasting)])


def _outages(district: District, box: Box, context: Context) -> Iterator[Span]:
    rng = Random(f"{district.seed}:link:{box.node_id}:{context.day}")
    remoteness = district.school(box.school_id).remoteness
    if rng.random() > _OUTAGE_A_DAY[remoteness]:
        return
    block = rng.choice(context.bells[box.school_id].blocks())
    start = context.at(rng.randint(block[0], block[1] - 30)) + rng.randint(0, 59) * 1000
    length = rng.randint(18, 40) * 60 if rng.random() < _LONG_OUTAGE else rng.randint(4, 80)
    yield start, start + length * MINUTE


def _blind(context: Context, item: Item) -> Iterator[Span]:
    """Yield when a box cannot read a device; one village school in eight is poorly wired."""
    rng = Random(f"{context.district.seed}:wire:{item.id}:{context.day}")
    holder = context.district.school(item.held_on(context.day).school_id)
    poorly = holder.remoteness == "village" and context.district.schools.index(holder) % _POORLY_WIRED_ONE_IN == 2
    if rng.random() > (_POORLY_WIRED_A_DAY if poorly else _BLIND_A_DAY[holder.remoteness]):
        return
    block = rng.choice(context.bells[holder.id].blocks())
    start = context.at(rng.randint(block[0], block[1] - 30)) + rng.randint(0, 59) * 1000
    yield start, start + (rng.randint(90, 420) if poorly else rng.randint(10, 150)) * MINUTE


def _keep_no_shows_known(found: Weeks) -> None:
    """Leave nothing unknown in the grace time of a missed booking: only then was it told from an unknown one."""
    missed: dict[str, list[Span]] = defaultdict(list)
    for promise in found.promises:
        if promise.fate == "no_show":
            missed[promise.item.id].append((promise.start_ms, promise.start_ms + _GRACE_MS))
    for item_id, graces in missed.items():
        for start, end in graces:
            found.blind[item_id] = quiet(found.blind[item_id], start, end)


def quiet(spans: Iterable[Span], start_ms: int, end_ms: int) -> list[Span]:
    """Return the spans without those that touch [start_ms, end_ms)."""
    return [span for span in merged(list(spans)) if span[1] <= start_ms or end_ms <= span[0]]


def plan_of(district: District, found: Weeks, host: str, port: int, created_ms: int, history_from_ms: int) -> Plan:
    """Return the plan of a district for the simulated boxes."""
    by_node: dict[str, list[PlannedDevice]] = defaultdict(list)
    for item in district.items:
        by_node[item.node_id].append(_planned(item, found))
    nodes = tuple(
        PlannedNode(box.node_id, box.site_id, tuple(by_node[box.node_id]), tuple(found.outages.get(box.node_id, ())))
        for box in district.boxes
    )
    return Plan(host, port, created_ms, history_from_ms, nodes)


def _planned(item: Item, found: Weeks) -> PlannedDevice:
    model = TYPES[item.type_key]
    return PlannedDevice(
        key=device_key(item.serial),
        kind=item.kind,
        make=model.make,
        model=model.model,
        serial=item.serial,
        firmware=model.firmware,
        on=tuple(merged(found.power[item.id])),
        activities=tuple(sorted(found.activities[item.id], key=lambda activity: activity.start_ms)),
        blind=tuple(merged(found.blind[item.id])),
    )


def first_history_day(today: date, back: int) -> date:
    """Return the Monday `back` weeks ago."""
    return today - timedelta(days=today.weekday(), weeks=back)
