"""Bookings as the desk's pages need them: what stands next, what goes out and comes back, what waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.bookings.models import Booking
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.organizations.models import Organization

OPEN = ("requested", "approved", "checked_out")
LOOK_AHEAD = timedelta(days=7)
_BK: Any = Booking
_A: Any = Asset
_T: Any = AssetType
_R: Any = Room
_O: Any = Organization


@dataclass(frozen=True, slots=True)
class Promise:
    """One booking with the names a page shows; `asset_id` is empty for a room."""

    id: str
    state: str
    purpose: str
    starts_at: datetime
    ends_at: datetime
    requester_id: str
    asset_id: str
    asset_code: str
    name_zh: str
    name_en: str
    organization_id: str
    organization_zh: str
    organization_en: str
    zone: str
    returned_at: datetime | None

    def late(self, now: datetime) -> bool:
        """Return whether it is still out after its end."""
        return self.state == "checked_out" and self.ends_at < now


def promises(session: Session, *conditions: Any, limit: int = 200) -> list[Promise]:
    """Return the bookings that meet the conditions, the earliest first."""
    nothing = sa.literal("")
    statement = (
        sa.select(
            _BK.id, _BK.state, _BK.purpose, _BK.starts_at, _BK.ends_at, _BK.requester_id,
            sa.func.coalesce(_BK.asset_id, nothing), sa.func.coalesce(_A.asset_code, nothing),
            sa.func.coalesce(_T.name_zh, _R.name_zh, nothing), sa.func.coalesce(_T.name_en, _R.name_en, nothing),
            _O.id, _O.name_zh, _O.name_en, _O.timezone, _BK.returned_at,
        )
        .join(_O, _O.id == _BK.organization_id)
        .outerjoin(_A, _A.id == _BK.asset_id)
        .outerjoin(_T, _T.id == _A.asset_type_id)
        .outerjoin(_R, _R.id == _BK.room_id)
        .where(*conditions)
        .order_by(_BK.starts_at, _BK.id)
        .limit(limit)
    )  # fmt: skip
    return [Promise(*row) for row in session.execute(statement)]


def in_sight(viewer: Viewer) -> Any:
    """Return the clause for bookings of the viewer's part of the tree: who uses or who lends lies in it."""
    return sa.or_(visible(_BK.organization_id, viewer), visible(_BK.lender_id, viewer))


def between(start: datetime, end: datetime) -> Any:
    """Return the clause for bookings that touch [start, end)."""
    return sa.and_(_BK.starts_at < end, _BK.ends_at > start)


def next_by_asset(session: Session, asset_ids: Iterable[str], now: datetime) -> dict[str, Promise]:
    """Return for each asset the booking that runs now or starts first within a week."""
    found: dict[str, Promise] = {}
    wanted = [key for key in asset_ids if key]
    clause = between(now, now + LOOK_AHEAD)
    for promise in promises(session, _BK.asset_id.in_(wanted), _BK.state.in_(OPEN), clause, limit=5000):
        found.setdefault(promise.asset_id, promise)
    return found


def begun(session: Session, asset_id: str, now: datetime, limit: int = 12) -> list[Promise]:
    """Return an asset's bookings that have begun or were due to, the latest first."""
    begun_by_now = sa.and_(_BK.asset_id == asset_id, _BK.starts_at <= now)
    chosen = sa.select(_BK.id).where(begun_by_now).order_by(_BK.starts_at.desc()).limit(limit)
    return promises(session, _BK.id.in_(chosen))[::-1]


def coming(session: Session, asset_id: str, now: datetime, limit: int = 4) -> list[Promise]:
    """Return an asset's next bookings, the earliest first."""
    return promises(session, _BK.asset_id == asset_id, _BK.state.in_(OPEN), _BK.starts_at > now, limit=limit)


def of_asset_between(session: Session, asset_id: str, start: datetime, end: datetime) -> list[Promise]:
    """Return an asset's bookings that touch [start, end) and were not refused or withdrawn."""
    kept = _BK.state.not_in(("rejected", "cancelled", "expired"))
    return promises(session, _BK.asset_id == asset_id, kept, between(start, end))


def of_person(session: Session, person_id: str, now: datetime) -> list[Promise]:
    """Return what a person booked and is not over, the earliest first."""
    still = sa.or_(_BK.ends_at > now, _BK.state == "checked_out")
    return promises(session, _BK.requester_id == person_id, _BK.state.in_(OPEN), still, limit=20)


def of_day(session: Session, viewer: Viewer, start: datetime, end: datetime) -> list[Promise]:
    """Return what goes out, is out or comes back in [start, end), and whatever is out and late."""
    touched = sa.or_(between(start, end), sa.and_(_BK.state == "checked_out", _BK.ends_at <= start))
    return promises(session, in_sight(viewer), _BK.state.in_((*OPEN, "returned")), touched, limit=500)


def waiting(session: Session, viewer: Viewer, now: datetime) -> list[Promise]:
    """Return requests that wait for an answer, the earliest start first."""
    return promises(session, in_sight(viewer), _BK.state == "requested", _BK.ends_at > now, limit=100)
