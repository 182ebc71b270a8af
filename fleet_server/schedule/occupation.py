"""What occupies many resources at once: one query past the ORM, for lists of a thousand assets."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.schedule.models import Claim
from fleet_server.schedule.service import BLOCKING

Occupied = tuple[datetime, datetime, str]
"""A busy range and the kind of claim it is of."""

_CLAIM = sa.inspect(Claim).local_table.c


def occupied(
    session: Session, resource_kind: str, ids: sa.Select[Any], start: datetime, end: datetime, now: datetime
) -> Mapping[str, Sequence[Occupied]]:
    """Return what occupies the selected resources within [start, end), lapsed holds left out, in order, by resource."""
    statement = (
        sa.select(_CLAIM.resource_id, _plain(_CLAIM.busy_from), _plain(_CLAIM.busy_until), _CLAIM.kind)
        .where(
            _CLAIM.resource_kind == resource_kind,
            _CLAIM.resource_id.in_(ids),
            _CLAIM.status.in_(BLOCKING),
            _CLAIM.busy_from < end,
            _CLAIM.busy_until > start,
            _CLAIM.held_until.is_(None) | (_CLAIM.held_until > now),
        )
        .order_by(_CLAIM.resource_id, _CLAIM.busy_from)
    )
    found: dict[str, list[Occupied]] = {}
    for resource_id, busy_from, busy_until, kind in session.connection().execute(statement).all():
        taken = (_aware(busy_from), _aware(busy_until), kind)
        found.setdefault(resource_id, []).append(taken)
    return found


def _plain(column: sa.ColumnElement[datetime]) -> sa.ColumnElement[datetime]:
    # The column's own type converts in Python, twice a row; the driver's conversion is compiled.
    return sa.type_coerce(column, sa.DateTime(timezone=True))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
