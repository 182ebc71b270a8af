"""Tables of the inventory: rooms, asset types, assets and who held them when."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE, UtcDateTime


class Room(SQLModel, table=True):
    """A place in a school; bookable rooms have opening hours in local time."""

    id: str = Field(primary_key=True, max_length=32)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    name_zh: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    capacity: int | None = None
    bookable: bool = False
    opens: time | None = None
    closes: time | None = None


class AssetType(SQLModel, table=True):
    """Make and model; `kind` is printer_3d, recorder, smart_board, projector, computer, lab_kit …."""

    __tablename__ = "asset_type"

    id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=30, index=True)
    make: str = Field(max_length=60)
    model: str = Field(max_length=60)
    name_zh: str = Field(max_length=80)
    name_en: str = Field(max_length=80)
    capabilities: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_TYPE)
    session_gap_s: int = 300
    setup_minutes: int = 0
    clear_minutes: int = 0


class Asset(SQLModel, table=True):
    """A thing an organization owns and can lend; `status` is in_service, maintenance or retired."""

    id: str = Field(primary_key=True, max_length=32)
    asset_code: str = Field(unique=True, max_length=24)
    serial: str | None = Field(default=None, index=True, max_length=80)
    asset_type_id: str = Field(foreign_key="asset_type.id", index=True)
    owner_id: str = Field(foreign_key="organization.id", index=True)
    holder_id: str = Field(foreign_key="organization.id", index=True)
    room_id: str | None = Field(default=None, foreign_key="room.id", index=True)
    status: str = Field(default="in_service", max_length=20)
    roams: bool = False
    bookable: bool = True
    purchased_on: date | None = None
    purchase_value: Decimal | None = Field(default=None, max_digits=12, decimal_places=2)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1


class Holding(SQLModel, table=True):
    """Who held an asset and where, from and until; use counts for the holder at that time."""

    id: str = Field(primary_key=True, max_length=32)
    asset_id: str = Field(foreign_key="asset.id", index=True)
    holder_id: str = Field(foreign_key="organization.id", index=True)
    room_id: str | None = Field(default=None, foreign_key="room.id")
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
