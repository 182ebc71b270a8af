"""REST of change records, for administrators and auditors at the top of the tree."""

import operator
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query
from sqlmodel import Session, col, select

from fleet_server.changes.models import ChangeRecord
from fleet_server.changes.schemas import ChangeView, HeadView
from fleet_server.changes.sealing import head
from fleet_server.core.access import CurrentViewer
from fleet_server.core.errors import Forbidden
from fleet_server.core.fields import Code, Moment
from fleet_server.core.paging import Page, PageQuery, page_by_keys
from fleet_server.core.requests import Now, ReadSession
from fleet_server.core.scope import REACH, Role, Viewer

router = APIRouter(prefix="/api/v1", tags=["changes"])


class TopRoleMissing(Forbidden):
    """Records name no organization, so only who oversees the whole tree may read them."""

    code = "top_role_missing"


@router.get("/changes")
def list_changes(
    session: ReadSession,
    viewer: CurrentViewer,
    paging: PageQuery,
    object_id: Annotated[Code | None, Query(alias="object")] = None,
    actor: Annotated[Code | None, Query()] = None,
    since: Annotated[Moment | None, Query(alias="from")] = None,
    until: Annotated[Moment | None, Query(alias="to")] = None,
) -> Page[ChangeView]:
    """List change records, newest first."""
    _require_top(session, viewer)
    asked = (
        (object_id, operator.eq, col(ChangeRecord.object_id)),
        (actor, operator.eq, col(ChangeRecord.actor_id)),
        (since, operator.ge, col(ChangeRecord.at)),
        (until, operator.lt, col(ChangeRecord.at)),
    )
    wanted = select(ChangeRecord).where(*(compare(column, value) for value, compare, column in asked if value))
    rows, cursor, total = page_by_keys(session, wanted, paging, col(ChangeRecord.id), descending=True)
    return Page(items=[ChangeView.of(row) for row in rows], next_cursor=cursor, total=total)


@router.get("/changes/checkpoint")
def read_checkpoint(session: ReadSession, viewer: CurrentViewer, now: Now) -> HeadView:
    """Return the head of the chain."""
    _require_top(session, viewer)
    found = head(session, now)
    return HeadView(count=found.count, chain_hash=found.chain_hash, overdue=found.overdue)


def _require_top(session: Session, viewer: Viewer) -> None:
    roots = viewer.roots(Role.ADMINISTRATOR, Role.AUDITOR)
    below = sa.select(REACH.c.descendant_id).where(
        REACH.c.descendant_id.in_(roots), REACH.c.ancestor_id != REACH.c.descendant_id, REACH.c.until.is_(None)
    )
    if not set(roots) - set(session.execute(below).scalars()):
        raise TopRoleMissing()
