"""Whether a slot could be booked, and why not: by the rules of booking itself, in words, with what would work."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from fleet_server.bookings import alternatives, rules, service, targets
from fleet_server.bookings.alternatives import Alternative
from fleet_server.bookings.blocks import Sight
from fleet_server.bookings.models import Booking
from fleet_server.bookings.targets import Target
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.errors import FleetError
from fleet_server.core.scope import Viewer
from fleet_server.organizations.models import Organization
from fleet_server.schedule import service as schedule
from fleet_server.schedule.models import Claim
from fleet_server.schedule.rules import Range
from fleet_server.web import formats
from fleet_server.web.i18n import Translator, name_of

KINDS = {
    "booking": "booking",
    "lesson": "lesson",
    "maintenance": "maintenance",
    "transfer": "transport",
    "round": "round",
}


Say = Callable[[FleetError], str]
"""Gives the text of an error in the reader's language."""


@dataclass(frozen=True, slots=True)
class Words:
    """The reader's language, the texts of errors, and the zone times are said in."""

    _: Translator
    say: Say
    zone: str

    def clock(self, moment: datetime) -> str:
        """Return a time of day."""
        return formats.clock(moment, self.zone)

    def local(self, moment: datetime) -> str:
        """Return a day and time."""
        return formats.local(moment, self.zone)


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding: `level` is bad, warn or ok; `detail` names its source."""

    level: str
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: the reasons, the busy range, the claims in the way, what would work instead."""

    target: Target
    reasons: list[Reason]
    busy: Range
    in_the_way: frozenset[str]
    options: list[Alternative]
    held_until: datetime | None

    @property
    def ok(self) -> bool:
        """Whether the slot can be booked as asked."""
        return all(reason.level != "bad" for reason in self.reasons)


def check(
    session: Session,
    viewer: Viewer,
    request: BookingRequest,
    sight: Sight,
    words: Words,
    now: datetime,
    moving: Booking | None = None,
) -> Verdict:
    """Judge a slot of one asset or room; `moving` is the booking whose own claim does not count.

    Raises: NotFound for a resource nobody shares with the organization.
    """
    target = service.candidates(session, request, now)[0]
    slot = (request.starts_at, request.ends_at)
    busy = targets.busy_range(session, target, request.organization_id, *slot)
    claims = schedule.busy(session, target.resource_kind, [target.id], *busy, now)
    claims = [claim for claim in claims if moving is None or claim.id != moving.claim_id]
    reasons = [*_of_slot(slot, moving, words, now), *_of_target(target, slot, words)]
    reasons += [_conflict(claim, sight.names(target.lender_id, target.owner_id), words) for claim in claims]
    approval, held_until = _approval(session, viewer, target, request, words, now)
    reasons += [*_way(busy, slot, target, words), approval]
    but = moving.claim_id if moving else ""
    bad = any(reason.level == "bad" for reason in reasons)
    options = alternatives.find(session, target, request, now, but) if bad else []
    return Verdict(target, reasons, busy, frozenset(claim.id for claim in claims), options, held_until)


def _of_slot(slot: Range, moving: Booking | None, words: Words, now: datetime) -> list[Reason]:
    if moving is not None and slot[0] == moving.starts_at and slot[1] > now:
        return []
    try:
        rules.check_slot(*slot, now)
    except FleetError as error:
        return [Reason("bad", words.say(error))]
    return []


def _of_target(target: Target, slot: Range, words: Words) -> list[Reason]:
    _ = words._
    try:
        targets.check(target, *slot)
    except FleetError as error:
        return [Reason("bad", words.say(error))]
    return [Reason("ok", _("In service and open to booking"))]


def _conflict(claim: Claim, named: bool, words: Words) -> Reason:
    _ = words._
    short = claim.busy_until - claim.busy_from < timedelta(hours=16)
    say = words.clock if short else words.local
    text = _(
        "Overlaps the %(kind)s from %(start)s to %(end)s",
        kind=_(KINDS.get(claim.kind, "booking")),
        start=say(claim.busy_from),
        end=say(claim.busy_until),
    )
    details = [claim.title] if named and claim.title else []
    if claim.held_until is not None:
        details.append(_("not approved yet, held until %(time)s", time=words.local(claim.held_until)))
    return Reason("bad", text, "　".join(details))


def _way(busy: Range, slot: Range, target: Target, words: Words) -> list[Reason]:
    _ = words._
    if busy == slot:
        return []
    text = _("Takes %(start)s–%(end)s in all", start=words.clock(busy[0]), end=words.clock(busy[1]))
    detail = _("with the way there and back and preparation") if target.roams else _("with preparation and clearing up")
    return [Reason("ok", text, detail)]


def _approval(
    session: Session, viewer: Viewer, target: Target, request: BookingRequest, words: Words, now: datetime
) -> tuple[Reason, datetime | None]:
    _ = words._
    if not service.needs_approval(session, viewer, target, request.organization_id):
        return Reason("ok", _("Booked at once, nobody needs to approve it")), None
    lender = session.get_one(Organization, target.lender_id)
    try:
        until = service.asked_until(request.starts_at, now)
    except FleetError as error:
        return Reason("bad", words.say(error)), None
    text = _("%(school)s has to approve it", school=name_of(lender, _.locale))
    return Reason("warn", text, _("the slot is held for you until %(time)s", time=words.local(until))), until


def titles(
    options: Sequence[Alternative], request: BookingRequest, names: Mapping[str, str], words: Words
) -> list[tuple[str, str]]:
    """Return of each option what it offers in bold, and how it differs; `names` are those of rooms by id."""
    return [(_when(one, request, words), _how(one, request, names, words)) for one in options]


def _when(one: Alternative, request: BookingRequest, words: Words) -> str:
    span = f"{words.clock(one.start)}–{words.clock(one.end)}"
    day = formats.in_zone(one.start, words.zone).date()
    same_day = day == formats.in_zone(request.starts_at, words.zone).date()
    return span if same_day else f"{formats.day(one.start, words.zone, words._.locale)} {span}"


def _how(one: Alternative, request: BookingRequest, names: Mapping[str, str], words: Words) -> str:
    _ = words._
    if one.kind == "other_resource":
        name = names.get(one.resource_id, one.name)
        if one.travel_minutes:
            return _("%(name)s instead, %(minutes)s min away", name=name, minutes=one.travel_minutes)
        return _("%(name)s instead", name=name)
    minutes = round((one.start - request.starts_at).total_seconds() / 60)
    if one.kind == "later" and 0 < minutes < 1440:
        return _("the same, %(minutes)s min later", minutes=minutes)
    return _("the same")
