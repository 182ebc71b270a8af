"""Counting again from the segments themselves: for spans that are not whole days, and to prove settled figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.core.clock import from_ms
from fleet_server.core.errors import Invalid
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory.models import Asset, Holding
from fleet_server.nodes.models import Binding
from fleet_server.organizations.calendar import CalendarCache
from fleet_server.organizations.models import Organization
from fleet_server.utilization.accounting import Facts, account, sums_of
from fleet_server.utilization.figures import GroupBy, below, check_seen
from fleet_server.utilization.gathering import Gatherer
from fleet_server.utilization.rules import Sums

MOST_ASSET_DAYS = 10_000
"""More is some five seconds of work: such questions are answered from settled days."""


class SpanTooFine(Invalid):
    """So many assets over so long a span are only counted by whole days."""

    code = "span_too_fine"


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked: an organization with all below it (None = all the viewer sees), [start, end) in ms UTC."""

    organization_id: str | None
    start: int
    end: int


def recount(session: Session, viewer: Viewer, span: Span, group_by: GroupBy, now: datetime) -> dict[str, Sums]:
    """Return what was counted by row, computed from segments, claims and calendars as they are now.

    Raises: NotFound for an organization outside the viewer's part of the tree; SpanTooFine.
    """
    holders = holders_seen(session, viewer, span.organization_id)
    assets = metered_assets(session, holders, span)
    if len(assets) * max(1, (span.end - span.start) // 86_400_000) > MOST_ASSET_DAYS:
        raise SpanTooFine(field="from", assets=len(assets))
    gatherer = Gatherer(session, CalendarCache(session).core_hours, now)
    counted: dict[str, Sums] = {}
    for asset in assets:
        facts = gatherer.exactly(asset.id, span.start, span.end)
        for key, sums in _rows(facts, asset, holders, group_by) if facts else ():
            counted[key] = counted.get(key, Sums()) + sums
    return counted


def row_key(group_by: GroupBy, asset: Asset, holder_id: str, day: date, hour: int | None) -> str:
    """Return the key of the row that a stretch of an asset's time counts in."""
    keys: dict[GroupBy, str] = {
        GroupBy.ORGANIZATION: holder_id,
        GroupBy.ASSET_TYPE: asset.asset_type_id,
        GroupBy.ASSET: asset.asset_code,
        GroupBy.DAY: day.isoformat(),
        GroupBy.MONTH: day.isoformat()[:7],
        GroupBy.HOUR_OF_WEEK: f"{day.isoweekday()} {hour or 0:02d}:00",
    }
    return keys[group_by]


def _rows(facts: Facts, asset: Asset, holders: set[str], group_by: GroupBy) -> Iterator[tuple[str, Sums]]:
    made = account(facts)
    rows = made.hours if group_by == GroupBy.HOUR_OF_WEEK else made.days
    for row in rows.values():
        if row["holder_id"] in holders:
            key = row_key(group_by, asset, row["holder_id"], row["day"], row.get("hour"))
            yield key, _hour_sums(row) if "hour" in row else sums_of(row)


def _hour_sums(row: dict[str, Any]) -> Sums:
    return Sums(
        core=row["core_ms"],
        maintenance=row["core_ms"] - row["available_ms"],
        unknown=row["available_ms"] - row["known_ms"],
        used=row["used_ms"],
        booked=row["booked_ms"],
        used_booked=row["used_booked_ms"],
        lesson=row["lesson_ms"],
        used_lesson=row["used_lesson_ms"],
        borrowed=row["used_ms"] if row["user_id"] != row["owner_id"] else 0,
    )


def holders_seen(session: Session, viewer: Viewer, organization_id: str | None) -> set[str]:
    """Return the organizations a question is about, as far as the viewer sees them.

    Raises: NotFound for an organization outside the viewer's part of the tree.
    """
    found = select(Organization.id).where(visible(col(Organization.id), viewer))
    if organization_id is not None:
        check_seen(session, viewer, organization_id)
        found = found.where(col(Organization.id).in_(below(organization_id)))
    return set(session.exec(found))


def metered_assets(session: Session, holders: set[str], span: Span) -> list[Asset]:
    """Return the assets with a device that one of the organizations held within the span."""
    held = (
        sa.select(col(Holding.asset_id))
        .where(col(Holding.holder_id).in_(holders), col(Holding.since) < from_ms(span.end))
        .where(col(Holding.until).is_(None) | (col(Holding.until) > from_ms(span.start)))
    )
    bound = sa.select(col(Binding.asset_id)).where(col(Binding.since_ms) < span.end)
    found = select(Asset).where(col(Asset.id).in_(held), col(Asset.id).in_(bound))
    return list(session.exec(found.order_by(col(Asset.asset_code))))
