"""The availability page: what is free and why this is not, with the form that books."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from fleet_server.bookings import board, service, targets
from fleet_server.bookings.board import Frame, Group, Row
from fleet_server.bookings.checking import Words
from fleet_server.bookings.drafting import (
    Panel,
    Typed,
    TypedForm,
    chosen_option,
    drawn,
    judge,
    next_quarter,
    option_value,
    read_rest,
    request_of,
)
from fleet_server.bookings.models import Booking
from fleet_server.bookings.rights import BOOKERS, find, may_change
from fleet_server.bookings.wanted import FREE_MINUTES, Wanted, WantedQuery, moment
from fleet_server.core.access import PageViewer
from fleet_server.core.errors import FleetError, Forbidden
from fleet_server.core.problems import status_of
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory.rights import may
from fleet_server.organizations.models import Organization
from fleet_server.schedule.rules import Range
from fleet_server.web import formats
from fleet_server.web.forms import Form
from fleet_server.web.i18n import locale_of, translator
from fleet_server.web.page import render, wording

router = APIRouter(include_in_schema=False)

MOST_CHOICES = 120
"""How many resources the form's list holds; the timeline holds them all."""
NOON = 12
PLACES = ("school", "campus", "teaching_point")
"""Kinds of organizations that lie somewhere, so that a way to them can be said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the query comes to: for whom, which day, what is shown, what counts as free and when."""

    organization: Organization
    users: list[Organization]
    day: date
    frame: Frame
    focus: Range
    when: str
    length: timedelta


@router.get("/availability")
def availability_page(
    request: Request, viewer: PageViewer, session: ReadSession, now: Now, wanted: WantedQuery
) -> Response:
    """Show what is free on a day or in a week, and the form for a booking."""
    moving = _moving(session, viewer, wanted)
    if moving is not None:
        wanted = _of_booking(session, wanted, moving)
    return show(request, viewer, session, now, wanted, Panel(Form(), moving=moving))


@router.post("/bookings")
def book(request: Request, viewer: PageViewer, session: WriteSession, now: Now, typed: TypedForm) -> Response:
    """Book what the form asks for; what is wrong is said in the form, which keeps what was typed."""
    wanted = typed.wanted()
    asked = _asked(request, viewer, session, now, wanted)
    words = words_of(request, viewer, asked.frame.zone)
    panel = Panel(Form(typed.values))
    participants = read_rest(panel.form, words)
    wanted = _with_option(wanted, typed, asked.frame.zone)
    wish = request_of(wanted, wanted.day or asked.day, asked.frame.zone, asked.organization.id, panel.form, words)
    if wish is None or not panel.form.ok:
        return show(request, viewer, session, now, wanted, panel, status=422)
    if typed.values["check"]:
        return show(request, viewer, session, now, wanted, panel)
    try:
        with session.begin_nested():
            made = service.book(session, viewer, replace(wish, participants=participants), now)
    except FleetError as error:
        panel.failure = words.say(error)
        return show(request, viewer, session, now, wanted, panel, status=status_of(error))
    return RedirectResponse(f"/bookings/{made.id}", 303)


@router.post("/bookings/{booking_id}/move")
def move(
    request: Request, viewer: PageViewer, session: WriteSession, now: Now, booking_id: str, typed: TypedForm
) -> Response:
    """Give a booking another slot."""
    moving = find(session, viewer, booking_id)
    wanted = replace(typed.wanted(), move=moving.id, organization=moving.organization_id)
    zone = zone_of(session, moving.organization_id)
    wanted = _with_option(_of_booking(session, wanted, moving), typed, zone)
    words = words_of(request, viewer, zone)
    panel = Panel(Form(typed.values), moving=moving)
    day = wanted.day or formats.in_zone(moving.starts_at, zone).date()
    wish = request_of(wanted, day, zone, moving.organization_id, panel.form, words)
    if wish is None:
        return show(request, viewer, session, now, wanted, panel, status=422)
    version = typed.values["version"]
    try:
        with session.begin_nested():
            number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None
            service.move(session, viewer, moving, wish.starts_at, wish.ends_at, number, now)
    except FleetError as error:
        panel.failure = words.say(error)
        return show(request, viewer, session, now, wanted, panel, status=status_of(error))
    return RedirectResponse(f"/bookings/{moving.id}", 303)


