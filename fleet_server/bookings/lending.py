"""Between whom equipment is shared: legal persons, partners in the tree, agreements in force."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlmodel import Session, col

from fleet_server.organizations.models import Organization, Reach, SharingAgreement

_PARTS_OF_A_SCHOOL = ("campus", "teaching_point")


def legal_person(session: Session, organization_id: str) -> str:
    """Return the school an organization is part of, or the organization itself."""
    seen = {organization_id}
    while True:
        organization = session.get(Organization, organization_id)
        if organization is None or organization.kind not in _PARTS_OF_A_SCHOOL:
            return organization_id
        if organization.parent_id is None or organization.parent_id in seen:
            return organization_id
        seen.add(organization.parent_id)
        organization_id = organization.parent_id


def shared_with(
    organization_id: str, day: date, lender: SQLColumnExpression[str], kind: SQLColumnExpression[str] | None = None
) -> ColumnElement[bool]:
    """Return the clause that keeps lenders an organization may book from on a day.

    These are organizations with a common ancestor, and lenders by a sharing agreement in force that names the kind of
    equipment or none.
    """
    return lender.in_(_relatives(organization_id)) | _by_agreement(organization_id, day, lender, kind)


def _ancestors(organization_id: str) -> sa.Select[str]:
    return sa.select(col(Reach.ancestor_id)).where(
        col(Reach.descendant_id) == organization_id, col(Reach.until).is_(None)
    )


def _relatives(organization_id: str) -> sa.Select[str]:
    return sa.select(col(Reach.descendant_id)).where(
        col(Reach.ancestor_id).in_(_ancestors(organization_id)), col(Reach.until).is_(None)
    )


def _by_agreement(
    organization_id: str, day: date, lender: SQLColumnExpression[str], kind: SQLColumnExpression[str] | None
) -> ColumnElement[bool]:
    below = sa.orm.aliased(Reach)
    agreement = (
        sa.select(sa.literal(1))
        .select_from(SharingAgreement)
        .join(below, col(below.ancestor_id) == col(SharingAgreement.lender_id))
        .where(
            col(below.until).is_(None),
            col(below.descendant_id) == lender,
            col(SharingAgreement.borrower_id).in_(_ancestors(organization_id)),
            col(SharingAgreement.since) <= day,
            col(SharingAgreement.until) >= day,
        )
    )
    if kind is not None:
        listed = sa.literal(",") + sa.func.replace(col(SharingAgreement.kinds), " ", "") + ","
        named = listed.contains(sa.literal(",") + kind + ",")
        agreement = agreement.where((col(SharingAgreement.kinds) == "") | named)
    return sa.exists(agreement.correlate_except(SharingAgreement, below))


def may_borrow(session: Session, organization_id: str, lender_id: str, kind: str, day: date) -> bool:
    """Return whether an organization may book a kind of equipment of a lender on a day."""
    if organization_id == lender_id:
        return True
    lender = sa.literal(lender_id)
    related = sa.select(sa.literal(1)).where(lender.in_(_relatives(organization_id)))
    if session.execute(related).first() is not None:
        return True
    agreed = sa.select(sa.literal(1)).where(_by_agreement(organization_id, day, lender, sa.literal(kind)))
    return session.execute(agreed).first() is not None
