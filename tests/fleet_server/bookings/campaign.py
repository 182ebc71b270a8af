"""One worker of the booking campaign: random create, move and cancel on three rooms; prints what it was told."""

import json
import random
import sys
from collections import Counter
from datetime import timedelta

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from fleet_server.bookings import service
from fleet_server.bookings.models import Booking
from fleet_server.bookings.rules import TransitionRefused
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.db import Database, open_database
from fleet_server.core.scope import Role, Viewer
from fleet_server.schedule.service import HoldLapsed, SlotTaken
from tests.fleet_server.bookings.schools import NOW, at

ROOMS = ("rom_a", "rom_b", "rom_b2")
WHO = Viewer("per_coordinator", "", "", "en", ((Role.COORDINATOR, "org_bureau"),))
REFUSALS = (SlotTaken, TransitionRefused, HoldLapsed)


def act(session: Session, chance: random.Random, mine: list[str]) -> tuple[str, str]:
    """Do one operation; return what and on which booking."""
    action = chance.choices(("create", "move", "cancel"), (6, 3, 2))[0]
    start = at(24 + 24 * chance.randrange(6) + chance.randrange(16) / 2)
    end = start + timedelta(minutes=30 * chance.randint(1, 4))
    if action == "create" or not mine:
        request = BookingRequest(
            starts_at=start, ends_at=end, organization_id="org_a", room_id=chance.choice(ROOMS), purpose="campaign"
        )
        return "create", service.book(session, WHO, request, NOW).id
    booking = session.exec(select(Booking).where(Booking.id == chance.choice(mine))).one()
    if action == "move":
        service.move(session, WHO, booking, start, end, None, NOW)
    else:
        service.cancel(session, WHO, booking, NOW)
    return action, booking.id


def run(database: Database, seed: int, operations: int) -> dict[str, object]:
    """Run operations, each in its own transaction; return the counts and the bookings that were acknowledged."""
    chance, mine, counts = random.Random(seed), list[str](), Counter[str]()
    while counts["done"] + counts["refused"] < operations:
        try:
            with database.writing() as session:
                action, booking_id = act(session, chance, mine)
        except REFUSALS:
            counts["refused"] += 1
            continue
        except OperationalError:
            counts["busy"] += 1
            continue
        counts["done"] += 1
        counts[action] += 1
        if action == "create":
            mine.append(booking_id)
        elif action == "cancel":
            mine.remove(booking_id)
    return {"counts": dict(counts), "open": mine}


if __name__ == "__main__":
    url, seed, operations = sys.argv[1:]
    print(json.dumps(run(open_database(url), int(seed), int(operations))))  # noqa: T201
