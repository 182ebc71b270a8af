"""Figures of utilization by organization, type, asset, day, month or hour of the week, from settled days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from fleet_server.core.errors import Invalid, NotFound
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory.models import Asset, AssetType
from fleet_server.organizations.models import Organization, Reach
from fleet_server.utilization.marks import pending
from fleet_server.utilization.models import AssetDay, AssetHour
from fleet_server.utilization.rules import Method, Rates, Sums, by_timetable, rates, total


class MethodNotRecorded(Invalid):
    """No use was ever recorded by this method."""

    code = "method_not_recorded"


class GroupBy(StrEnum):
    """What a row stands for."""

    ORGANIZATION = "organization"
    ASSET_TYPE = "asset_type"
    ASSET = "asset"
    DAY = "day"
    MONTH = "month"
    HOUR_OF_WEEK = "hour_of_week"


IN_TIME = frozenset({GroupBy.DAY, GroupBy.MONTH, GroupBy.HOUR_OF_WEEK})
"""Groups whose rows stand in the order of time; others stand by utilization."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked: an organization with all below it (None = all the viewer sees), days [first, until)."""

    organization_id: str | None
    first: date
    until: date

    def within(self, first: date, until: date) -> "Scope":
        """Return the same question for other days."""
        return Scope(self.organization_id, first, until)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it stands for, what was counted, the rates made of it."""

    key: str
    name_zh: str
    name_en: str
    sums: Sums
    rates: Rates


@dataclass(frozen=True, slots=True)
class Report:
    """Rows and their total; `pending` marks are not computed into them yet."""

    rows: list[Row]
    total: Row
    method: Method
    pending: int


def report(session: Session, viewer: Viewer, scope: Scope, group_by: GroupBy, method: Method, floor: float) -> Report:
    """Return the figures of whole days a viewer may see.

    Raises: NotFound for an organization outside the viewer's part of the tree; MethodNotRecorded.
    """
    counted = sums_by(session, viewer, scope, group_by)
    return made_of(session, counted, group_by, method, floor, pending(session))


def made_of(
    session: Session, counted: Mapping[str, Sums], group_by: GroupBy, method: Method, floor: float, waiting: int
) -> Report:
    """Return the report of what was counted by row; `waiting` marks are not in it yet.

    Raises: MethodNotRecorded.
    """
    if method == Method.SURVEY:
        raise MethodNotRecorded(field="method", method=method.value)
    if method == Method.TIMETABLE:
        counted = {key: by_timetable(sums) for key, sums in counted.items()}
    names = names_of(session, group_by, list(counted))
    rows = [Row(key, *names[key], sums, rates(sums, floor)) for key, sums in counted.items()]
    whole = total(counted.values())
    return Report(in_order(rows, group_by), Row("", "合计", "Total", whole, rates(whole, floor)), method, waiting)


def sums_by(session: Session, viewer: Viewer, scope: Scope, group_by: GroupBy) -> dict[str, Sums]:
    """Return what was counted, by the key of each row.

    Raises: NotFound for an organization outside the viewer's part of the tree.
    """
    if group_by == GroupBy.HOUR_OF_WEEK:
        return _by_hour_of_week(session, _where(session, viewer, scope, AssetHour))
    key = _key(group_by)
    columns = [column.label(name) for name, column in DAY_SUMS.items()]
    found = sa.select(key.label("key"), *columns).where(*_where(session, viewer, scope, AssetDay)).group_by(key)
    if group_by in (GroupBy.ASSET_TYPE, GroupBy.ASSET):
        found = found.join(Asset, col(Asset.id) == col(AssetDay.asset_id))
    return {_text(row[0]): Sums(*(int(value) for value in row[1:])) for row in session.execute(found)}


def sums_by_day(session: Session, viewer: Viewer, scope: Scope, group_by: GroupBy) -> dict[tuple[date, str], Sums]:
    """Return what was counted by day and key of each row, for trends."""
    key = _key(group_by)
    columns = [column.label(name) for name, column in DAY_SUMS.items()]
    found = sa.select(col(AssetDay.day), key.label("key"), *columns).where(*_where(session, viewer, scope, AssetDay))
    if group_by in (GroupBy.ASSET_TYPE, GroupBy.ASSET):
        found = found.join(Asset, col(Asset.id) == col(AssetDay.asset_id))
    rows = session.execute(found.group_by(col(AssetDay.day), key))
    return {(row[0], _text(row[1])): Sums(*(int(value) for value in row[2:])) for row in rows}


def in_order(rows: Sequence[Row], group_by: GroupBy) -> list[Row]:
    """Return rows in the order of time, or the most used first and those with insufficient data last."""
    if group_by in IN_TIME:
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-(row.rates.utilization or -1.0), -(row.rates.lower_bound or 0), row.name_zh))


def names_of(session: Session, group_by: GroupBy, keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
    """Return the Chinese and English name of each key."""
    if group_by == GroupBy.ORGANIZATION:
        found = sa.select(col(Organization.id), col(Organization.name_zh), col(Organization.name_en))
        return {row[0]: (row[1], row[2]) for row in session.execute(found.where(col(Organization.id).in_(keys)))}
    if group_by == GroupBy.ASSET_TYPE:
        return _type_names(session, keys)
    if group_by == GroupBy.ASSET:
        return _asset_names(session, keys)
    return {key: (key, key) for key in keys}


def _type_names(session: Session, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    found = sa.select(col(AssetType.id), col(AssetType.name_zh), col(AssetType.name_en), col(AssetType.model))
    rows = session.execute(found.where(col(AssetType.id).in_(keys)))
    return {row[0]: (_with_model(row[1], row[3]), _with_model(row[2], row[3])) for row in rows}


def _asset_names(session: Session, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    found = (
        sa.select(col(Asset.asset_code), col(AssetType.name_zh), col(AssetType.name_en))
        .join(AssetType, col(AssetType.id) == col(Asset.asset_type_id))
        .where(col(Asset.asset_code).in_(keys))
    )
    return {row[0]: (f"{row[1]} {row[0]}", f"{row[2]} {row[0]}") for row in session.execute(found)}


def _with_model(name: str, model: str) -> str:
    return name if model in name else f"{name} {model}"


def _where(session: Session, viewer: Viewer, scope: Scope, table: Any) -> list[ColumnElement[bool]]:
    holder = col(table.holder_id)
    clauses = [col(table.day) >= scope.first, col(table.day) < scope.until, visible(holder, viewer)]
    if scope.organization_id is not None:
        check_seen(session, viewer, scope.organization_id)
        clauses.append(holder.in_(below(scope.organization_id)))
    return clauses


def check_seen(session: Session, viewer: Viewer, organization_id: str) -> None:
    """Let pass an organization in the viewer's part of the tree; raises NotFound."""
    seen = sa.select(col(Organization.id)).where(
        col(Organization.id) == organization_id, visible(col(Organization.id), viewer)
    )
    if session.execute(seen).first() is None:
        raise NotFound("organization_not_found", id=organization_id)


