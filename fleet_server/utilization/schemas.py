"""Bodies of the utilization API; durations in seconds, rates from 0 to 1, null where there is none."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from fleet_server.utilization.evidence import CalendarLine, Stretch
from fleet_server.utilization.figures import Row
from fleet_server.utilization.promises import Booked


class Body(BaseModel):
    """What every body has in common."""

    model_config = ConfigDict(extra="forbid")


class RowView(Body):
    """One row; `sufficient` is false under the coverage floor, where measured rates are null."""

    key: str
    name_zh: str
    name_en: str
    method: str
    core_s: float
    maintenance_s: float
    in_transit_s: float
    available_s: float
    unknown_s: float
    known_s: float
    used_s: float
    setup_s: float
    booked_s: float
    lesson_s: float
    borrowed_s: float
    contradiction_s: float
    due: int
    no_shows: int
    coverage: float | None
    sufficient: bool
    utilization: float | None
    lower_bound: float | None
    utilization_with_setup: float | None
    booked_frequency: float | None
    booking_yield: float | None
    walk_up_share: float | None
    no_show_rate: float | None
    sharing_rate: float | None


class UtilizationView(Body):
    """A page of rows with their whole; `pending` days are marked for computation and not in the figures yet."""

    items: list[RowView]
    next_cursor: str | None
    total: int
    whole: RowView
    group_by: str
    method: str
    coverage_floor: float
    pending: int


class StretchView(Body):
    """Core time of one asset in which nothing changes; `counted` is used, setup, idle, unknown or an overlay."""

    asset_code: str
    start: datetime
    end: datetime
    duration_s: float
    state: str
    counted: str
    holder_id: str
    user_id: str
    promise: str


class DueView(Body):
    """A booking that was due, without who asked for it."""

    id: str
    asset_code: str
    start: datetime
    end: datetime
    organization_id: str
    state: str


class CalendarDayView(Body):
    """A day of the calendar and its core time."""

    day: date
    kind: str
    name: str
    core_s: float


class EvidenceView(Body):
    """What a row is made of; the page of stretches, all bookings and calendar days. `digest` checks the figures."""

    row: RowView
    items: list[StretchView]
    next_cursor: str | None
    total: int
    bookings: list[DueView]
    calendar_days: list[CalendarDayView]
    digest: str
    calculation: str
    pending: int


def row_view(row: Row, method: str) -> RowView:
    """Return a row as the API shows it."""
    sums, rates = row.sums, row.rates
    return RowView(
        key=row.key,
        name_zh=row.name_zh,
        name_en=row.name_en,
        method=method,
        core_s=sums.core / 1000,
        maintenance_s=sums.maintenance / 1000,
        in_transit_s=sums.in_transit / 1000,
        available_s=sums.available / 1000,
        unknown_s=sums.unknown / 1000,
        known_s=sums.known / 1000,
        used_s=sums.used / 1000,
        setup_s=sums.setup / 1000,
        booked_s=sums.booked / 1000,
        lesson_s=sums.lesson / 1000,
        borrowed_s=sums.borrowed / 1000,
        contradiction_s=sums.contradiction / 1000,
        due=sums.due,
        no_shows=sums.no_shows,
        coverage=rates.coverage,
        sufficient=rates.sufficient,
        utilization=rates.utilization,
        lower_bound=rates.lower_bound,
        utilization_with_setup=rates.with_setup,
        booked_frequency=rates.booked_frequency,
        booking_yield=rates.booking_yield,
        walk_up_share=rates.walk_up_share,
        no_show_rate=rates.no_show_rate,
        sharing_rate=rates.sharing_rate,
    )


def stretch_view(stretch: Stretch) -> StretchView:
    """Return a stretch as the API shows it."""
    return StretchView(
        asset_code=stretch.asset_code,
        start=stretch.start,
        end=stretch.end,
        duration_s=(stretch.end - stretch.start).total_seconds(),
        state=stretch.state,
        counted=stretch.counted,
        holder_id=stretch.holder_id,
        user_id=stretch.user_id,
        promise=stretch.promise,
    )


def due_view(asset_code: str, booked: Booked, start: datetime, end: datetime) -> DueView:
    """Return a booking that was due as the API shows it."""
    return DueView(
        id=booked.booking_id,
        asset_code=asset_code,
        start=start,
        end=end,
        organization_id=booked.user_id,
        state=booked.state,
    )


def calendar_day_view(line: CalendarLine) -> CalendarDayView:
    """Return a calendar day as the API shows it."""
    return CalendarDayView(day=line.day, kind=line.kind, name=line.name, core_s=line.core_ms / 1000)
