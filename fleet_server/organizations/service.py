"""The tree of organizations: schools and campuses below their parent, members of consortia, and who reaches whom."""

from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.changes.service import record
from fleet_server.core.clock import new_id
from fleet_server.core.errors import Conflict, Invalid, NotFound
from fleet_server.core.scope import Viewer, visible
from fleet_server.organizations import reach
from fleet_server.organizations.models import Membership, Organization, Pair, SharingAgreement, TravelTime

UNKNOWN_TRAVEL_MINUTES = 60
"""The way between two organizations nobody has entered a time for."""

KINDS = ("bureau", "county", "consortium", "school", "campus", "teaching_point")


class OrganizationNotFound(NotFound):
    """No such organization, or not for this viewer."""

    code = "organization_not_found"


class OrganizationCycle(Conflict):
    """The new parent lies below the organization itself."""

    code = "organization_cycle"


class SiteTaken(Conflict):
    """Another organization has this site id."""

    code = "site_taken"


class TimezoneUnknown(Invalid):
    """No such time zone."""

    code = "timezone_unknown"


def create(
    session: Session,
    actor: Viewer,
    *,
    kind: str,
    name_zh: str,
    name_en: str,
    now: datetime,
    parent_id: str | None = None,
    organization_id: str | None = None,
    **attributes: Any,
) -> Organization:
    """Create an organization below its parent; `attributes` are the table's other columns.

    Raises: OrganizationNotFound for an unknown parent; SiteTaken; TimezoneUnknown.
    """
    if parent_id is not None:
        get(session, parent_id)
    _check_timezone(attributes.get("timezone"))
    _check_site(session, attributes.get("site_id"))
    made = Organization(
        id=organization_id or new_id("org"),
        parent_id=parent_id,
        kind=kind,
        name_zh=name_zh,
        name_en=name_en,
        created_at=now,
        **attributes,
    )
    session.add(made)
    session.flush()
    reach.renew(session, [made.id], now)
    body = {"kind": kind, "parent_id": parent_id}
    record(session, actor, "organization.create", "organization", made.id, after=body, now=now)
    return made


def get(session: Session, organization_id: str) -> Organization:
    """Return an organization; raises OrganizationNotFound."""
    found = session.get(Organization, organization_id)
    if found is None:
        raise OrganizationNotFound(id=organization_id)
    return found


def seen(session: Session, viewer: Viewer, organization_id: str) -> Organization:
    """Return an organization in the viewer's part of the tree; raises OrganizationNotFound."""
    found = session.exec(
        select(Organization).where(Organization.id == organization_id, visible(col(Organization.id), viewer))
    ).first()
    if found is None:
        raise OrganizationNotFound(id=organization_id)
    return found


def tree(session: Session, viewer: Viewer) -> list[Organization]:
    """Return the organizations a viewer sees, parents before children, siblings by name."""
    rows = session.exec(select(Organization).where(visible(col(Organization.id), viewer))).all()
    known = {row.id for row in rows}
    children: dict[str | None, list[Organization]] = {}
    for row in sorted(rows, key=lambda each: (each.name_zh, each.id)):
        children.setdefault(row.parent_id if row.parent_id in known else None, []).append(row)
    ordered: list[Organization] = []
    waiting = children.get(None, [])[::-1]
    while waiting:
        row = waiting.pop()
        ordered.append(row)
        waiting += children.get(row.id, [])[::-1]
    return ordered


def descendants(session: Session, organization_id: str) -> list[str]:
    """Return the ids of an organization and of all below it now, by parents and memberships."""
    return reach.below(session, organization_id)


def set_parent(
    session: Session, actor: Viewer, organization_id: str, parent_id: str | None, now: datetime, *, reason: str = ""
) -> Organization:
    """Move an organization, with all below it, under another parent.

    Raises: OrganizationNotFound; OrganizationCycle.
    """
    moved = get(session, organization_id)
    below = descendants(session, organization_id)
    if parent_id is not None:
        get(session, parent_id)
    if parent_id in below:
        raise OrganizationCycle()
    before, moved.parent_id = moved.parent_id, parent_id
    session.add(moved)
    session.flush()
    reach.renew(session, below, now)
    record(
        session,
        actor,
        "organization.set_parent",
        "organization",
        organization_id,
        before={"parent_id": before},
        after={"parent_id": parent_id},
        reason=reason,
        now=now,
    )
    return moved


def join(session: Session, actor: Viewer, consortium_id: str, organization_id: str, now: datetime) -> Membership:
    """Make an organization a member of a consortium from now on.

    Raises: OrganizationNotFound; OrganizationCycle; Conflict `already_member`.
    """
    get(session, consortium_id)
    get(session, organization_id)
    if consortium_id in descendants(session, organization_id):
        raise OrganizationCycle()
    if _membership(session, consortium_id, organization_id) is not None:
        raise Conflict("already_member")
    made = Membership(id=new_id("mem"), consortium_id=consortium_id, organization_id=organization_id, since=now)
    session.add(made)
    session.flush()
    reach.renew(session, descendants(session, organization_id), now)
    body = {"organization_id": organization_id}
    record(session, actor, "organization.join", "organization", consortium_id, after=body, now=now)
    return made


