"""What other domains, routes and pages ask of utilization: figures, and re-opening days whose facts changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from fleet_server.core.clock import to_ms
from fleet_server.core.errors import Invalid
from fleet_server.core.scope import Viewer
from fleet_server.organizations.models import Organization
from fleet_server.utilization import marks
from fleet_server.utilization.days import local_day, midnight
from fleet_server.utilization.figures import GroupBy, Report, Scope, made_of, report
from fleet_server.utilization.marks import pending, reopen
from fleet_server.utilization.recounting import Span, recount
from fleet_server.utilization.rules import COVERAGE_FLOOR, Method

__all__ = ["GroupBy", "Method", "Question", "pending", "reopen", "reopen_assets", "rows"]

DEFAULT_ZONE = "Asia/Shanghai"
LONGEST_DAYS = 1100


class PeriodWrong(Invalid):
    """The period ends before it begins, or is longer than three years."""

    code = "period_wrong"


@dataclass(frozen=True, slots=True)
class Question:
    """A period [start, end) of an organization with all below it; days are local, times exact."""

    organization_id: str | None
    start: date | datetime
    end: date | datetime
    group_by: GroupBy = GroupBy.ORGANIZATION
    method: Method = Method.DEVICE


def reopen_assets(session: Session, asset_ids: Iterable[str], from_ms: int, until_ms: int) -> None:
    """Mark [from_ms, until_ms) of assets to be computed again: their holder, owner, claims or calendar changed."""
    marks.reopen(session, ((asset_id, from_ms, until_ms) for asset_id in asset_ids))


def rows(session: Session, viewer: Viewer, question: Question, now: datetime, floor: float = COVERAGE_FLOOR) -> Report:
    """Return the figures of a period: from settled days, or counted to the millisecond where it cuts through days.

    Raises: PeriodWrong; NotFound for an organization outside the viewer's part of the tree; MethodNotRecorded;
    SpanTooFine for a cut through days of very many assets.
    """
    scope = whole_days(session, question)
    if scope is not None:
        return report(session, viewer, scope, question.group_by, question.method, floor)
    return _exact(session, viewer, question, now, floor)


def whole_days(session: Session, question: Question) -> Scope | None:
    """Return the local days a question asks about, None where it cuts through one.

    Raises: PeriodWrong.
    """
    zone = zone_of(session, question.organization_id)
    start, end = _ms(question.start, zone), _ms(question.end, zone)
    if not start < end <= start + LONGEST_DAYS * marks.DAY_MS:
        raise PeriodWrong(field="to", days=LONGEST_DAYS)
    first, until = local_day(start, zone), local_day(end, zone)
    if (midnight(first, zone), midnight(until, zone)) != (start, end):
        return None
    return Scope(question.organization_id, first, until)


def zone_of(session: Session, organization_id: str | None) -> str:
    """Return an organization's time zone."""
    found = session.get(Organization, organization_id) if organization_id else None
    return found.timezone if found else DEFAULT_ZONE


def last_days(count: int, now: datetime, zone: str = DEFAULT_ZONE) -> tuple[date, date]:
    """Return the first of the last `count` days and the day after today."""
    tomorrow = local_day(to_ms(now), zone) + timedelta(days=1)
    return tomorrow - timedelta(days=count), tomorrow


def span_of(session: Session, question: Question) -> Span:
    """Return a question's period in milliseconds."""
    zone = zone_of(session, question.organization_id)
    return Span(question.organization_id, _ms(question.start, zone), _ms(question.end, zone))


def _exact(session: Session, viewer: Viewer, question: Question, now: datetime, floor: float) -> Report:
    counted = recount(session, viewer, span_of(session, question), question.group_by, now)
    return made_of(session, counted, question.group_by, question.method, floor, 0)


def _ms(moment: date | datetime, zone: str) -> int:
    return to_ms(moment) if isinstance(moment, datetime) else midnight(moment, zone)
