"""Days of 3D printers: booked and unbooked prints, prints for other schools, failures."""

from random import Random

from fleet_server.demo import places
from fleet_server.demo.daily import MINUTE, Context, Day, Promise
from fleet_server.demo.district import Item, School
from fleet_server.demo.travel import minutes_between
from telemetry.plan import Activity

_FAULT = 0.012
_FAILED = 0.05
_BOOKED = 0.76
_FOR_OTHERS = 0.16
_STEP = 5 * MINUTE
_SPARE = 25 * MINUTE


def printer_day(context: Context, item: Item, holder: School, day: Day) -> None:
    """Fill a printer's day with prints, one after another with room to prepare and clear."""
    rng = context.rng(item)
    blocks = context.bells[holder.id].blocks()
    for start, end in blocks:
        # A print may run on after school, but not into the next block or over midnight.
        later = min((other for other, _ in blocks if other > end), default=23 * 60 + 50)
        latest = context.at(min(end + 150, later - 30))
        _block(context, item, holder, day, (context.at(start), context.at(end), latest), rng)


def _block(context: Context, item: Item, holder: School, day: Day, limits: tuple[int, int, int], rng: Random) -> None:
    opens, closes, latest = limits
    cursor = opens + rng.randint(0, 100) * MINUTE
    number = 0
    while cursor < closes and rng.random() < 0.35 + holder.zeal * 0.62:
        user = _user(context, holder, rng)
        travel = minutes_between(holder, user) * MINUTE
        start = _ceil(cursor + travel)
        length = round(rng.triangular(28, 260, 75)) * MINUTE
        end = _ceil(start + length + 12 * MINUTE)
        if end + travel > latest:
            break
        key = f"{item.id}:{context.day}:{opens}:{number}"
        cursor = _print(context, item, user, day, key, (start, end), length, rng) + travel + _SPARE
        cursor += rng.randint(5, 110) * MINUTE
        number += 1


def _print(
    context: Context,
    item: Item,
    user: School,
    day: Day,
    key: str,
    slot: tuple[int, int],
    length: int,
    rng: Random,
) -> int:
    """Add one print and return when the printer is free again."""
    began = slot[0] + rng.randint(5, 95) * 1000
    outcome = rng.choices(("done", "failed", "fault"), (1 - _FAULT - _FAILED, _FAILED, _FAULT))[0]
    took = length if outcome == "done" else round(length * rng.uniform(0.2, 0.9))
    repair = rng.randint(30, 200) * MINUTE if outcome == "fault" else 0
    activity = Activity(began, began + took, outcome, repair, print_work(length, rng))
    if rng.random() > _BOOKED and user.id == item.held_on(context.day).school_id:
        day.activities[item.id].append(activity)
        return max(slot[1], activity.end_ms + repair)
    fate = rng.choices(("kept", "no_show", "cancelled"), (86, 6, 8))[0]
    promise = Promise(
        key=key,
        item=item,
        user_id=user.id,
        person_id=context.teacher(user.id, rng),
        start_ms=slot[0],
        end_ms=slot[1],
        purpose=rng.choice(places.PRINT_PURPOSES),
        participants=rng.randint(4, 24),
        fate=fate,
    )
    day.book(promise, activity if fate == "kept" else None)
    return max(slot[1], activity.end_ms + repair) if fate == "kept" else slot[1]


def print_work(length: int, rng: Random) -> str:
    """Return what a print of `length` milliseconds asks of a printer: grams and target temperatures."""
    grams = round(length / MINUTE * rng.uniform(0.22, 0.4), 1)
    return f"grams={grams} nozzle={rng.choice((200, 205, 215, 230))} bed=60"


def _user(context: Context, holder: School, rng: Random) -> School:
    if rng.random() > _FOR_OTHERS:
        return holder
    others = [school for school in context.district.schools if minutes_between(holder, school) <= 35]
    return rng.choice(others)


def _ceil(ms: int) -> int:
    return -(-ms // _STEP) * _STEP
