"""Claims on time: taking, moving, confirming and releasing the busy range of an asset or room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fleet_server.core.clock import new_id
from fleet_server.core.errors import Conflict
from fleet_server.schedule.models import Claim

BLOCKING = ("held", "active")


class SlotTaken(Conflict):
    """Other claims lie in the busy range; `conflicts` holds them, oldest first."""

    code = "slot_taken"

    def __init__(self, conflicts: Sequence[Claim], **params: object) -> None:
        super().__init__(conflicts=[_named(claim) for claim in conflicts], **params)
        self.conflicts = tuple(conflicts)


class HoldLapsed(Conflict):
    """The hold was released or has run out before it was confirmed."""

    code = "hold_lapsed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A busy range of one resource, for what, and until when it is held; without `held_until` it is active at once."""

    resource_kind: str
    resource_id: str
    busy_from: datetime
    busy_until: datetime
    kind: str
    source_id: str
    title: str = ""
    held_until: datetime | None = None


def claim(session: Session, wanted: Wanted, now: datetime) -> Claim:
    """Take a busy range; holds that have run out by now make way.

    Raises: SlotTaken with what lies in it; the transaction stays usable.
    """
    row = Claim(
        id=new_id("clm"),
        resource_kind=wanted.resource_kind,
        resource_id=wanted.resource_id,
        busy_from=wanted.busy_from,
        busy_until=wanted.busy_until,
        kind=wanted.kind,
        source_id=wanted.source_id,
        title=wanted.title,
        status="held" if wanted.held_until else "active",
        held_until=wanted.held_until,
        created_at=now,
    )
    if _insert(session, row):
        return _loaded(session, row.id)
    _release_lapsed(session, row, now)
    if _insert(session, row):
        return _loaded(session, row.id)
    raise SlotTaken(conflicts(session, row))


def claim_all(session: Session, wanted: Sequence[Wanted], now: datetime) -> list[Claim]:
    """Take several busy ranges or none, in the order of the resources so that two such calls cannot lock each other.

    Raises: SlotTaken; the caller's transaction must be rolled back, which releases what was taken before.
    """
    ordered = sorted(wanted, key=lambda one: (one.resource_kind, one.resource_id, one.busy_from))
    taken = {one: claim(session, one, now) for one in ordered}
    return [taken[one] for one in wanted]


def move(session: Session, held: Claim, busy_from: datetime, busy_until: datetime, now: datetime) -> Claim:
    """Give a claim another busy range of the same resource, or leave it where it is.

    Raises: SlotTaken with what lies in the new range; HoldLapsed when the claim no longer holds anything.
    """
    _queue_for(session, held)
    session.refresh(held)
    if held.status not in BLOCKING:
        raise HoldLapsed()
    wished = held.model_copy(update={"busy_from": busy_from, "busy_until": busy_until})
    _release_lapsed(session, wished, now)
    statement = sa.update(Claim).where(col(Claim.id) == held.id).values(busy_from=busy_from, busy_until=busy_until)
    try:
        with session.begin_nested():
            session.execute(statement)
    except IntegrityError as error:
        raise SlotTaken(conflicts(session, wished)) from error
    return _loaded(session, held.id)


