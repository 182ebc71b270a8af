"""What a figure is made of: the stretches of core time, the bookings and the calendar days behind one row."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from fleet_server.core.clock import from_ms
from fleet_server.core.errors import NotFound
from fleet_server.core.scope import Viewer
from fleet_server.inventory.models import Asset
from fleet_server.organizations.calendar import CalendarCache
from fleet_server.utilization.accounting import IN_USE, UNKNOWN, Facts, Piece, pieces
from fleet_server.utilization.days import local_day, local_hour
from fleet_server.utilization.figures import GroupBy, Row
from fleet_server.utilization.gathering import Gatherer
from fleet_server.utilization.promises import Booked, bookings, fixed_rooms
from fleet_server.utilization.recounting import (
    MOST_ASSET_DAYS,
    Span,
    SpanTooFine,
    holders_seen,
    metered_assets,
    row_key,
)
from fleet_server.utilization.rules import Sums
from fleet_server.utilization.service import Question, span_of, zone_of

CALCULATION = "1"
"""Number of the way figures are calculated; a change of the rules changes it."""


class RowNotFound(NotFound):
    """The report has no such row."""

    code = "utilization_row_not_found"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of core time of one asset in which nothing changes, and how it counts."""

    asset_code: str
    start: datetime
    end: datetime
    state: str
    counted: str
    holder_id: str
    user_id: str
    promise: str


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """One local day of the organization asked about: what kind it is and how much core time it has."""

    day: date
    kind: str
    name: str
    core_ms: int


@dataclass(frozen=True, slots=True)
class Subject:
    """The row whose evidence is asked for, and who asks."""

    question: Question
    key: str
    span: Span
    holders: frozenset[str]
    zone: str


def subject(session: Session, viewer: Viewer, question: Question, key: str) -> Subject:
    """Return what the evidence of one row is about; "" is the total.

    Raises: NotFound for an organization outside the viewer's part of the tree.
    """
    span = span_of(session, question)
    holders = frozenset(holders_seen(session, viewer, question.organization_id))
    if question.group_by == GroupBy.ORGANIZATION and key:
        if key not in holders:
            raise RowNotFound(row=key)
        holders = frozenset({key})
    return Subject(question, key, span, holders, zone_of(session, question.organization_id))


def assets_of(session: Session, asked: Subject) -> list[Asset]:
    """Return the assets whose time may count in the row."""
    assets = metered_assets(session, set(asked.holders), asked.span)
    by = asked.question.group_by
    if asked.key and by == GroupBy.ASSET:
        return [asset for asset in assets if asset.asset_code == asked.key]
    if asked.key and by == GroupBy.ASSET_TYPE:
        return [asset for asset in assets if asset.asset_type_id == asked.key]
    return assets


def stretches(session: Session, asked: Subject, now: datetime) -> Iterator[Stretch]:
    """Yield the core time behind a row, asset by asset; its lengths sum to the row's figures to the millisecond.

    Raises: SpanTooFine for more than 10,000 asset-days.
    """
    gatherer = Gatherer(session, CalendarCache(session).core_hours, now)
    for asset in _bounded(session, asked):
        facts = gatherer.exactly(asset.id, asked.span.start, asked.span.end)
        for piece in _counted(asset, facts, asked) if facts else ():
            yield _stretch(asset, piece)


def bookings_of(session: Session, asked: Subject, now: datetime) -> Iterator[tuple[Asset, Booked]]:
    """Yield the bookings that were due within the row, without who asked for them."""
    gatherer = Gatherer(session, CalendarCache(session).core_hours, now)
    for asset in _bounded(session, asked):
        held = gatherer.holdings(asset)
        for one in bookings(session, asset, fixed_rooms(asset, held), asked.span.start, asked.span.end):
            holder = next((part.holder_id for part in held if part.start <= one.start < part.end), "")
            day, hour = local_day(one.start, asked.zone), local_hour(one.start, asked.zone)
            if holder in asked.holders and _in_row(asked, asset, holder, day, hour):
                yield asset, one


def calendar_lines(session: Session, asked: Subject) -> list[CalendarLine]:
    """Return the calendar of the row's organization day by day; of the one asked about where a row spans several."""
    organization_id = asked.key if asked.question.group_by == GroupBy.ORGANIZATION else asked.question.organization_id
    if not organization_id:
        return []
    cache = CalendarCache(session, [organization_id])
    first, last = local_day(asked.span.start, asked.zone), local_day(asked.span.end - 1, asked.zone)
    lines = []
    for day in cache.days(organization_id, first, last):
        opens = datetime(day.day.year, day.day.month, day.day.day, tzinfo=cache.zone(organization_id))
        hours = cache.core_hours(organization_id, opens, opens + timedelta(days=1))
        core = sum(int((end - start).total_seconds() * 1000) for start, end in hours)
        lines.append(CalendarLine(day.day, day.kind.value, day.name or day.note, core))
    return lines


def recounted(found: Sequence[Stretch]) -> Sums:
    """Return what stretches add up to; the same as the settled row."""
    lengths: dict[str, int] = {}
    for one in found:
        spent = round((one.end - one.start).total_seconds() * 1000)
        lengths["core"] = lengths.get("core", 0) + spent
        if one.counted in ("used", "setup", "maintenance", "in_transit", "unknown"):
            lengths[one.counted] = lengths.get(one.counted, 0) + spent
    return Sums(**lengths)


def digest(row: Row, question: Question) -> str:
    """Return a check value over the figures and what was asked; equal figures give equal values."""
    asked = [str(question.start), str(question.end), question.group_by, question.method, row.key, CALCULATION]
    body = json.dumps([asked, asdict(row.sums)], separators=(",", ":"))
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _bounded(session: Session, asked: Subject) -> list[Asset]:
    assets = assets_of(session, asked)
    if len(assets) * max(1, (asked.span.end - asked.span.start) // 86_400_000) > 2 * MOST_ASSET_DAYS:
        raise SpanTooFine(field="from", assets=len(assets))
    return assets


def _counted(asset: Asset, facts: Facts, asked: Subject) -> Iterator[Piece]:
    for piece in pieces(facts):
        day, holder = piece.window
        if piece.hour is not None and holder in asked.holders and _in_row(asked, asset, holder, day, piece.hour):
            yield piece


def _in_row(asked: Subject, asset: Asset, holder_id: str, day: date, hour: int) -> bool:
    return not asked.key or row_key(asked.question.group_by, asset, holder_id, day, hour) == asked.key


def _stretch(asset: Asset, piece: Piece) -> Stretch:
    named = {IN_USE: "used", UNKNOWN: "unknown"}
    kept = ("setup", "maintenance", "in_transit")
    return Stretch(
        asset_code=asset.asset_code,
        start=from_ms(piece.start),
        end=from_ms(piece.end),
        state=piece.state,
        counted=named.get(piece.state, piece.state if piece.state in kept else "idle"),
        holder_id=piece.window.holder_id,
        user_id=piece.user_id,
        promise=piece.promise.kind if piece.promise else "",
    )
