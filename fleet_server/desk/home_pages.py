"""The first page of each role: what is broken, what is free today, what I booked, how well it is used."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from fleet_server.core.requests import Now, ReadSession
from fleet_server.core.scope import Role, Viewer
from fleet_server.desk import agenda
from fleet_server.desk.boxes import disk_facts, node_facts
from fleet_server.desk.fleet import fleet_rows
from fleet_server.desk.free import free_equipment, window_later
from fleet_server.desk.rules import FleetRow
from fleet_server.desk.schools import FIRST_HOUR, LAST_HOUR, schools
from fleet_server.desk.troubles import Trouble, find_troubles
from fleet_server.desk.wording import notice
from fleet_server.people.access import PageViewer
from fleet_server.web.i18n import Translator, locale_of, translator
from fleet_server.web.navigation import leading_role
from fleet_server.web.page import DEFAULT_ZONE, render

router = APIRouter(include_in_schema=False)
SOON = timedelta(hours=2)
SHOWN = 8
"""Rows of a list on a home page; the whole list is a link away."""
AT_RISK = frozenset({"fault", "unknown", "maintenance"})
Context = dict[str, Any]


@router.get("/")
def home(request: Request, viewer: PageViewer, session: ReadSession, now: Now) -> Response:
    """Show the first page of the viewer's leading role; an auditor's is the utilization page."""
    role = leading_role(viewer)
    if role == Role.AUDITOR:
        return RedirectResponse("/utilization", 303)
    texts = translator(locale_of(request, viewer))
    template, build = _HOMES[role]
    return render(request, viewer, template, **build(session, viewer, now, texts))


def technician_home(session: Session, viewer: Viewer, now: datetime, _: Translator) -> Context:
    """Return the troubles with what they endanger, and the schools."""
    rows = fleet_rows(session, viewer, now)
    found = find_troubles(rows, node_facts(session, viewer), disk_facts(session, rows))
    affected = {row.key for trouble in found for row in trouble.rows}
    booked = _endangered(session, found, now)
    return {
        "troubles": [notice(trouble, _first_booking(trouble, booked), _) for trouble in found],
        "affected": len(affected),
        "devices": sum(bool(row.device_id) for row in rows),
        "schools": schools(session, rows, now),
        "hours": (FIRST_HOUR, LAST_HOUR),
        "zone": zone_of(rows),
    }


def _endangered(session: Session, found: list[Trouble], now: datetime) -> dict[str, agenda.Promise]:
    assets = {row.asset_id for trouble in found if trouble.kind != "clock" for row in trouble.rows}
    booked = agenda.next_by_asset(session, assets, now)
    return {key: promise for key, promise in booked.items() if promise.starts_at < now + SOON}


def _first_booking(trouble: Trouble, booked: dict[str, agenda.Promise]) -> agenda.Promise | None:
    found = [booked[row.asset_id] for row in trouble.rows if row.asset_id in booked]
    return min(found, key=lambda promise: promise.starts_at, default=None)


def coordinator_home(session: Session, viewer: Viewer, now: datetime, _: Translator) -> Context:
    """Return today's board, what waits, what is at risk, and what is free."""
    rows = fleet_rows(session, viewer, now)
    zone = zone_of(rows)
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    today = agenda.of_day(session, viewer, midnight, midnight + timedelta(days=1))
    later = window_later(now, zone)
    free = free_equipment(session, rows, now, later)
    states = {row.asset_id: row.state for row in rows if row.asset_id}
    return {
        "waiting": agenda.waiting(session, viewer, now),
        "today": [promise for promise in today if promise.state != "requested"],
        "board": _board(today, now),
        "shown": SHOWN,
        "risky": [promise for promise in today if _at_risk(promise, states, now)],
        "late": [promise for promise in today if promise.late(now)],
        "out": [promise for promise in today if promise.state == "checked_out"],
        "free": free,
        "free_now": sum(len(kind.now) for kind in free),
        "free_later": sum(len(kind.later) for kind in free),
        "bookable": sum(kind.whole for kind in free),
        "later": later,
        "is_today": later[0].date() == midnight.date(),
        "states": states,
        "zone": zone,
    }


def _board(today: list[agenda.Promise], now: datetime) -> list[agenda.Promise]:
    """Return what goes out or comes back next, the late first."""
    ahead = [one for one in today if one.state in ("approved", "checked_out") and (one.late(now) or one.ends_at > now)]
    return sorted(ahead, key=lambda one: one.ends_at if one.state == "checked_out" else max(one.starts_at, now))[:SHOWN]


def _at_risk(promise: agenda.Promise, states: dict[str, str], now: datetime) -> bool:
    return (
        promise.state in ("approved", "requested") and promise.ends_at > now and states.get(promise.asset_id) in AT_RISK
    )


def teacher_home(session: Session, viewer: Viewer, now: datetime, _: Translator) -> Context:
    """Return what the person booked and what kinds of equipment there are to ask for."""
    rows = fleet_rows(session, viewer, now)
    zone = zone_of(rows)
    there = now.astimezone(ZoneInfo(zone))
    return {
        "mine": agenda.of_person(session, viewer.person_id, now),
        "kinds": sorted({row.kind for row in rows if row.bookable and row.asset_id}),
        "day": there.date().isoformat(),
        "zone": zone,
    }


def zone_of(rows: list[FleetRow]) -> str:
    """Return the zone most rows are in."""
    zones = [row.zone for row in rows]
    return max(set(zones), key=zones.count) if zones else DEFAULT_ZONE


_HOMES: dict[Role, tuple[str, Callable[[Session, Viewer, datetime, Translator], Context]]] = {
    Role.TECHNICIAN: ("desk/home_technician.html", technician_home),
    Role.ADMINISTRATOR: ("desk/home_technician.html", technician_home),
    Role.COORDINATOR: ("desk/home_coordinator.html", coordinator_home),
    Role.REQUESTER: ("desk/home_teacher.html", teacher_home),
}
