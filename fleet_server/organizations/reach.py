"""Who lies below whom, with dates: kept in step with parents and memberships, read by scope."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from fleet_server.organizations.models import Membership, Organization, Reach


def below(session: Session, organization_id: str) -> list[str]:
    """Return the ids of an organization and of all that lie below it now, sorted."""
    rows = session.exec(
        select(Reach.descendant_id).where(Reach.ancestor_id == organization_id, col(Reach.until).is_(None))
    )
    return sorted(rows)


def renew(session: Session, organization_ids: Iterable[str], now: datetime) -> None:
    """Bring the rows above each of these organizations in step: what ended closes now, what began opens now."""
    for organization_id in organization_ids:
        _renew_one(session, organization_id, now)
    session.flush()


def _renew_one(session: Session, organization_id: str, now: datetime) -> None:
    open_rows = select(Reach).where(Reach.descendant_id == organization_id, col(Reach.until).is_(None))
    standing = {row.ancestor_id: row for row in session.exec(open_rows)}
    wanted = _above(session, organization_id)
    for ancestor_id in standing.keys() - wanted:
        _close(session, standing[ancestor_id], now)
    session.flush()
    for ancestor_id in wanted - standing.keys():
        session.add(Reach(ancestor_id=ancestor_id, descendant_id=organization_id, since=now))


def _close(session: Session, row: Reach, now: datetime) -> None:
    if row.since == now:
        session.delete(row)
        return
    row.until = now
    session.add(row)


def _above(session: Session, organization_id: str) -> set[str]:
    found: set[str] = set()
    waiting = {organization_id}
    while waiting:
        found |= waiting
        parents = select(Organization.parent_id).where(col(Organization.id).in_(waiting))
        consortia = select(Membership.consortium_id).where(
            col(Membership.organization_id).in_(waiting), col(Membership.until).is_(None)
        )
        up = {*session.exec(parents), *session.exec(consortia)}
        waiting = {one for one in up if one is not None} - found
    return found
