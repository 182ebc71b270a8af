"""The form of a new or moved booking: what was typed, what the slot check says of it, what would work instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Form
from sqlmodel import Session, col, select

from fleet_server.bookings.alternatives import Alternative
from fleet_server.bookings.blocks import Block, Sight
from fleet_server.bookings.board import Row
from fleet_server.bookings.checking import Verdict, Words, check, titles
from fleet_server.bookings.models import Booking
from fleet_server.bookings.wanted import Wanted, moment
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.errors import FleetError
from fleet_server.core.scope import Viewer
from fleet_server.inventory.models import Room
from fleet_server.web import forms
from fleet_server.web.i18n import name_of

Text = Annotated[str, Form(max_length=2000)]
MOST_PARTICIPANTS = 10_000
MOST_PURPOSE = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they were sent."""

    values: Mapping[str, str]

    def wanted(self) -> Wanted:
        """Return the page's query that shows this form."""
        kind, _, name = self.values.get("resource", "").partition(":")
        day = self.values.get("day", "")
        return Wanted(
            organization=self.values.get("organization", "")[:64],
            day=_day(day),
            start=self.values.get("start", "")[:8],
            end=self.values.get("end", "")[:8],
            asset=name[:48] if kind == "asset" else "",
            room=name[:64] if kind == "room" else "",
        )


def typed_of(
    organization: Text = "",
    resource: Text = "",
    day: Text = "",
    start: Text = "",
    end: Text = "",
    purpose: Text = "",
    participants: Text = "",
    option: Text = "",
    version: Text = "",
    check: Text = "",
) -> Typed:
    """Read the form."""
    values = {
        "organization": organization,
        "resource": resource,
        "day": day,
        "start": start,
        "end": end,
        "purpose": purpose,
        "participants": participants,
        "option": option,
        "version": version,
        "check": check,
    }
    return Typed({name: clean(value) for name, value in values.items()})


TypedForm = Annotated[Typed, Depends(typed_of)]


@dataclass(slots=True)
class Panel:
    """The side panel: form, check, options with their titles; `moving` is the booking that gets another slot."""

    form: forms.Form
    request: BookingRequest | None = None
    verdict: Verdict | None = None
    options: list[tuple[Alternative, tuple[str, str]]] = field(default_factory=list)
    moving: Booking | None = None
    failure: str = ""


def request_of(
    wanted: Wanted, day: date, zone: str, organization_id: str, form: forms.Form, words: Words
) -> BookingRequest | None:
    """Return what the form asks for; None with the failures noted in the form where it cannot be read."""
    _ = words._
    start, end = moment(day, wanted.start, zone), moment(day, wanted.end, zone)
    if start is None:
        form.fail("start", _("Give the start as hours and minutes, as in 14:00."))
    if end is None:
        form.fail("end", _("Give the end as hours and minutes, as in 15:30."))
    if not wanted.resource:
        form.fail("resource", _("Choose what to book."))
    if start is None or end is None or not wanted.resource:
        return None
    return BookingRequest(
        starts_at=start,
        ends_at=end,
        organization_id=organization_id,
        asset_code=wanted.asset or None,
        room_id=wanted.room or None,
        purpose=form.value("purpose"),
        participants=None,
    )


def read_rest(form: forms.Form, words: Words) -> int | None:
    """Check purpose and participants; return the number of participants, None where none was given."""
    _ = words._
    if len(form.value("purpose")) > MOST_PURPOSE:
        form.fail("purpose", _("Say what it is for in %(count)s characters at most.", count=MOST_PURPOSE))
    text = form.value("participants").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 6 or int(text) > MOST_PARTICIPANTS:
        form.fail("participants", _("Give the number of participants as a whole number."))
        return None
    return int(text)


def judge(
    session: Session,
    viewer: Viewer,
    panel: Panel,
    sight: Sight,
    words: Words,
    now: datetime,
) -> None:
    """Fill in what the slot check says, and the options that work."""
    if panel.request is None:
        return
    try:
        verdict = check(session, viewer, panel.request, sight, words, now, panel.moving)
    except FleetError as error:
        panel.failure = panel.failure or words.say(error)
        return
    panel.verdict = verdict
    options = [one for one in verdict.options if panel.moving is None or one.kind != "other_resource"]
    named = titles(options, panel.request, _names(session, options, words._.locale), words)
    panel.options = list(zip(options, named, strict=True))


def option_value(one: Alternative) -> str:
    """Return an option as the form sends it back."""
    resource = f"asset:{one.name}" if one.resource_kind == "asset" else f"room:{one.resource_id}"
    return f"{resource} {one.start.astimezone(UTC):%Y-%m-%dT%H:%MZ} {one.end.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def chosen_option(text: str) -> tuple[str, datetime, datetime] | None:
    """Return the resource, start and end of an option the form sent back; None for anything else."""
    parts = text.rsplit(" ", 2)
    if len(parts) != 3 or not parts[0].startswith(("asset:", "room:")):
        return None
    try:
        start, end = (datetime.fromisoformat(part.replace("Z", "+00:00")) for part in parts[1:])
    except ValueError:
        return None
    return (parts[0], start, end) if start.tzinfo and end.tzinfo else None


def drawn(rows: Sequence[Row], panel: Panel) -> None:
    """Draw the draft into its row, with its way there and back, and mark what it collides with."""
    verdict, request = panel.verdict, panel.request
    if verdict is None or request is None or not request.starts_at < request.ends_at:
        return
    row = next((one for one in rows if one.offer.id == verdict.target.id), None)
    if row is None:
        return
    own = panel.moving.id if panel.moving else "-"
    row.draft = [Block(request.starts_at, request.ends_at, "new")]
    way_out, way_back = request.starts_at - verdict.target.setup, request.ends_at + verdict.target.clear
    if verdict.busy[0] < way_out:
        row.draft.append(Block(verdict.busy[0], way_out, "in_transit"))
    if way_back < verdict.busy[1]:
        row.draft.append(Block(way_back, verdict.busy[1], "in_transit"))
    row.blocks = [
        ringed(one) if one.start < verdict.busy[1] and one.end > verdict.busy[0] and one.booking_id != own else one
        for one in row.blocks
    ]


def ringed(block: Block) -> Block:
    """Return a block ringed as being in the way."""
    return replace(block, clash=True)


def next_quarter(now: datetime) -> datetime:
    """Return the next quarter of an hour."""
    past = timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)
    return now + (timedelta(minutes=15) - past if past else timedelta())


def clean(text: str) -> str:
    """Return typed text without what no field may hold: control characters and lone surrogates."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _names(session: Session, options: Sequence[Alternative], locale: str) -> dict[str, str]:
    rooms = [one.resource_id for one in options if one.resource_kind == "room"]
    found = session.exec(select(Room).where(col(Room.id).in_(rooms))).all() if rooms else []
    return {room.id: name_of(room, locale) for room in found}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2100 else None
