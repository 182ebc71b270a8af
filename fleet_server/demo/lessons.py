"""Days of smart boards and recorders: timetable lessons, joint lessons of paired schools, recordings."""

from collections.abc import Iterator
from random import Random

from fleet_server.demo import places
from fleet_server.demo.daily import MINUTE, Context, Day, Lesson, Promise, Span
from fleet_server.demo.district import Item, School
from telemetry.plan import Activity

_TAUGHT = 0.93
_BOARD_FAULT = 0.0012
_RECORDER_FAULT = 0.004
_JOINT_PER_DAY = 0.62


def board_day(context: Context, item: Item, school: School, day: Day) -> None:
    """Occupy a smart board by the timetable, and use it in some of the lessons."""
    rng = context.rng(item)
    broken_until = 0
    for number, span in enumerate(context.periods(school.id)):
        timetable = Random(f"{context.district.seed}:timetable:{item.id}:{context.weekday}:{number}")
        if timetable.random() > _TAUGHT:
            continue
        title = f"{timetable.choice(places.SUBJECTS)}"
        day.lessons.append(Lesson(f"{item.id}:{context.day}:{number}", item, *span, title))
        if span[0] < broken_until or rng.random() > school.zeal * 0.95:
            continue
        for start, end in _stretches(span, rng):
            fault = rng.randint(25, 150) * MINUTE if rng.random() < _BOARD_FAULT else 0
            day.activities[item.id].append(Activity(start, end, "fault" if fault else "done", fault))
            broken_until = end + fault if fault else broken_until
            if fault:
                break


def _stretches(span: Span, rng: Random) -> Iterator[Span]:
    """Yield when the picture is on within a lesson: up to three stretches."""
    start = span[0] + rng.randint(0, 240) * 1000
    end = span[1] - rng.randint(0, 300) * 1000
    pauses = rng.choices((0, 1, 2), (45, 38, 17))[0]
    part = (end - start) // (pauses + 1)
    for number in range(pauses + 1):
        last = number == pauses
        yield start + number * part, end if last else start + (number + 1) * part - rng.randint(60, 280) * 1000


def recorder_day(context: Context, item: Item, school: School, day: Day) -> None:
    """Record the school's joint lessons on its first set, and lessons of its own in free periods."""
    rng = context.rng(item)
    taken: list[Span] = []
    for promise in joint_promises(context, item):
        taken.append((promise.start_ms - 10 * MINUTE, promise.end_ms + 10 * MINUTE))
        day.book(promise, _recorded(promise, rng) if promise.fate == "kept" else None)
    for number, (start, end) in enumerate(context.periods(school.id)):
        free = all(end <= busy[0] or busy[1] <= start for busy in taken)
        if not free or rng.random() > school.zeal * 0.3:
            continue
        _own_recording(context, item, school, day, f"{item.id}:{context.day}:{number}", (start, end), rng)
        taken.append((start, end + 10 * MINUTE))


def _own_recording(context: Context, item: Item, school: School, day: Day, key: str, span: Span, rng: Random) -> None:
    promise = Promise(
        key=key,
        item=item,
        user_id=school.id,
        person_id=context.teacher(school.id, rng),
        start_ms=span[0],
        end_ms=span[1],
        purpose=f"{rng.choice(places.SUBJECTS)}公开课录制",
        participants=rng.randint(24, 48),
        fate=_fate(rng, school),
    )
    if rng.random() < 0.72:
        day.book(promise, _recorded(promise, rng) if promise.fate == "kept" else None)
    else:
        day.activities[item.id].append(_recorded(promise, rng))


def joint_promises(context: Context, item: Item) -> Iterator[Promise]:
    """Yield the item's part of the joint lessons of its school's pair; both schools' parts agree."""
    for number, (lead, other) in enumerate(context.district.pairs):
        if item.owner_id not in (lead.id, other.id) or item.id != _first_set(context, item.owner_id):
            continue
        both = Random(f"{context.district.seed}:joint:{number}:{context.day}")
        if both.random() > _JOINT_PER_DAY:
            continue
        chosen = both.choice(context.periods(lead.id)[1:])
        fate = both.choices(("kept", "cancelled"), (96, 4))[0]
        missing = other.id if fate == "kept" and both.random() < 0.04 else ""
        subject, grade, seats = both.choice(places.JOINT_SUBJECTS), both.choice(places.CLASSES), both.randint(32, 62)
        key = f"joint:{number}:{context.day}"
        yield Promise(
            key=f"{key}:{item.owner_id}",
            item=item,
            user_id=item.owner_id,
            person_id=context.teacher(item.owner_id, both),
            start_ms=chosen[0],
            end_ms=chosen[1],
            purpose=f"{grade}年级{subject}同步课堂",
            participants=seats,
            fate="no_show" if item.owner_id == missing else fate,
            joint=key,
        )


def _first_set(context: Context, school_id: str) -> str:
    return next(item.id for item in context.district.items if item.kind == "recorder" and item.owner_id == school_id)


def _recorded(promise: Promise, rng: Random) -> Activity:
    fault = rng.randint(20, 90) * MINUTE if rng.random() < _RECORDER_FAULT else 0
    start = promise.start_ms + rng.randint(-60, 95) * 1000
    end = promise.end_ms + rng.randint(-180, 90) * 1000
    return Activity(start, end, "fault" if fault else "done", fault)


def _fate(rng: Random, school: School) -> str:
    missed = 5 if school.remoteness != "village" else 9
    return rng.choices(("kept", "no_show", "cancelled"), (91 - missed, missed, 9))[0]
