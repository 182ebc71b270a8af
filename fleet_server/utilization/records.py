"""Records behind a row: how many segments, sessions and dark stretches its assets had, and the segments themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from fleet_server.bookings.models import BookingSession
from fleet_server.inventory.models import Asset
from fleet_server.nodes.models import Binding
from fleet_server.usage.models import Segment
from fleet_server.utilization.recounting import Span

FOREVER = 1 << 52
_RECENT_MS = 2 * 86_400_000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records there are; `causes` is of how many kinds the stretches without data are."""

    segments: int
    sessions: int
    booked_sessions: int
    dark: int
    causes: int


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One measured segment of an asset, milliseconds UTC."""

    asset_code: str
    start_ms: int
    end_ms: int
    state: str
    cause: str


def counts(session: Session, assets: Sequence[Asset], span: Span) -> Counts:
    """Return how many records of the assets touch the span."""
    dark = col(Segment.state) == "unknown"
    number = sa.func.count()
    row = session.execute(
        sa.select(
            number,
            sa.func.coalesce(sa.func.sum(sa.case((dark, 1), else_=0)), 0),
            sa.func.count(sa.distinct(sa.case((dark, col(Segment.cause))))),
        )
        .select_from(Segment)
        .join(Binding, _bound(Segment))
        .where(*_within(Segment, assets, span))
    ).one()
    used = session.execute(
        sa.select(number, sa.func.count(col(BookingSession.booking_id)))
        .select_from(BookingSession)
        .join(Binding, _bound(BookingSession))
        .where(*_within(BookingSession, assets, span))
    ).one()
    return Counts(segments=row[0], sessions=used[0], booked_sessions=used[1], dark=int(row[1]), causes=row[2])


def segments(
    session: Session, assets: Sequence[Asset], span: Span, limit: int, offset: int = 0, state: str = ""
) -> list[SegmentLine]:
    """Return the assets' segments that touch the span, newest first."""
    found = (
        sa.select(
            col(Asset.asset_code), col(Segment.start_ms), col(Segment.end_ms), col(Segment.state), col(Segment.cause)
        )
        .select_from(Segment)
        .join(Binding, _bound(Segment))
        .join(Asset, col(Asset.id) == col(Binding.asset_id))
        .where(*_within(Segment, assets, span))
        .order_by(col(Segment.end_ms).desc(), col(Asset.asset_code))
        .limit(limit)
        .offset(offset)
    )
    if state:
        found = found.where(col(Segment.state) == state)
    return [SegmentLine(*row) for row in session.execute(found)]


def latest(session: Session, assets: Sequence[Asset], span: Span, limit: int) -> list[SegmentLine]:
    """Return the assets' last segments; looking at the last two days first, where they nearly always are."""
    recent = Span(span.organization_id, max(span.start, span.end - _RECENT_MS), span.end)
    found = segments(session, assets, recent, limit)
    return found if len(found) == limit else segments(session, assets, span, limit)


def _bound(table: Any) -> Any:
    return sa.and_(
        col(Binding.device_id) == col(table.device_id),
        col(table.start_ms) < sa.func.coalesce(col(Binding.until_ms), FOREVER),
        col(table.end_ms) > col(Binding.since_ms),
    )


def _within(table: Any, assets: Sequence[Asset], span: Span) -> list[Any]:
    return [
        col(Binding.asset_id).in_([asset.id for asset in assets]),
        col(table.start_ms) < span.end,
        col(table.end_ms) > span.start,
    ]