def show(
    request: Request,
    viewer: Viewer,
    session: Session,
    now: datetime,
    wanted: Wanted,
    panel: Panel,
    status: int = 200,
) -> Response:
    """Render the page for a query and the state of its form."""
    asked = _asked(request, viewer, session, now, wanted)
    words = words_of(request, viewer, asked.frame.zone)
    frame = asked.frame
    groups = board.board(session, viewer, asked.organization, frame, wanted.capability, wanted.school, now)
    rows = board.rows_of(groups)
    board.judge(rows, asked.focus, asked.length)
    drafted = bool(wanted.resource or wanted.move)
    if panel.request is None and drafted and wanted.start and wanted.end and not panel.form.errors:
        panel.request = request_of(wanted, asked.day, frame.zone, asked.organization.id, panel.form, words)
    judge(session, viewer, panel, board.sight_of(session, viewer), words, now)
    drawn(rows, panel)
    only_free = bool(wanted.free) or bool(wanted.start and wanted.end and not drafted)
    shown = _free_groups(groups) if only_free else groups
    return render(
        request,
        viewer,
        "bookings/availability.html",
        status=status,
        wanted=wanted,
        asked=asked,
        frame=frame,
        groups=shown,
        rows=rows,
        fit=[row for row in rows if row.fits],
        kinds=sorted({row.offer.kind for row in rows} | ({wanted.capability} if wanted.capability else set())),
        schools=[group.organization for group in groups],
        soonest=board.earliest(rows, asked.length, now),
        panel=panel,
        may_book=_may_book(session, viewer, asked.organization),
        choices=_choices(rows, wanted),
        option_value=option_value,
        delta=lambda days: timedelta(days=days),
        weekday=lambda day: formats.WEEKDAYS[words._.locale][day.weekday()],
        default_start=_default_start(asked, now),
        free_minutes=wanted.free or FREE_MINUTES,
        placed=asked.organization.kind in PLACES,
        minutes=int(asked.length.total_seconds() // 60),
        live=frame.start <= now < frame.end,
        zone=frame.zone,
    )


def words_of(request: Request, viewer: Viewer, zone: str) -> Words:
    """Return the reader's words."""
    locale = locale_of(request, viewer)
    return Words(translator(locale), lambda error: wording(request, error.code, error.params, locale), zone)


def zone_of(session: Session, organization_id: str) -> str:
    """Return the zone of an organization."""
    return session.get_one(Organization, organization_id).timezone


def _asked(request: Request, viewer: Viewer, session: Session, now: datetime, wanted: Wanted) -> Asked:
    users = _users(session, viewer)
    organization = next((one for one in users if one.id == wanted.organization), users[0])
    zone = organization.timezone
    today = formats.in_zone(now, zone).date()
    day = wanted.day or today
    frame = board.frame_of(session, organization, day, week=wanted.view == "week")
    start, end = moment(day, wanted.start, zone), moment(day, wanted.end, zone)
    texts = words_of(request, viewer, zone)._
    if start is not None and end is not None and start < end:
        return Asked(organization, users, day, frame, (start, end), f"{wanted.start}–{wanted.end}", end - start)
    length = timedelta(minutes=wanted.free or FREE_MINUTES)
    noon = moment(day, f"{NOON}:00", zone)
    if frame.week:
        return Asked(organization, users, day, frame, (max(now, frame.start), frame.end), texts("This week"), length)
    if day == today and noon is not None and now < noon:
        return Asked(organization, users, day, frame, (noon, frame.end), texts("This afternoon"), length)
    when = texts("Today") if day == today else formats.day(frame.start, zone, texts.locale)
    return Asked(organization, users, day, frame, (max(now, frame.start), frame.end), when, length)


def _users(session: Session, viewer: Viewer) -> list[Organization]:
    """Return the organizations a viewer may book for, those where a role starts first; else those that are seen."""
    for roles in (BOOKERS, ()):
        seen = select(Organization).where(
            visible(col(Organization.id), viewer, *roles), col(Organization.closed_at).is_(None)
        )
        found = session.exec(seen).all()
        if found:
            roots = viewer.roots(*roles)
            return sorted(found, key=lambda one: (one.id not in roots, one.name_zh, one.id))
    raise Forbidden("role_missing", roles=", ".join(BOOKERS))


def _may_book(session: Session, viewer: Viewer, organization: Organization) -> bool:
    return may(session, viewer, organization.id, *BOOKERS)


def _moving(session: Session, viewer: Viewer, wanted: Wanted) -> Booking | None:
    if not wanted.move:
        return None
    booking = find(session, viewer, wanted.move)
    if not may_change(session, viewer, booking):
        raise Forbidden("booking_right_missing", booking_id=booking.id)
    return booking


def _of_booking(session: Session, wanted: Wanted, booking: Booking) -> Wanted:
    """Return the query with the resource of a booking and, where none was given, its slot."""
    zone = zone_of(session, booking.organization_id)
    start, end = (formats.in_zone(one, zone) for one in (booking.starts_at, booking.ends_at))
    target = targets.of_booking(session, booking.asset_id, booking.room_id)
    return replace(
        wanted,
        organization=booking.organization_id,
        day=wanted.day or start.date(),
        start=wanted.start or f"{start:%H:%M}",
        end=wanted.end or f"{end:%H:%M}",
        asset=target.name if booking.asset_id else "",
        room=booking.room_id or "",
    )


def _with_option(wanted: Wanted, typed: Typed, zone: str) -> Wanted:
    """Return the query with the option the reader chose, where one was."""
    option = chosen_option(typed.values["option"])
    if option is None:
        return wanted
    (kind, _, name), start, end = option[0].partition(":"), *(formats.in_zone(one, zone) for one in option[1:])
    return replace(
        wanted,
        day=start.date(),
        start=f"{start:%H:%M}",
        end=f"{end:%H:%M}",
        asset=name if kind == "asset" else "",
        room=name if kind == "room" else "",
    )


def _free_groups(groups: Sequence[Group]) -> list[Group]:
    kept = [replace(group, rows=[row for row in group.rows if row.fits or row.draft]) for group in groups]
    return [group for group in kept if group.rows]


def _choices(rows: Sequence[Row], wanted: Wanted) -> list[Row]:
    """Return what the form's list offers: what fits first, the nearest first; what was chosen always."""
    ordered = sorted(
        rows, key=lambda row: (row.key != wanted.resource, not row.fits, row.offer.travel_minutes, row.key)
    )
    return ordered[:MOST_CHOICES]


def _default_start(asked: Asked, now: datetime) -> datetime:
    return next_quarter(max(now, asked.focus[0] if asked.when else now))
