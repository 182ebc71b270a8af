"""What to offer when a slot is taken: the same later, the same on another day, another at the same time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from fleet_server.bookings import lending, rules, targets
from fleet_server.bookings.targets import Target
from fleet_server.bookings.travel import Travel, travel_of
from fleet_server.bookings.wishes import BookingRequest
from fleet_server.core.errors import NotFound
from fleet_server.inventory.models import Room
from fleet_server.organizations.models import Organization
from fleet_server.schedule import service as schedule
from fleet_server.schedule.rules import Range, free_slots, overlap
from fleet_server.schedule.service import SlotTaken

AHEAD = timedelta(days=7)
OTHERS = 3
_STEP = timedelta(minutes=5)
_DAY_STARTS, _DAY_ENDS = time(7), time(21)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A slot that is free: `kind` is later, other_day or other_resource; `travel_minutes` to the user's school."""

    kind: str
    resource_kind: str
    resource_id: str
    name: str
    holder_id: str
    start: datetime
    end: datetime
    travel_minutes: int

    def as_fact(self) -> dict[str, object]:
        """Return it as an error's parameter."""
        named = {"asset_code": self.name} if self.resource_kind == "asset" else {"room_id": self.resource_id}
        return {
            "kind": self.kind,
            **named,
            "holder_id": self.holder_id,
            "start": self.start.astimezone(UTC).isoformat(),
            "end": self.end.astimezone(UTC).isoformat(),
            "travel_minutes": self.travel_minutes,
        }


def offered(
    session: Session, refused: SlotTaken, target: Target, request: BookingRequest, now: datetime, but: str = ""
) -> SlotTaken:
    """Return the refusal with what is free instead; `but` is a claim to look past, the one to be moved."""
    found = find(session, target, request, now, but)
    return SlotTaken(refused.conflicts, alternatives=[one.as_fact() for one in found])


def find(session: Session, target: Target, request: BookingRequest, now: datetime, but: str = "") -> list[Alternative]:
    """Return up to seven free slots: two later, two on other days, three of other assets or rooms."""
    travel = travel_of(session, request.organization_id)
    return [
        *_same_resource(session, target, request, travel, now, but),
        *_other_resources(session, target, request, travel, now),
    ]


def _same_resource(
    session: Session, target: Target, request: BookingRequest, travel: Travel, now: datetime, but: str
) -> Iterator[Alternative]:
    if targets.why_not(target, request.starts_at, request.ends_at) not in (None, "room_closed"):
        return
    busy_from, busy_until = targets.busy_range(
        session, target, request.organization_id, request.starts_at, request.ends_at
    )
    lead, tail = request.starts_at - busy_from, busy_until - request.ends_at
    start, length = max(request.starts_at, now), request.ends_at - request.starts_at
    window = (start, start + AHEAD + length)
    claims = schedule.busy(session, target.resource_kind, [target.id], start - lead, window[1] + tail, now)
    busy = [(claim.busy_from, claim.busy_until) for claim in claims if claim.id != but]
    fits = free_slots(window, busy, lead, tail, length)
    for kind, found in (
        ("later", later(fits, length, target)),
        ("other_day", other_days(fits, (request.starts_at, request.ends_at), target)),
    ):
        for slot in found:
            yield _alternative(kind, target, slot, travel)


def later(fits: Sequence[Range], length: timedelta, target: Target) -> list[Range]:
    """Return up to two slots in the free ranges, each at the start of one, by day."""
    found = []
    for start, end in fits:
        slot = _by_day(_rounded(start), end, length, target)
        if slot is not None:
            found.append(slot)
    return found[:2]


def other_days(fits: Sequence[Range], slot: Range, target: Target) -> list[Range]:
    """Return up to two slots at the same time of day within a week; on weekends only if the wish was for one."""
    zone = ZoneInfo(target.zone)
    weekend = slot[0].astimezone(zone).weekday() >= 5
    found = []
    for days in range(1, AHEAD.days + 1):
        start = _shifted(slot[0], days, zone)
        moved = (start, start + (slot[1] - slot[0]))
        local = start.astimezone(zone)
        inside = any(free[0] <= moved[0] and moved[1] <= free[1] for free in fits)
        if inside and (weekend or local.weekday() < 5) and targets.why_not(target, *moved) is None:
            found.append(moved)
    return found[:2]


def _other_resources(
    session: Session, target: Target, request: BookingRequest, travel: Travel, now: datetime
) -> Iterator[Alternative]:
    peers = _peers(session, target, request.organization_id, travel, now)
    slot = (request.starts_at, request.ends_at)
    margin = timedelta(days=1)
    claims = schedule.busy(
        session, target.resource_kind, [peer.id for peer in peers], slot[0] - margin, slot[1] + margin, now
    )
    busy: dict[str, list[Range]] = {}
    for claim in claims:
        busy.setdefault(claim.resource_id, []).append((claim.busy_from, claim.busy_until))
    left = OTHERS
    for peer in peers:
        if left == 0 or targets.why_not(peer, *slot) is not None:
            continue
        wanted = targets.busy_range(session, peer, request.organization_id, *slot)
        if not any(overlap(wanted, taken) for taken in busy.get(peer.id, ())):
            left -= 1
            yield _alternative("other_resource", peer, slot, travel)


def _peers(session: Session, target: Target, organization_id: str, travel: Travel, now: datetime) -> list[Target]:
    if target.resource_kind == "asset":
        try:
            found = targets.by_capability(session, target.kind, organization_id, now)
        except NotFound:
            return []
        return [peer for peer in found if peer.id != target.id]
    shared = lending.shared_with(organization_id, now.date(), col(Room.organization_id))
    statement = (
        select(Room)
        .join(Organization, col(Room.organization_id) == col(Organization.id))
        .where(Room.bookable, Room.id != target.id, shared)
        .order_by(col(Room.id))
    )
    rooms = [targets.room_target(session, room) for room in session.exec(statement)]
    return sorted(rooms, key=lambda room: (room.lender_id != target.lender_id, travel.to_user(room.lender_id), room.id))


def _alternative(kind: str, target: Target, slot: Range, travel: Travel) -> Alternative:
    minutes = travel.to_user(target.lender_id)
    return Alternative(kind, target.resource_kind, target.id, target.name, target.lender_id, *slot, minutes)


def _by_day(start: datetime, end: datetime, length: timedelta, target: Target) -> Range | None:
    """Return the first slot of a free range that lies inside one day's hours."""
    zone = ZoneInfo(target.zone)
    opens, closes = target.opens or _DAY_STARTS, target.closes or _DAY_ENDS
    while start + length <= end:
        if length >= timedelta(hours=12) or rules.within_opening(start, start + length, opens, closes, zone):
            return start, start + length
        local = start.astimezone(zone)
        day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
        start = datetime.combine(day, opens, zone).astimezone(UTC)
    return None


def _rounded(moment: datetime) -> datetime:
    excess = timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not excess else moment - excess + _STEP


def _shifted(moment: datetime, days: int, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone)
    return datetime.combine(local.date() + timedelta(days=days), local.time(), zone).astimezone(UTC)
