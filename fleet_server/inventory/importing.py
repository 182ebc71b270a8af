"""Assets from a spreadsheet: every row checked first, then all of them registered or none."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlmodel import Session, col, select

from fleet_server.core.errors import FleetError, Invalid
from fleet_server.core.scope import SYSTEM, Viewer, visible
from fleet_server.inventory import codes
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.inventory.rights import KEEPERS
from fleet_server.inventory.service import NewAsset, register_asset
from fleet_server.inventory.spreadsheets import Row
from fleet_server.organizations.models import Organization

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "asset_code": ("资产编码", "编码"),
    "make": ("品牌", "厂商"),
    "model": ("型号",),
    "serial": ("序列号", "出厂编号"),
    "owner": ("产权单位",),
    "holder": ("保管单位",),
    "room": ("教室", "存放地点"),
    "status": ("状态",),
    "roams": ("可流动",),
    "bookable": ("可预约",),
    "purchased_on": ("购置日期",),
    "purchase_value": ("购置金额", "原值"),
}
"""Columns and their Chinese names; owner and holder are an organization's id, site or name, room an id or name."""

REQUIRED = ("make", "model", "owner")
_YES, _NO = {"yes", "true", "1", "y", "是"}, {"no", "false", "0", "n", "否"}
_STATUSES = {"in_service": "in_service", "在用": "in_service", "maintenance": "maintenance", "维修": "maintenance"}


@dataclass(frozen=True, slots=True)
class Wrong:
    """One value that keeps a file out."""

    row: int
    column: str
    code: str
    params: Mapping[str, object]


