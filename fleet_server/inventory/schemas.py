"""Bodies and answers of the inventory's API."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from fleet_server.core.fields import Code, Count, Day, Line, ShortLine
from fleet_server.inventory.models import Asset, AssetType, Holding, Room

Status = Literal["in_service", "maintenance", "retired"]
Money = Annotated[Decimal, Field(ge=0, le=Decimal("9999999999.99"), max_digits=12, decimal_places=2)]
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,29}$", max_length=30)]
CodeText = ShortLine
Capabilities = Annotated[dict[ShortLine, ShortLine | int | bool | None], Field(max_length=40)]


class Body(BaseModel):
    """What every body and answer here has in common."""

    model_config = ConfigDict(extra="forbid")


class AssetBody(Body):
    """An asset to register; without a code it gets a fresh one."""

    asset_type_id: Code
    owner_id: Code
    holder_id: Code | None = None
    room_id: Code | None = None
    asset_code: CodeText | None = None
    serial: Annotated[Line, Field(max_length=80)] | None = None
    status: Status = "in_service"
    roams: bool = False
    bookable: bool = True
    purchased_on: Day | None = None
    purchase_value: Money | None = None


class AssetChange(Body):
    """Fields of an asset to change; what is left out stays."""

    holder_id: Code | None = None
    room_id: Code | None = None
    serial: Annotated[Line, Field(max_length=80)] | None = None
    status: Status | None = None
    roams: bool | None = None
    bookable: bool | None = None
    purchased_on: Day | None = None
    purchase_value: Money | None = None

    def changes(self) -> dict[str, Any]:
        """Return what was said; null clears room, serial and purchase, and says nothing of the rest."""
        said = self.model_dump(exclude_unset=True)
        clearable = ("room_id", "serial", "purchased_on", "purchase_value")
        return {name: value for name, value in said.items() if value is not None or name in clearable}


class AssetView(Body):
    """One asset as the inventory knows it."""

    asset_code: str
    id: str
    asset_type_id: str
    kind: str
    make: str
    model: str
    name_zh: str
    name_en: str
    serial: str | None
    owner_id: str
    holder_id: str
    room_id: str | None
    status: str
    roams: bool
    bookable: bool
    purchased_on: date | None
    purchase_value: Decimal | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, asset: Asset, make: AssetType) -> "AssetView":
        """Return the answer for an asset of a type."""
        named = {name: getattr(make, name) for name in ("kind", "make", "model", "name_zh", "name_en")}
        own = {name: getattr(asset, name) for name in cls.model_fields if name not in named}
        return cls(**named, **own)


class HoldingView(Body):
    """Who held an asset and where, half-open; `until` is null for the present holder."""

    holder_id: str
    room_id: str | None
    since: datetime
    until: datetime | None

    @classmethod
    def of(cls, row: Holding) -> "HoldingView":
        """Return the answer for a row."""
        return cls(holder_id=row.holder_id, room_id=row.room_id, since=row.since, until=row.until)


class TypeBody(Body):
    """A make and model; minutes of preparation and clearing down lengthen its bookings' busy range."""

    kind: Kind
    make: ShortLine
    model: ShortLine
    name_zh: ShortLine
    name_en: ShortLine
    capabilities: Capabilities = {}
    session_gap_s: Annotated[int, Field(ge=0, le=86400)] = 300
    setup_minutes: Minutes = 0
    clear_minutes: Minutes = 0

    @field_validator("capabilities")
    @classmethod
    def _bounded(cls, value: dict[str, Any]) -> dict[str, Any]:
        if any(isinstance(one, int) and abs(one) > 10**12 for one in value.values()):
            raise ValueError("a capability's number is out of bounds")
        return value


class TypeView(TypeBody):
    """A make and model."""

    id: str

    @classmethod
    def of(cls, row: AssetType) -> "TypeView":
        """Return the answer for a row, without checking again what stands."""
        return cls.model_construct(**{name: getattr(row, name) for name in cls.model_fields})


class RoomBody(Body):
    """A room; opening hours are local time, both or none."""

    organization_id: Code
    name_zh: ShortLine
    name_en: ShortLine
    capacity: Count | None = None
    bookable: bool = False
    opens: time | None = None
    closes: time | None = None

    @field_validator("opens", "closes")
    @classmethod
    def _local(cls, value: time | None) -> time | None:
        if value is not None and value.tzinfo is not None:
            raise ValueError("opening hours are local time, without an offset")
        return value.replace(microsecond=0) if value else value


class RoomChange(Body):
    """Fields of a room to change; what is left out stays."""

    name_zh: ShortLine | None = None
    name_en: ShortLine | None = None
    capacity: Count | None = None
    bookable: bool | None = None
    opens: time | None = None
    closes: time | None = None

    _local = field_validator("opens", "closes")(RoomBody._local.__func__)  # type: ignore[attr-defined]

    def changes(self) -> dict[str, Any]:
        """Return what was said; null clears capacity and hours, and says nothing of the rest."""
        said = self.model_dump(exclude_unset=True)
        return {k: v for k, v in said.items() if v is not None or k in ("capacity", "opens", "closes")}


class RoomView(Body):
    """One room."""

    id: str
    organization_id: str
    name_zh: str
    name_en: str
    capacity: int | None
    bookable: bool
    opens: time | None
    closes: time | None

    @classmethod
    def of(cls, row: Room) -> "RoomView":
        """Return the answer for a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ImportProblem(Body):
    """One value of a file that is not right; `row` counts as a spreadsheet does, the header being row 1."""

    row: int
    column: str
    code: str
    detail: str


class ImportView(Body):
    """What an import would do, or did."""

    rows: int
    committed: bool
    asset_codes: list[str]
    problems: list[ImportProblem]
