"""Calendar feeds of assets, rooms and organizations: RFC 5545 text behind an address nobody can guess."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from fleet_server.bookings import rules
from fleet_server.bookings.models import Booking
from fleet_server.core.errors import NotFound
from fleet_server.inventory.models import Asset, Room
from fleet_server.organizations.models import Organization

KINDS = {"a": "asset", "r": "room", "o": "organization"}
BACK, AHEAD = timedelta(days=30), timedelta(days=400)
_CALLED_OFF = frozenset(
    {rules.State.REJECTED, rules.State.CANCELLED, rules.State.EXPIRED, rules.State.RELEASED, rules.State.NO_SHOW}
)
_WORDS = {"requested": "待审批 / requested", "checked_out": "使用中 / checked out"}


@dataclass(frozen=True, slots=True)
class Feed:
    """What a calendar shows: a title and the bookings of one asset, room or organization."""

    title: str
    bookings: list[Booking]
    places: dict[str, str]
    things: dict[str, str]


def token_of(secret: str, kind: str, key: str) -> str:
    """Return the unguessable token of a calendar; `kind` is a, r or o.

    Raises: NotFound where the server has no secret, and so no feeds.
    """
    if not secret:
        raise NotFound("calendar_not_found")
    return f"{kind}-{key}-{_seal(secret, kind, key)}"


def read(session: Session, secret: str, token: str, now: datetime) -> Feed:
    """Return the feed of a token: the last 30 days, with what was called off, and all that is ahead.

    Raises: NotFound for a token this server did not make, in constant time.
    """
    kind, _, rest = token.partition("-")
    key, _, seal = rest.rpartition("-")
    known = bool(secret) and kind in KINDS and hmac.compare_digest(seal.encode(), _seal(secret, kind, key).encode())
    if not known:
        raise NotFound("calendar_not_found")
    clause = {
        "a": col(Booking.asset_id) == key,
        "r": col(Booking.room_id) == key,
        "o": (col(Booking.organization_id) == key) | (col(Booking.lender_id) == key),
    }[kind]
    statement = (
        select(Booking)
        .where(clause, Booking.ends_at > now - BACK, Booking.starts_at < now + AHEAD)
        .order_by(col(Booking.starts_at), col(Booking.id))
    )
    bookings = list(session.exec(statement))
    return Feed(_title(session, kind, key), bookings, _places(session, bookings), _things(session, bookings))


def as_ical(feed: Feed) -> str:
    """Return the feed as an iCalendar object with CRLF lines folded at 75 octets."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Classroom Fleet//EN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escaped(feed.title)}",
        *(line for booking in feed.bookings for line in _event(booking, feed)),
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in fold(line))


def fold(line: str) -> Iterator[str]:
    """Yield a content line in pieces of at most 75 octets, never inside a character (RFC 5545, 3.1)."""
    piece, size = "", 0
    for letter in line:
        length = len(letter.encode())
        if size + length > 75:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + length
    yield piece


def _event(booking: Booking, feed: Feed) -> Iterator[str]:
    thing = feed.things.get(booking.asset_id or booking.room_id or "", "")
    place = feed.places.get(booking.organization_id, "")
    called_off = booking.state in _CALLED_OFF
    word = _WORDS.get(booking.state, "")
    yield "BEGIN:VEVENT"
    yield f"UID:{booking.id}@classroom-fleet"
    yield f"DTSTAMP:{_time(booking.created_at)}"
    yield f"SEQUENCE:{booking.version}"
    yield f"DTSTART:{_time(booking.starts_at)}"
    yield f"DTEND:{_time(booking.ends_at)}"
    yield f"SUMMARY:{_escaped(' · '.join(part for part in (thing, place, word) if part))}"
    yield f"STATUS:{'CANCELLED' if called_off else 'TENTATIVE' if booking.state == 'requested' else 'CONFIRMED'}"
    yield "END:VEVENT"


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "")):
        text = text.replace(plain, escaped)
    return text


def _seal(secret: str, kind: str, key: str) -> str:
    message = f"calendar:{kind}:{key}".encode("utf-8", "replace")
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]


def _title(session: Session, kind: str, key: str) -> str:
    found: Asset | Room | Organization | None
    if kind == "a":
        found = session.get(Asset, key)
    else:
        found = session.get(Room, key) if kind == "r" else session.get(Organization, key)
    if found is None:
        raise NotFound("calendar_not_found")
    return found.asset_code if isinstance(found, Asset) else f"{found.name_zh} / {found.name_en}"


def _places(session: Session, bookings: Iterable[Booking]) -> dict[str, str]:
    ids = {booking.organization_id for booking in bookings}
    rows = session.exec(select(Organization.id, Organization.name_zh).where(col(Organization.id).in_(ids)))
    return dict(rows.all())


def _things(session: Session, bookings: Iterable[Booking]) -> dict[str, str]:
    ids = {booking.asset_id or booking.room_id for booking in bookings}
    assets = session.exec(select(Asset.id, Asset.asset_code).where(col(Asset.id).in_(ids))).all()
    rooms = session.exec(select(Room.id, Room.name_zh).where(col(Room.id).in_(ids))).all()
    return dict([*assets, *rooms])
