"""The utilization page, the segments behind a row, and both as files."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from fleet_server.core.access import PageViewer
from fleet_server.core.requests import Now, ReadSession, database_of, settings_of
from fleet_server.core.scope import Viewer
from fleet_server.utilization import evidence, files, records
from fleet_server.utilization.asking import GROUPS, Answered, Asked, AskedQuery, answered
from fleet_server.utilization.evidence import Subject
from fleet_server.utilization.figures import GroupBy, Report, Row
from fleet_server.utilization.overview import overview
from fleet_server.utilization.service import Question
from fleet_server.web.i18n import locale_of, translator
from fleet_server.web.page import render

router = APIRouter(include_in_schema=False)

SEGMENTS_A_PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/utilization")
def utilization_page(
    request: Request, viewer: PageViewer, session: ReadSession, now: Now, asked: AskedQuery
) -> Response:
    """Show how well shared equipment is used, and by which records that is proven."""
    found = answered(session, viewer, asked, now)
    if found is None:
        return render(request, viewer, "utilization/utilization.html", asked=asked, found=None, zone="Asia/Shanghai")
    group_by = GroupBy(asked.by)
    shown = overview(session, viewer, found, group_by, settings_of(request).coverage_floor)
    row = _row(shown.report, asked.row)
    subject = _subject(session, viewer, found, group_by, row.key)
    assets = evidence.assets_of(session, subject)
    calendar = evidence.calendar_lines(session, subject)
    return render(
        request,
        viewer,
        "utilization/utilization.html",
        asked=asked,
        found=found,
        groups=GROUPS,
        shown=shown,
        row=row,
        counts=records.counts(session, assets, subject.span),
        latest=records.latest(session, assets, subject.span, 3),
        school_days=sum(1 for line in calendar if line.core_ms),
        swapped_days=sum(1 for line in calendar if line.kind == "swapped_school_day"),
        calendar=calendar,
        floor=settings_of(request).coverage_floor,
        digest=evidence.digest(row, subject.question),
        calculation=evidence.CALCULATION,
        zone=found.zone,
    )


@router.get("/utilization/segments")
def segments_page(
    request: Request,
    viewer: PageViewer,
    session: ReadSession,
    now: Now,
    asked: AskedQuery,
    state: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """Show the measured segments behind a row, newest first."""
    found = answered(session, viewer, asked, now)
    group_by = GroupBy(asked.by)
    subject = _subject(session, viewer, _present(found), group_by, asked.row)
    assets = evidence.assets_of(session, subject)
    lines = records.segments(
        session, assets, subject.span, SEGMENTS_A_PAGE + 1, (page - 1) * SEGMENTS_A_PAGE, state=state
    )
    return render(
        request,
        viewer,
        "utilization/segments.html",
        asked=asked,
        found=found,
        only=state,
        lines=lines[:SEGMENTS_A_PAGE],
        more=len(lines) > SEGMENTS_A_PAGE,
        page=page,
        counts=records.counts(session, assets, subject.span),
        zone=subject.zone,
    )


@router.get("/utilization.csv")
def table_csv(request: Request, viewer: PageViewer, session: ReadSession, now: Now, asked: AskedQuery) -> Response:
    """Answer the table as CSV, the same rows in the same order."""
    report = _report(request, session, viewer, asked, now)
    body = files.csv_of(files.table(report, GroupBy(asked.by), translator(locale_of(request, viewer))))
    return Response(body, headers=_attachment("utilization.csv"), media_type="text/csv; charset=utf-8")


@router.get("/utilization.xlsx")
def table_xlsx(request: Request, viewer: PageViewer, session: ReadSession, now: Now, asked: AskedQuery) -> Response:
    """Answer the table as a workbook, the same rows in the same order."""
    report = _report(request, session, viewer, asked, now)
    rows = files.table(report, GroupBy(asked.by), translator(locale_of(request, viewer)))
    return Response(files.xlsx_of(rows), headers=_attachment("utilization.xlsx"), media_type=XLSX)


@router.get("/utilization/evidence.csv")
def evidence_csv(request: Request, viewer: PageViewer, session: ReadSession, now: Now, asked: AskedQuery) -> Response:
    """Answer every stretch of core time, booking and calendar day behind a row as CSV."""
    found = _present(answered(session, viewer, asked, now))
    subject = _subject(session, viewer, found, GroupBy(asked.by), asked.row)
    texts = translator(locale_of(request, viewer))

    def lines() -> Iterator[str]:
        with database_of(request).reading() as reading:
            yield from files.evidence_lines(reading, subject, texts, now)

    headers = _attachment("utilization-evidence.csv")
    return StreamingResponse(lines(), headers=headers, media_type="text/csv; charset=utf-8")


def _report(request: Request, session: Session, viewer: Viewer, asked: Asked, now: Now) -> Report:
    found = _present(answered(session, viewer, asked, now))
    return overview(session, viewer, found, GroupBy(asked.by), settings_of(request).coverage_floor).report


def _present(found: Answered | None) -> Answered:
    if found is None:
        raise evidence.RowNotFound(row="")
    return found


def _row(report: Report, key: str) -> Row:
    return next((row for row in report.rows if row.key == key), report.total)


def _subject(session: Session, viewer: Viewer, found: Answered, group_by: GroupBy, key: str) -> Subject:
    scope = found.scope
    question = Question(scope.organization_id, scope.first, scope.until, group_by)
    return evidence.subject(session, viewer, question, key)


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