def below(organization_id: str) -> Any:
    """Return the query for an organization and all below it now."""
    return sa.select(col(Reach.descendant_id)).where(
        col(Reach.ancestor_id) == organization_id, col(Reach.until).is_(None)
    )


def _key(group_by: GroupBy) -> ColumnElement[Any]:
    keys: dict[GroupBy, Any] = {
        GroupBy.ORGANIZATION: col(AssetDay.holder_id),
        GroupBy.ASSET_TYPE: col(Asset.asset_type_id),
        GroupBy.ASSET: col(Asset.asset_code),
        GroupBy.DAY: col(AssetDay.day),
        GroupBy.MONTH: sa.func.substr(sa.cast(col(AssetDay.day), sa.String), 1, 7),
    }
    return cast("ColumnElement[Any]", keys[group_by])


def _added(*columns: Any) -> ColumnElement[Any]:
    whole = columns[0]
    for column in columns[1:]:
        whole = whole + column
    return sa.func.coalesce(sa.func.sum(whole), 0)


_CORE = [
    col(getattr(AssetDay, f"core_{state}"))
    for state in ("in_use", "setup", "standby", "maintenance", "fault", "off", "in_transit", "unknown")
]
_BORROWED = sa.case((col(AssetDay.user_id) != col(AssetDay.owner_id), col(AssetDay.core_in_use)), else_=0)

DAY_SUMS: Mapping[str, ColumnElement[Any]] = {
    "core": _added(*_CORE),
    "maintenance": _added(col(AssetDay.core_maintenance)),
    "in_transit": _added(col(AssetDay.core_in_transit)),
    "unknown": _added(col(AssetDay.core_unknown)),
    "used": _added(col(AssetDay.core_in_use)),
    "setup": _added(col(AssetDay.core_setup)),
    "booked": _added(col(AssetDay.booked_ms)),
    "used_booked": _added(col(AssetDay.used_booked_ms)),
    "lesson": _added(col(AssetDay.lesson_ms)),
    "used_lesson": _added(col(AssetDay.used_lesson_ms)),
    "borrowed": _added(_BORROWED),
    "contradiction": _added(col(AssetDay.contradiction_ms)),
    "due": _added(col(AssetDay.due)),
    "no_shows": _added(col(AssetDay.no_shows)),
}
"""What each field of `Sums` is the sum of, in the order of its fields."""


def _by_hour_of_week(session: Session, where: Sequence[ColumnElement[bool]]) -> dict[str, Sums]:
    used_elsewhere = sa.case((col(AssetHour.user_id) != col(AssetHour.owner_id), col(AssetHour.used_ms)), else_=0)
    names = (
        "core_ms",
        "available_ms",
        "known_ms",
        "used_ms",
        "booked_ms",
        "used_booked_ms",
        "lesson_ms",
        "used_lesson_ms",
    )
    columns = [_added(col(getattr(AssetHour, name))) for name in names]
    found = sa.select(col(AssetHour.day), col(AssetHour.hour), *columns, _added(used_elsewhere)).where(*where)
    folded: dict[str, Sums] = {}
    for day, hour, *values in session.execute(found.group_by(col(AssetHour.day), col(AssetHour.hour))):
        core, available, known, used, booked, used_booked, lesson, used_lesson, borrowed = map(int, values)
        sums = Sums(
            core=core,
            maintenance=core - available,
            unknown=available - known,
            used=used,
            booked=booked,
            used_booked=used_booked,
            lesson=lesson,
            used_lesson=used_lesson,
            borrowed=borrowed,
        )
        key = f"{day.isoweekday()} {hour:02d}:00"
        folded[key] = folded.get(key, Sums()) + sums
    return folded


def _text(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)


def span_of_data(session: Session, viewer: Viewer, scope: Scope) -> tuple[date, date] | None:
    """Return the first and last day with figures."""
    found = sa.select(sa.func.min(col(AssetDay.day)), sa.func.max(col(AssetDay.day)))
    first, last = session.execute(found.where(*_where(session, viewer, scope, AssetDay))).one()
    return None if first is None else (first, last)
