"""REST of utilization: figures, and the evidence behind one row."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from fleet_server.core.access import CurrentViewer
from fleet_server.core.clock import from_ms
from fleet_server.core.fields import Code, Day, Moment, Remark
from fleet_server.core.paging import PageQuery, page_of_list
from fleet_server.core.requests import Now, ReadSession, settings_of
from fleet_server.utilization import evidence
from fleet_server.utilization.figures import GroupBy, Report, Row
from fleet_server.utilization.rules import Method
from fleet_server.utilization.schemas import (
    EvidenceView,
    UtilizationView,
    calendar_day_view,
    due_view,
    row_view,
    stretch_view,
)
from fleet_server.utilization.service import Question, last_days, rows, zone_of

router = APIRouter(prefix="/api/v1", tags=["utilization"])

DEFAULT_DAYS = 28
When = Annotated[Moment | Day, Field(union_mode="left_to_right")]
Organization = Annotated[Code | None, Query(description="an organization with all below it; all you see if left out")]
From = Annotated[When | None, Query(alias="from", description="a local day or an exact time; 28 days ago if left out")]
Until = Annotated[When | None, Query(alias="to", description="a local day or an exact time, not included; tomorrow")]
Group = Annotated[GroupBy, Query()]
How = Annotated[Method, Query(description="D measured by device, T by timetable; never mixed")]


@router.get("/utilization")
def read_utilization(
    request: Request,
    session: ReadSession,
    viewer: CurrentViewer,
    now: Now,
    paging: PageQuery,
    organization: Organization = None,
    start: From = None,
    end: Until = None,
    group_by: Group = GroupBy.ORGANIZATION,
    method: How = Method.DEVICE,
) -> UtilizationView:
    """Answer how much shared equipment was used: every rate with its coverage, ratios of sums."""
    floor = settings_of(request).coverage_floor
    question = _question(session, organization, start, end, group_by, method, now)
    report = rows(session, viewer, question, now, floor)
    items, cursor, count = page_of_list(report.rows, paging)
    return UtilizationView(
        items=[row_view(row, method) for row in items],
        next_cursor=cursor,
        total=count,
        whole=row_view(report.total, method),
        group_by=group_by,
        method=method,
        coverage_floor=floor,
        pending=report.pending,
    )


@router.get("/utilization/evidence")
def read_evidence(
    request: Request,
    session: ReadSession,
    viewer: CurrentViewer,
    now: Now,
    paging: PageQuery,
    organization: Organization = None,
    start: From = None,
    end: Until = None,
    group_by: Group = GroupBy.ORGANIZATION,
    row: Annotated[Remark, Query(description="the row's key; the whole if left out")] = "",
) -> EvidenceView:
    """Answer what one row is made of: its stretches of core time, bookings and calendar days."""
    question = _question(session, organization, start, end, group_by, Method.DEVICE, now)
    report = rows(session, viewer, question, now, settings_of(request).coverage_floor)
    chosen = chosen_row(report, row)
    asked = evidence.subject(session, viewer, question, row)
    items, cursor, count = page_of_list(list(evidence.stretches(session, asked, now)), paging)
    return EvidenceView(
        row=row_view(chosen, Method.DEVICE),
        items=[stretch_view(item) for item in items],
        next_cursor=cursor,
        total=count,
        bookings=[
            due_view(asset.asset_code, booked, from_ms(booked.start), from_ms(booked.end))
            for asset, booked in evidence.bookings_of(session, asked, now)
        ],
        calendar_days=[calendar_day_view(line) for line in evidence.calendar_lines(session, asked)],
        digest=evidence.digest(chosen, question),
        calculation=evidence.CALCULATION,
        pending=report.pending,
    )


def chosen_row(report: Report, key: str) -> Row:
    """Return the row with a key, the whole for "".

    Raises: RowNotFound.
    """
    if not key:
        return report.total
    found = next((row for row in report.rows if row.key == key), None)
    if found is None:
        raise evidence.RowNotFound(row=key)
    return found


def _question(
    session: ReadSession,
    organization: str | None,
    start: When | None,
    end: When | None,
    group_by: GroupBy,
    method: Method,
    now: Now,
) -> Question:
    first, until = last_days(DEFAULT_DAYS, now, zone_of(session, organization))
    return Question(organization, start or first, end or until, group_by, method)