def leave(
    session: Session, actor: Viewer, consortium_id: str, organization_id: str, now: datetime, *, reason: str = ""
) -> None:
    """End a membership; what was shared before stays as it was.

    Raises: NotFound when there is none.
    """
    held = _membership(session, consortium_id, organization_id)
    if held is None:
        raise NotFound("membership_not_found")
    held.until = now
    session.add(held)
    session.flush()
    reach.renew(session, descendants(session, organization_id), now)
    body = {"organization_id": organization_id}
    record(session, actor, "organization.leave", "organization", consortium_id, before=body, reason=reason, now=now)


def travel_minutes(session: Session, from_id: str, to_id: str) -> int:
    """Return minutes by road; the way back stands in for a way not entered, 60 for one not known at all."""
    if from_id == to_id:
        return 0
    for start, end in ((from_id, to_id), (to_id, from_id)):
        row = session.get(TravelTime, (start, end))
        if row is not None:
            return row.minutes
    return UNKNOWN_TRAVEL_MINUTES


def set_travel_minutes(
    session: Session, actor: Viewer, from_id: str, to_id: str, minutes: int, now: datetime
) -> TravelTime:
    """Enter the minutes by road from one organization to another, one direction.

    Raises: OrganizationNotFound.
    """
    get(session, from_id)
    get(session, to_id)
    row = session.get(TravelTime, (from_id, to_id))
    before = {"minutes": row.minutes} if row else None
    row = row or TravelTime(from_id=from_id, to_id=to_id, minutes=minutes)
    row.minutes = minutes
    session.add(row)
    after = {"to_id": to_id, "minutes": minutes}
    record(session, actor, "organization.set_travel", "organization", from_id, before=before, after=after, now=now)
    return row


def add_pair(
    session: Session, actor: Viewer, supporting_id: str, receiving_id: str, since: date, now: datetime
) -> Pair:
    """Pair a supporting with a receiving school for joint lessons.

    Raises: OrganizationNotFound; Invalid `pair_with_itself`.
    """
    get(session, supporting_id)
    get(session, receiving_id)
    if supporting_id == receiving_id:
        raise Invalid("pair_with_itself", field="receiving_id")
    made = Pair(id=new_id("par"), supporting_id=supporting_id, receiving_id=receiving_id, since=since)
    session.add(made)
    body = {"supporting_id": supporting_id, "receiving_id": receiving_id, "since": since}
    record(session, actor, "organization.pair", "pair", made.id, after=body, now=now)
    return made


def pairs_of(session: Session, viewer: Viewer) -> list[Pair]:
    """Return the pairs of which the viewer sees at least one school."""
    either = sa.or_(visible(col(Pair.supporting_id), viewer), visible(col(Pair.receiving_id), viewer))
    return list(session.exec(select(Pair).where(either).order_by(col(Pair.since), col(Pair.id))))


def add_agreement(
    session: Session,
    actor: Viewer,
    lender_id: str,
    borrower_id: str,
    since: date,
    until: date,
    now: datetime,
    *,
    kinds: str = "",
) -> SharingAgreement:
    """Agree that one organization lends to another, both days included; `kinds` is comma-separated, empty for all.

    Raises: OrganizationNotFound; Invalid `agreement_dates_wrong` or `agreement_with_itself`.
    """
    get(session, lender_id)
    get(session, borrower_id)
    if lender_id == borrower_id:
        raise Invalid("agreement_with_itself", field="borrower_id")
    if since > until:
        raise Invalid("agreement_dates_wrong", field="until")
    made = SharingAgreement(
        id=new_id("agr"), lender_id=lender_id, borrower_id=borrower_id, kinds=kinds, since=since, until=until
    )
    session.add(made)
    body = {"lender_id": lender_id, "borrower_id": borrower_id, "kinds": kinds, "since": since, "until": until}
    record(session, actor, "agreement.create", "agreement", made.id, after=body, now=now)
    return made


def _membership(session: Session, consortium_id: str, organization_id: str) -> Membership | None:
    return session.exec(
        select(Membership).where(
            Membership.consortium_id == consortium_id,
            Membership.organization_id == organization_id,
            col(Membership.until).is_(None),
        )
    ).first()


def _check_timezone(timezone: str | None) -> None:
    if timezone is not None and timezone not in available_timezones():
        raise TimezoneUnknown(field="timezone")


def _check_site(session: Session, site_id: str | None) -> None:
    if site_id is not None and session.exec(select(Organization.id).where(Organization.site_id == site_id)).first():
        raise SiteTaken(site_id=site_id)