@dataclass
class Plan:
    """What a file would register, and what is wrong with it."""

    new: list[NewAsset] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to, read once."""

    types: Mapping[tuple[str, str], str]
    organizations: Mapping[str, str]
    rooms: Mapping[tuple[str, str], str]
    codes: frozenset[str]
    serials: frozenset[tuple[str, str]]


def check(session: Session, viewer: Viewer, rows: Sequence[Row]) -> Plan:
    """Check every row against the columns, what exists and the other rows; nothing is written.

    Raises: Invalid `import_column_missing`.
    """
    named = [Row(row.number, _renamed(row.values)) for row in rows]
    for column in REQUIRED:
        if not named or column not in named[0].values:
            raise Invalid("import_column_missing", field="file", column=column)
    known = _known(session, viewer)
    plan = Plan()
    seen: dict[tuple[str, str], int] = {}
    for row in named:
        reader = _Reader(row, known, seen)
        new = reader.read()
        plan.wrong += reader.wrong
        if new is not None:
            plan.new.append(new)
    return plan


def commit(session: Session, viewer: Viewer, plan: Plan, now: datetime) -> list[Asset]:
    """Register every asset of a plan without errors; the caller's transaction makes it all or none.

    Raises: Invalid `import_rows_wrong`; what `register_asset` raises.
    """
    if plan.wrong:
        raise Invalid("import_rows_wrong", field="file", count=len({wrong.row for wrong in plan.wrong}))
    return [register_asset(session, viewer, new, now) for new in plan.new]


class _Reader:
    """Reads one row; collects everything that is wrong with it."""

    def __init__(self, row: Row, known: Known, seen: dict[tuple[str, str], int]) -> None:
        self.row, self.known, self.seen = row, known, seen
        self.wrong: list[Wrong] = []

    def read(self) -> NewAsset | None:
        make, model = self._needed("make"), self._needed("model")
        type_id = self.known.types.get((make.casefold(), model.casefold()))
        if make and model and type_id is None:
            self._refuse("model", model)
        owner = self._organization("owner", self._needed("owner"))
        holder = self._organization("holder", self._value("holder")) or owner
        values: dict[str, Any] = {
            "asset_code": self._parsed("asset_code", codes.parse),
            "serial": self._parsed("serial", _serial),
            "room_id": self._room(holder),
            "status": self._parsed("status", lambda text: _STATUSES[text.casefold()]) or "in_service",
            "roams": bool(self._parsed("roams", _yes_no)),
            "bookable": self._parsed("bookable", _yes_no) is not False,
            "purchased_on": self._parsed("purchased_on", _day),
            "purchase_value": self._parsed("purchase_value", _money),
        }
        self._once("asset_code", values["asset_code"], values["asset_code"] in self.known.codes)
        if type_id is not None:
            key = (type_id, values["serial"] or "")
            self._once("serial", values["serial"], key in self.known.serials, type_id)
        if self.wrong or type_id is None or owner is None:
            return None
        return NewAsset(asset_type_id=type_id, owner_id=owner, holder_id=holder, **values)

    def _value(self, column: str) -> str:
        return self.row.values.get(column, "")

    def _needed(self, column: str) -> str:
        text = self._value(column)
        if not text:
            self.wrong.append(Wrong(self.row.number, column, "import_value_missing", self._where(column)))
        return text

    def _parsed(self, column: str, parse: Callable[[str], Any]) -> Any:
        text = self._value(column)
        if not text:
            return None
        try:
            return parse(text)
        except (FleetError, KeyError, ValueError, InvalidOperation):
            self._refuse(column, text)
            return None

    def _organization(self, column: str, text: str) -> str | None:
        found = self.known.organizations.get(text.casefold()) if text else None
        if text and found is None:
            self._refuse(column, text)
        return found

    def _room(self, holder: str | None) -> str | None:
        text = self._value("room")
        found = self.known.rooms.get((holder or "", text.casefold())) if text else None
        if text and found is None:
            self._refuse("room", text)
        return found

    def _once(self, column: str, value: str | None, taken: bool, scope: str = "") -> None:
        if value is None:
            return
        if taken:
            self._refuse(column, value)
        other = self.seen.setdefault((column + scope, value), self.row.number)
        if other != self.row.number:
            params = {**self._where(column), "value": value, "other": other}
            self.wrong.append(Wrong(self.row.number, column, "import_repeated", params))

    def _refuse(self, column: str, value: str) -> None:
        params = {**self._where(column), "value": value[:40]}
        self.wrong.append(Wrong(self.row.number, column, "import_value_wrong", params))

    def _where(self, column: str) -> dict[str, object]:
        return {"row": self.row.number, "column": column}


def _known(session: Session, viewer: Viewer) -> Known:
    places = select(Organization)
    if viewer != SYSTEM:
        places = places.where(visible(col(Organization.id), viewer, *KEEPERS))
    organizations = session.exec(places).all()
    rooms = session.exec(select(Room).where(col(Room.organization_id).in_([one.id for one in organizations]))).all()
    types = session.exec(select(AssetType.make, AssetType.model, AssetType.id)).all()
    assets = session.exec(select(Asset.asset_code, Asset.asset_type_id, Asset.serial)).all()
    return Known(
        {(make.casefold(), model.casefold()): key for make, model, key in types},
        _unambiguous((name, one.id) for one in organizations for name in _names(one)),
        _unambiguous(
            ((room.organization_id, name.casefold()), room.id)
            for room in rooms
            for name in (room.id, room.name_zh, room.name_en)
        ),
        frozenset(code for code, _, _ in assets),
        frozenset((type_id, serial) for _, type_id, serial in assets if serial),
    )


def _unambiguous(pairs: Iterable[tuple[Any, str]]) -> dict[Any, str]:
    """Return what names exactly one thing: two rooms of one name must be told apart by id."""
    found: dict[Any, set[str]] = {}
    for name, key in pairs:
        found.setdefault(name, set()).add(key)
    return {name: next(iter(keys)) for name, keys in found.items() if len(keys) == 1}


def _names(organization: Organization) -> list[str]:
    names = (organization.id, organization.site_id, organization.name_zh, organization.name_en)
    return [name.casefold() for name in names if name]


def _renamed(values: Mapping[str, str]) -> dict[str, str]:
    aliases = {alias: column for column, others in COLUMNS.items() for alias in (column, *others)}
    return {aliases[name]: value for name, value in values.items() if name in aliases}


def _serial(text: str) -> str:
    if len(text) > 80:
        raise ValueError("longer than any serial")
    return text


def _yes_no(text: str) -> bool:
    folded = text.casefold()
    if folded in _YES | _NO:
        return folded in _YES
    raise ValueError("neither yes nor no")


def _day(text: str) -> date:
    return date.fromisoformat("-".join(part.zfill(2) for part in re.split(r"[-/.年月]", text.rstrip("日"))))


def _money(text: str) -> Decimal:
    value = Decimal(text.replace(",", "")).quantize(Decimal("0.01"))
    if not 0 <= value < Decimal("1e10"):
        raise ValueError("out of bounds")
    return value
