"""REST of the tree: organizations, calendars, travel times, agreements, pairs."""

from datetime import date, timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Header, Path, Query, Response
from sqlmodel import Session, col, select

from fleet_server.core.access import CurrentViewer, require_at
from fleet_server.core.errors import Invalid, Stale
from fleet_server.core.fields import Code, Day
from fleet_server.core.paging import Page, PageQuery, page_by_keys, page_of_list
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.core.scope import Role, visible
from fleet_server.organizations import calendar_editing, service
from fleet_server.organizations.calendar import CalendarCache, calendar_version
from fleet_server.organizations.calendar_editing import OwnTerm
from fleet_server.organizations.models import SharingAgreement, TravelTime
from fleet_server.organizations.rules import TermSpan
from fleet_server.organizations.schemas import (
    AgreementBody,
    AgreementView,
    CalendarBody,
    CalendarView,
    DayView,
    OrganizationView,
    OwnDayView,
    OwnView,
    PairView,
    PeriodBody,
    TermBody,
    TravelBody,
    TravelView,
)

router = APIRouter(prefix="/api/v1", tags=["organizations"])
OrganizationId = Annotated[Code, Path()]
_LONGEST = timedelta(days=400)


@router.get("/organizations")
def list_organizations(
    session: ReadSession, viewer: CurrentViewer, paging: PageQuery, kind: Annotated[Code | None, Query()] = None
) -> Page[OrganizationView]:
    """List the organizations in the caller's part of the tree, parents before children."""
    rows = [row for row in service.tree(session, viewer) if kind is None or row.kind == kind]
    items, cursor, total = page_of_list(rows, paging)
    return Page(items=[OrganizationView.of(row) for row in items], next_cursor=cursor, total=total)


@router.get("/organizations/{organization_id}")
def read_organization(session: ReadSession, viewer: CurrentViewer, organization_id: OrganizationId) -> OrganizationView:
    """Return one organization."""
    return OrganizationView.of(service.seen(session, viewer, organization_id))


@router.get("/organizations/{organization_id}/calendar")
def read_calendar(
    session: ReadSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    organization_id: OrganizationId,
    first: Annotated[Day | None, Query(alias="from")] = None,
    last: Annotated[Day | None, Query(alias="to")] = None,
) -> CalendarView:
    """Return the calendar in force; days from `from` to `to`, both included, at most 400, the next 30 by default."""
    service.seen(session, viewer, organization_id)
    start = first or now.date()
    return _calendar(session, response, organization_id, start, last or start + timedelta(days=30))


@router.put("/organizations/{organization_id}/calendar")
def replace_calendar(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    organization_id: OrganizationId,
    body: CalendarBody,
    if_match: Annotated[str | None, Header(max_length=40)] = None,
) -> CalendarView:
    """Replace what the organization says itself; `If-Match` with the ETag read refuses a stale change."""
    require_at(session, viewer, organization_id, Role.COORDINATOR, Role.ADMINISTRATOR)
    expected = _version(if_match)
    calendar_editing.set_calendar(
        session, viewer, organization_id, body.plan(), now, expected_version=expected, reason=body.reason
    )
    return _calendar(session, response, organization_id, now.date(), now.date() + timedelta(days=30))


@router.get("/organizations/{organization_id}/travel-times")
def list_travel_times(
    session: ReadSession, viewer: CurrentViewer, paging: PageQuery, organization_id: OrganizationId
) -> Page[TravelView]:
    """List the ways from an organization that have been entered."""
    service.seen(session, viewer, organization_id)
    wanted = select(TravelTime).where(TravelTime.from_id == organization_id)
    rows, cursor, total = page_by_keys(session, wanted, paging, col(TravelTime.to_id))
    items = [TravelView(from_id=row.from_id, to_id=row.to_id, minutes=row.minutes) for row in rows]
    return Page(items=items, next_cursor=cursor, total=total)


@router.put("/organizations/{organization_id}/travel-times/{to_id}")
def set_travel_time(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    organization_id: OrganizationId,
    to_id: OrganizationId,
    body: TravelBody,
) -> TravelView:
    """Enter the minutes by road from an organization to another one."""
    require_at(session, viewer, organization_id, Role.COORDINATOR, Role.ADMINISTRATOR)
    service.seen(session, viewer, to_id)
    row = service.set_travel_minutes(session, viewer, organization_id, to_id, body.minutes, now)
    return TravelView(from_id=row.from_id, to_id=row.to_id, minutes=row.minutes)


@router.get("/agreements")
def list_agreements(session: ReadSession, viewer: CurrentViewer, paging: PageQuery) -> Page[AgreementView]:
    """List the sharing agreements of which the caller sees one side."""
    lender, borrower = col(SharingAgreement.lender_id), col(SharingAgreement.borrower_id)
    wanted = select(SharingAgreement).where(sa.or_(visible(lender, viewer), visible(borrower, viewer)))
    rows, cursor, total = page_by_keys(session, wanted, paging, col(SharingAgreement.id))
    return Page(items=[AgreementView.of(row) for row in rows], next_cursor=cursor, total=total)


@router.post("/agreements", status_code=201)
def add_agreement(session: WriteSession, viewer: CurrentViewer, now: Now, body: AgreementBody) -> AgreementView:
    """Agree that one organization lends to another; a coordinator of the lender says so."""
    require_at(session, viewer, body.lender_id, Role.COORDINATOR, Role.ADMINISTRATOR)
    made = service.add_agreement(
        session, viewer, body.lender_id, body.borrower_id, body.since, body.until, now, kinds=",".join(body.kinds)
    )
    return AgreementView.of(made)


@router.get("/pairs")
def list_pairs(session: ReadSession, viewer: CurrentViewer, paging: PageQuery) -> Page[PairView]:
    """List the paired schools of which the caller sees at least one."""
    items, cursor, total = page_of_list(service.pairs_of(session, viewer), paging)
    return Page(items=[PairView.of(row) for row in items], next_cursor=cursor, total=total)


def _calendar(session: Session, response: Response, organization_id: str, first: date, last: date) -> CalendarView:
    if not timedelta(0) <= last - first <= _LONGEST:
        raise Invalid("calendar_range_wrong", field="to")
    cache = CalendarCache(session, [organization_id])
    own = calendar_editing.own_calendar(session, organization_id)
    response.headers["ETag"] = f'"{calendar_editing.own_version(session, organization_id)}"'
    return CalendarView(
        organization_id=organization_id,
        timezone=str(cache.zone(organization_id)),
        version=calendar_version(session, organization_id),
        terms=[_term(term) for term in cache.terms(organization_id)],
        periods=[PeriodBody(starts=starts, ends=ends) for starts, ends in cache.periods(organization_id)],
        own=OwnView(
            terms=[_term(term) for term in own.terms],
            periods=[PeriodBody(starts=starts, ends=ends) for starts, ends in own.periods],
            days=[
                OwnDayView(day=one.day, kind=one.kind, follows_weekday=one.follows_weekday, note=one.note)
                for one in own.days
            ],
        ),
        days=[DayView.of(day) for day in cache.days(organization_id, first, last)],
    )


def _term(term: TermSpan | OwnTerm) -> TermBody:
    return TermBody(name_zh=term.name_zh, name_en=term.name_en, first_day=term.first_day, last_day=term.last_day)


def _version(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    text = if_match.removeprefix("W/").strip('"')
    if not (text.isascii() and text.isdigit()):
        raise Stale()
    return int(text)
