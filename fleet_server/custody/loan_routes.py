"""REST of loans between organizations."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session, col

from fleet_server.bookings.schemas import ReasonBody
from fleet_server.core.fields import Code, Moment, ShortLine
from fleet_server.core.paging import Page, PageQuery, page_by_keys
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.custody import loans
from fleet_server.custody.models import Loan
from fleet_server.inventory.models import Asset
from fleet_server.people.access import CurrentViewer

router = APIRouter(prefix="/api/v1", tags=["loans"])
Id = Annotated[Code, Path()]
NONE = ReasonBody()


class LoanBody(BaseModel):
    """An asset wanted by an organization for a time."""

    model_config = ConfigDict(extra="forbid")

    asset_code: ShortLine
    borrower_id: Code
    start: Moment
    end: Moment


class LoanView(BaseModel):
    """One loan."""

    model_config = ConfigDict(extra="forbid")

    id: str
    asset_code: str
    lender_id: str
    borrower_id: str
    start: datetime
    end: datetime
    state: str
    created_at: datetime
    version: int


@router.post("/loans", status_code=201)
def ask_for_loan(session: WriteSession, viewer: CurrentViewer, now: Now, body: LoanBody) -> LoanView:
    """Ask for an asset for days or weeks; granted at once by who coordinates its holder too."""
    return _view(session, loans.ask(session, viewer, body.asset_code, body.borrower_id, body.start, body.end, now))


@router.get("/loans")
def list_loans(session: ReadSession, viewer: CurrentViewer, paging: PageQuery) -> Page[LoanView]:
    """List the loans of which the caller sees a side, by start."""
    rows, cursor, total = page_by_keys(session, loans.seen_by(viewer), paging, col(Loan.starts_at), col(Loan.id))
    return Page(items=[_view(session, row) for row in rows], next_cursor=cursor, total=total)


@router.get("/loans/{loan_id}")
def read_loan(session: ReadSession, viewer: CurrentViewer, loan_id: Id) -> LoanView:
    """Return one loan."""
    return _view(session, loans.find(session, viewer, loan_id))


@router.post("/loans/{loan_id}/grant")
def grant_loan(session: WriteSession, viewer: CurrentViewer, now: Now, loan_id: Id) -> LoanView:
    """Agree to a loan."""
    return _view(session, loans.grant(session, viewer, loans.find(session, viewer, loan_id), now))


@router.post("/loans/{loan_id}/refuse")
def refuse_loan(
    session: WriteSession, viewer: CurrentViewer, now: Now, loan_id: Id, body: ReasonBody = NONE
) -> LoanView:
    """Refuse a loan, or call it off before it starts."""
    return _view(session, loans.refuse(session, viewer, loans.find(session, viewer, loan_id), now, body.reason))


@router.post("/loans/{loan_id}/start")
def start_loan(session: WriteSession, viewer: CurrentViewer, now: Now, loan_id: Id) -> LoanView:
    """Confirm that the borrower holds the asset."""
    return _view(session, loans.start(session, viewer, loans.find(session, viewer, loan_id), now))


@router.post("/loans/{loan_id}/finish")
def finish_loan(session: WriteSession, viewer: CurrentViewer, now: Now, loan_id: Id) -> LoanView:
    """Confirm that the lender holds the asset again."""
    return _view(session, loans.finish(session, viewer, loans.find(session, viewer, loan_id), now))


def _view(session: Session, loan: Loan) -> LoanView:
    return LoanView(
        **loan.model_dump(include={"id", "lender_id", "borrower_id", "state", "created_at", "version"}),
        asset_code=session.get_one(Asset, loan.asset_id).asset_code,
        start=loan.starts_at,
        end=loan.ends_at,
    )
