"""Many at once: through real server processes and straight at the services, on both databases."""

import json
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from fleet_server.bookings.models import Booking
from fleet_server.core.clock import utc_now
from fleet_server.core.db import Database, open_database
from fleet_server.core.scope import SYSTEM
from fleet_server.inventory.service import NewAsset, register_asset
from fleet_server.people.service import issue_token
from fleet_server.schedule.models import Claim
from fleet_server.schedule.rules import overlap
from fleet_server.schedule.service import BLOCKING
from tests.fleet_server.bookings.schools import NOW, found
from tests.fleet_server.bookings.serving import servers

AT_ONCE = 16


def overlaps(database: Database) -> int:
    """Count pairs of blocking claims of one resource that share a moment."""
    with database.reading() as session:
        rows = session.exec(select(Claim).where(col(Claim.status).in_(BLOCKING))).all()
    ranges = [(row.resource_id, (row.busy_from, row.busy_until)) for row in rows]
    return sum(
        one[0] == other[0] and overlap(one[1], other[1]) for i, one in enumerate(ranges) for other in ranges[i + 1 :]
    )


def post_at_once(addresses: list[str], token: str, bodies: list[dict[str, str]]) -> list[httpx.Response]:
    headers = {"Authorization": f"Bearer {token}"}
    with ThreadPoolExecutor(len(bodies)) as pool, httpx.Client(headers=headers, timeout=60) as client:
        sent = [
            pool.submit(client.post, f"{addresses[i % len(addresses)]}/bookings", json=body)
            for i, body in enumerate(bodies)
        ]
        return [answer.result() for answer in sent]


def test_of_sixteen_at_once_for_one_slot_one_books_and_sixteen_assets_are_all_booked(database_url: str) -> None:
    database = open_database(database_url)
    with database.writing() as session:
        made = found(session)
        codes = [made.printer.asset_code]
        new = NewAsset(asset_type_id="typ_printer", owner_id="org_a")
        codes += [register_asset(session, SYSTEM, new, NOW).asset_code for _ in range(AT_ONCE)]
        token = issue_token(session, made.people["teacher_a"].person_id, "test", utc_now())
    start = (utc_now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    slot = {"start": start.isoformat(), "end": (start + timedelta(hours=2)).isoformat()}
    with servers(database_url, 3) as addresses:
        one_slot = post_at_once(addresses, token, [{"asset_code": codes[0], **slot}] * AT_ONCE)
        many = post_at_once(addresses, token, [{"asset_code": code, **slot} for code in codes[1:]])
    assert Counter(answer.status_code for answer in one_slot) == {201: 1, 409: AT_ONCE - 1}
    refused = [answer.json() for answer in one_slot if answer.status_code == 409]
    assert {body["code"] for body in refused} == {"slot_taken"}
    assert all(body["alternatives"] and body["conflicts"] for body in refused)
    assert Counter(answer.status_code for answer in many) == {201: AT_ONCE}
    assert overlaps(database) == 0
    database.dispose()


@pytest.mark.timeout(900)
def test_eight_processes_of_random_operations_leave_no_overlap_and_lose_nothing(database: Database) -> None:
    with database.writing() as session:
        found(session)
    url = database.write.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.fleet_server.bookings.campaign", url]
    running = [subprocess.Popen([*command, str(seed), "250"], stdout=subprocess.PIPE, text=True) for seed in range(8)]
    told = [json.loads(process.communicate()[0]) for process in running]
    assert [process.returncode for process in running] == [0] * 8
    assert overlaps(database) == 0
    acknowledged = {booking_id for one in told for booking_id in one["open"]}
    with database.reading() as session:
        kept = set(session.exec(select(Booking.id).where(Booking.state == "approved")))
    assert kept == acknowledged
    counts = sum((Counter(one["counts"]) for one in told), Counter[str]())
    assert counts["done"] + counts["refused"] == 2000
    assert min(counts[action] for action in ("create", "move", "cancel")) > 50