def confirm(session: Session, claim_id: str, now: datetime) -> None:
    """Turn a hold into an active claim.

    Raises: HoldLapsed when it was released or ran out; compared and swapped by one statement.
    """
    alive = col(Claim.held_until).is_(None) | (col(Claim.held_until) > now)
    statement = (
        sa.update(Claim)
        .where(col(Claim.id) == claim_id, col(Claim.status).in_(BLOCKING), alive)
        .values(status="active", held_until=None)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise HoldLapsed()
    _loaded(session, claim_id)


def hold(session: Session, claim_id: str, held_until: datetime) -> None:
    """Turn an active claim back into a hold that runs out unless it is confirmed."""
    statement = (
        sa.update(Claim)
        .where(col(Claim.id) == claim_id, col(Claim.status).in_(BLOCKING))
        .values(status="held", held_until=held_until)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise HoldLapsed()
    _loaded(session, claim_id)


def release(session: Session, claim_id: str, now: datetime) -> bool:
    """Free a claim's busy range; the row stays. Returns whether it held anything."""
    statement = (
        sa.update(Claim)
        .where(col(Claim.id) == claim_id, col(Claim.status).in_(BLOCKING))
        .values(status="released", released_at=now)
    )
    freed = session.connection().execute(statement).rowcount == 1
    _loaded(session, claim_id)
    return freed


def shorten(session: Session, claim_id: str, busy_until: datetime) -> None:
    """End a claim's busy range earlier, as after an early return; never later, never before it starts."""
    statement = (
        sa.update(Claim)
        .where(col(Claim.id) == claim_id, col(Claim.status).in_(BLOCKING))
        .where(col(Claim.busy_until) > busy_until, col(Claim.busy_from) < busy_until)
        .values(busy_until=busy_until)
    )
    session.connection().execute(statement)
    _loaded(session, claim_id)


def conflicts(session: Session, row: Claim) -> list[Claim]:
    """Return the claims that keep a row out, oldest first."""
    return list(session.exec(select(Claim).where(*_overlapping(row)).order_by(col(Claim.busy_from))))


def busy(
    session: Session, resource_kind: str, resource_ids: Sequence[str], start: datetime, end: datetime, now: datetime
) -> list[Claim]:
    """Return what occupies the resources within [start, end), lapsed holds left out, oldest first."""
    statement = (
        select(Claim)
        .where(Claim.resource_kind == resource_kind, col(Claim.resource_id).in_(resource_ids))
        .where(col(Claim.status).in_(BLOCKING), Claim.busy_from < end, Claim.busy_until > start)
        .where(col(Claim.held_until).is_(None) | (col(Claim.held_until) > now))
        .order_by(col(Claim.busy_from))
    )
    return list(session.exec(statement))


def _insert(session: Session, row: Claim) -> bool:
    values = row.model_dump()
    if session.get_bind().dialect.name == "postgresql":
        statement = postgresql.insert(Claim).values(values).on_conflict_do_nothing().returning(col(Claim.id))
        return session.execute(statement).first() is not None
    try:
        session.execute(sa.insert(Claim).values(values))
    except IntegrityError as error:
        if "slot_taken" not in str(error.orig):
            raise
        return False
    return True


def _release_lapsed(session: Session, row: Claim, now: datetime) -> None:
    statement = (
        sa.update(Claim)
        .where(*_overlapping(row), col(Claim.status) == "held", col(Claim.held_until) <= now)
        .values(status="released", released_at=now)
        .execution_options(synchronize_session="fetch")
    )
    session.execute(statement)


def _overlapping(row: Claim) -> list[Any]:
    return [
        col(Claim.resource_kind) == row.resource_kind,
        col(Claim.resource_id) == row.resource_id,
        col(Claim.status).in_(BLOCKING),
        col(Claim.busy_from) < row.busy_until,
        col(Claim.busy_until) > row.busy_from,
        col(Claim.id) != row.id,
    ]


def _queue_for(session: Session, held: Claim) -> None:
    # Two moves towards each other's range would wait for one another; SQLite has one writer and needs no queue.
    if session.get_bind().dialect.name == "postgresql":
        key = f"{held.resource_kind}:{held.resource_id}"
        session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})


def _loaded(session: Session, claim_id: str) -> Claim:
    statement = select(Claim).where(Claim.id == claim_id).execution_options(populate_existing=True)
    return session.exec(statement).one()


def _named(claim: Claim) -> dict[str, str]:
    return {
        "kind": claim.kind,
        "status": claim.status,
        "busy_from": claim.busy_from.isoformat(),
        "busy_until": claim.busy_until.isoformat(),
    }
