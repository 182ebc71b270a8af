"""What the utilization page is asked: organization, period and grouping, all in its address."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query
from sqlmodel import Session, col, select

from fleet_server.core.clock import to_ms
from fleet_server.core.fields import Code, Day, Remark
from fleet_server.core.scope import Viewer, visible
from fleet_server.organizations.calendar import CalendarCache
from fleet_server.organizations.models import Organization
from fleet_server.organizations.rules import TermSpan
from fleet_server.utilization.days import local_day
from fleet_server.utilization.figures import GroupBy, Scope, check_seen

GROUPS = (GroupBy.ORGANIZATION, GroupBy.ASSET_TYPE, GroupBy.MONTH)
WEEKS_DAYS = 28


@dataclass(frozen=True, slots=True)
class Asked:
    """The page's query as it was sent; empty = left to the page."""

    organization: str = ""
    by: str = "organization"
    period: str = "term"
    first: date | None = None
    last: date | None = None
    row: str = ""

    def address(self, path: str = "/utilization", **changes: str) -> str:
        """Return an address that asks the same but for the changes."""
        parts = {
            "organization": self.organization,
            "by": "" if self.by == "organization" else self.by,
            "period": "" if self.period == "term" else self.period,
            "from": self.first.isoformat() if self.first and self.period == "custom" else "",
            "to": self.last.isoformat() if self.last and self.period == "custom" else "",
            "row": self.row,
        } | changes
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{path}?{query}" if query else path


def asked_of(
    organization: Annotated[Code | Literal[""], Query()] = "",
    by: Annotated[Literal["organization", "asset_type", "month"], Query()] = "organization",
    period: Annotated[Literal["term", "weeks", "custom"], Query()] = "term",
    first: Annotated[Day | Literal[""] | None, Query(alias="from")] = None,
    last: Annotated[Day | Literal[""] | None, Query(alias="to")] = None,
    row: Annotated[Remark, Query()] = "",
) -> Asked:
    """Read the page's query."""
    return Asked(organization, by, period, first or None, last or None, row)


AskedQuery = Annotated[Asked, Depends(asked_of)]


@dataclass(frozen=True, slots=True)
class Answered:
    """The organization, days and zone that the query comes to; `term` where it is a school term."""

    organization: Organization
    choices: list[Organization]
    scope: Scope
    zone: str
    term: TermSpan | None

    @property
    def last(self) -> date:
        """The last day, included."""
        return self.scope.until - timedelta(days=1)


def answered(session: Session, viewer: Viewer, asked: Asked, now: datetime) -> Answered | None:
    """Return what the query comes to; None for a viewer without a part of the tree.

    Raises: NotFound for an organization outside it.
    """
    choices = _choices(session, viewer)
    if not choices:
        return None
    if asked.organization:
        check_seen(session, viewer, asked.organization)
    organization = session.get(Organization, asked.organization) if asked.organization else choices[0]
    assert organization is not None
    today = local_day(to_ms(now), organization.timezone)
    term = _term(session, organization.id, today) if asked.period == "term" else None
    first, last = _days(asked, term, today)
    scope = Scope(organization.id, first, last + timedelta(days=1))
    return Answered(organization, choices, scope, organization.timezone, term)


def _days(asked: Asked, term: TermSpan | None, today: date) -> tuple[date, date]:
    if term is not None:
        return term.first_day, min(term.last_day, today)
    last = asked.last or today if asked.period == "custom" else today
    first = asked.first if asked.period == "custom" else None
    first = first or last - timedelta(days=WEEKS_DAYS - 1)
    return min(first, last), max(first, last)


def _term(session: Session, organization_id: str, today: date) -> TermSpan | None:
    terms = CalendarCache(session, [organization_id]).terms(organization_id)
    begun = [term for term in terms if term.first_day <= today]
    return begun[-1] if begun else None


def _choices(session: Session, viewer: Viewer) -> list[Organization]:
    """Return the organizations one may ask about, those where the viewer's roles start first."""
    seen = select(Organization).where(visible(col(Organization.id), viewer), col(Organization.closed_at).is_(None))
    roots = viewer.roots()
    return sorted(session.exec(seen), key=lambda one: (one.id not in roots, one.kind == "school", one.name_zh, one.id))
