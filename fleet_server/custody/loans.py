"""Loans of days or weeks: the holder changes for the time, transport is claimed, the lender agrees first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.bookings import lending
from fleet_server.bookings.rights import DECIDERS, HANDLERS
from fleet_server.bookings.rules import check_slot, hold_until
from fleet_server.bookings.service import ApprovalTooLate
from fleet_server.changes.service import record
from fleet_server.core.clock import new_id, to_ms
from fleet_server.core.errors import Conflict, Forbidden, Invalid, NotFound
from fleet_server.core.outbox import publish
from fleet_server.core.scope import SYSTEM, Role, Viewer, visible
from fleet_server.custody.models import Loan
from fleet_server.inventory import holdings
from fleet_server.inventory.models import Asset, AssetType, Holding
from fleet_server.inventory.rights import may, require
from fleet_server.inventory.service import by_code
from fleet_server.organizations.service import travel_minutes
from fleet_server.schedule import placements
from fleet_server.schedule import service as schedule
from fleet_server.schedule.service import Wanted

CUSTODY = "custody"
"""Outbox topic of every change of holder: `asset_id`, `since_ms`, `holder_id`; hours since then change."""

_LEADS_ON = {
    ("asked", "grant"): "granted",
    ("asked", "refuse"): "refused",
    ("granted", "start"): "out",
    ("granted", "refuse"): "refused",
    ("out", "finish"): "back",
}


class LoanStateWrong(Conflict):
    """The loan stands where this step does not lead on."""

    code = "loan_state_wrong"


def ask(
    session: Session,
    viewer: Viewer,
    asset_code: str,
    borrower_id: str,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Loan:
    """Ask for an asset for a time; granted at once when the viewer coordinates the holder too.

    The whole time and the way there and back must be free of claims. Raises: SlotTaken, Forbidden, NotFound,
    ApprovalTooLate, Conflict `loan_within_holder`, Invalid as `bookings.rules.check_slot`.
    """
    require(session, viewer, borrower_id, *DECIDERS)
    check_slot(starts_at, ends_at, now)
    asset = _lendable(session, asset_code, borrower_id, now)
    granted = may(session, viewer, asset.holder_id, *DECIDERS)
    held_until = None if granted else hold_until(starts_at, now)
    if not granted and held_until is None:
        raise ApprovalTooLate(field="start")
    loan_id = new_id("lon")
    there, back = _legs(session, asset.holder_id, borrower_id)
    outbound = schedule.claim(
        session,
        Wanted("asset", asset.id, starts_at - there, ends_at + back, "transfer", loan_id, "", held_until),
        now,
    )
    schedule.shorten(session, outbound.id, starts_at)
    returning = schedule.claim(
        session, Wanted("asset", asset.id, ends_at, ends_at + back, "transfer", loan_id, "", held_until), now
    )
    loan = Loan(
        id=loan_id,
        asset_id=asset.id,
        lender_id=asset.holder_id,
        borrower_id=borrower_id,
        starts_at=starts_at,
        ends_at=ends_at,
        state="asked",
        outbound_claim_id=outbound.id,
        return_claim_id=returning.id,
        asked_by=viewer.person_id,
        created_at=now,
    )
    session.add(loan)
    session.flush()
    record(session, viewer, "loan.asked", "loan", loan.id, after=_facts(loan), now=now)
    return grant(session, viewer, loan, now) if granted else loan


def grant(session: Session, viewer: Viewer, loan: Loan, now: datetime) -> Loan:
    """Agree to a loan: the asset will be at the borrower for the time, and back afterwards.

    Raises: Forbidden, LoanStateWrong, schedule.HoldLapsed.
    """
    _need(session, viewer, DECIDERS, loan.lender_id)
    _step(session, viewer, loan, "grant", now)
    for claim_id in (loan.outbound_claim_id, loan.return_claim_id):
        schedule.confirm(session, claim_id, now)
    placements.place(session, loan.asset_id, loan.borrower_id, loan.starts_at, loan.ends_at, loan.id)
    placements.place(session, loan.asset_id, loan.lender_id, loan.ends_at, None, loan.id)
    return loan


def refuse(session: Session, viewer: Viewer, loan: Loan, now: datetime, reason: str = "") -> Loan:
    """Refuse a loan, or call it off before it starts; either side may.

    Raises: Forbidden, LoanStateWrong.
    """
    _need(session, viewer, DECIDERS, loan.lender_id, loan.borrower_id)
    _step(session, viewer, loan, "refuse", now, reason)
    for claim_id in (loan.outbound_claim_id, loan.return_claim_id):
        schedule.release(session, claim_id, now)
    placements.close(session, loan.id, now)
    return loan


def start(session: Session, viewer: Viewer, loan: Loan, now: datetime) -> Loan:
    """Hand the asset to the borrower, who holds it from now on.

    Raises: Forbidden, LoanStateWrong unless it is granted.
    """
    _need(session, viewer, HANDLERS, loan.borrower_id)
    _step(session, viewer, loan, "start", now)
    _hand(session, loan, loan.borrower_id, None, now)
    return loan


def finish(session: Session, viewer: Viewer, loan: Loan, now: datetime) -> Loan:
    """Take the asset back into the room it came from.

    Raises: Forbidden, LoanStateWrong unless it is out.
    """
    _need(session, viewer, HANDLERS, loan.lender_id)
    _step(session, viewer, loan, "finish", now)
    placements.close(session, loan.id, now)
    _hand(session, loan, loan.lender_id, _room_before(session, loan), now)
    if now <= loan.ends_at:
        schedule.release(session, loan.return_claim_id, now)
    return loan


def find(session: Session, viewer: Viewer, loan_id: str) -> Loan:
    """Return a loan of which the viewer sees a side.

    Raises: NotFound.
    """
    loan: Loan | None = session.exec(seen_by(viewer).where(Loan.id == loan_id)).first()
    if loan is None:
        raise NotFound("loan_not_found", id=loan_id)
    return loan


def seen_by(viewer: Viewer) -> Any:
    """Return the selection of the loans of which a viewer sees a side."""
    if viewer == SYSTEM:
        return select(Loan)
    return select(Loan).where(visible(col(Loan.lender_id), viewer) | visible(col(Loan.borrower_id), viewer))


def _need(session: Session, viewer: Viewer, roles: Sequence[Role], *sides: str) -> None:
    if not any(may(session, viewer, side, *roles) for side in sides):
        raise Forbidden("role_missing", roles=", ".join(roles))


def _lendable(session: Session, asset_code: str, borrower_id: str, now: datetime) -> Asset:
    asset = by_code(session, asset_code)
    kind = session.get_one(AssetType, asset.asset_type_id).kind
    if not lending.may_borrow(session, borrower_id, asset.holder_id, kind, now.date()):
        raise NotFound("asset_not_found", asset_code=asset.asset_code)
    if asset.holder_id == borrower_id:
        raise Conflict("loan_within_holder")
    if asset.status == "retired":
        raise Invalid("asset_retired", field="asset_code")
    return asset


def _legs(session: Session, lender_id: str, borrower_id: str) -> tuple[timedelta, timedelta]:
    """Return the time for the way there and back, at least a minute each so that there is something to claim."""
    ways = ((lender_id, borrower_id), (borrower_id, lender_id))
    there, back = (timedelta(minutes=max(1, travel_minutes(session, a, b))) for a, b in ways)
    return there, back


def _step(session: Session, viewer: Viewer, loan: Loan, action: str, now: datetime, reason: str = "") -> None:
    before, origin = _facts(loan), loan.state
    to = _LEADS_ON.get((origin, action))
    if to is None:
        raise LoanStateWrong(state=origin, action=action)
    swap = sa.update(Loan).where(col(Loan.id) == loan.id, col(Loan.state) == origin)
    if session.connection().execute(swap.values(state=to, version=Loan.version + 1)).rowcount != 1:
        session.refresh(loan)
        raise LoanStateWrong(state=loan.state, action=action)
    session.refresh(loan)
    record(
        session, viewer, f"loan.{action}", "loan", loan.id, before=before, after=_facts(loan), reason=reason, now=now
    )


def _hand(session: Session, loan: Loan, holder_id: str, room_id: str | None, now: datetime) -> None:
    asset = session.get_one(Asset, loan.asset_id)
    if holdings.change(session, asset, holder_id, room_id, now):
        publish(session, CUSTODY, {"asset_id": asset.id, "since_ms": to_ms(now), "holder_id": holder_id}, now)


def _room_before(session: Session, loan: Loan) -> str | None:
    earlier = (
        select(Holding.room_id)
        .where(Holding.asset_id == loan.asset_id, Holding.holder_id == loan.lender_id)
        .order_by(col(Holding.since).desc())
    )
    return session.exec(earlier).first()


def _facts(loan: Loan) -> dict[str, Any]:
    return loan.model_dump(include={"state", "asset_id", "lender_id", "borrower_id", "starts_at", "ends_at"})
