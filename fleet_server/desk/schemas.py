"""Answers of the desk's API."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class View(BaseModel):
    """What every answer here has in common."""

    model_config = ConfigDict(extra="forbid")


class PlaceView(View):
    """An organization by id and name."""

    id: str
    name_zh: str
    name_en: str


class NextBookingView(View):
    """The booking that runs now or starts first within a week."""

    id: str
    state: str
    organization_id: str
    start: datetime
    end: datetime


class AssetNowView(View):
    """One asset in one view: what it is, where, what it does now, what comes next.

    `state` is one of the eight states, or unconnected where no device stands for it; `coverage` is the share of
    available core time of the last seven days with trustworthy data, null where there was none.
    """

    asset_code: str
    id: str
    kind: str
    make: str
    model: str
    name_zh: str
    name_en: str
    serial: str | None
    status: str
    bookable: bool
    owner: PlaceView
    holder: PlaceView
    room_zh: str | None
    room_en: str | None
    state: str
    state_since: datetime | None
    device_id: str | None
    node_id: str | None
    online: bool
    last_seen: datetime | None
    next_booking: NextBookingView | None
    coverage: float | None
