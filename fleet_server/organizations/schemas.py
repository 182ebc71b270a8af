"""Bodies and answers of the organizations API."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fleet_server.core.fields import Code, Day, Remark, ShortLine
from fleet_server.organizations.calendar import Day as CalendarDay
from fleet_server.organizations.calendar_editing import OwnCalendar, OwnDay, OwnTerm
from fleet_server.organizations.models import Organization, Pair, SharingAgreement

Weekday = Annotated[int, Field(ge=0, le=6)]


class Body(BaseModel):
    """What every body and answer here has in common."""

    model_config = ConfigDict(extra="forbid")


class OrganizationView(Body):
    """One node of the tree."""

    id: str
    parent_id: str | None
    kind: str
    name_zh: str
    name_en: str
    site_id: str | None
    timezone: str
    pupils: int | None
    pupils_on: date | None
    remoteness: str
    stage: str
    closed_at: datetime | None

    @classmethod
    def of(cls, row: Organization) -> "OrganizationView":
        """Return the answer for a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class TermBody(Body):
    """A term, both days included."""

    name_zh: ShortLine
    name_en: ShortLine
    first_day: Day
    last_day: Day


class PeriodBody(Body):
    """A lesson period in local time."""

    starts: time
    ends: time


class DayBody(Body):
    """A day against the rule; `follows_weekday` (0 = Monday) is the timetable a swapped day follows."""

    day: Day
    kind: Literal["closure", "school_day"]
    follows_weekday: Weekday | None = None
    note: Annotated[Remark, Field(max_length=120)] = ""


class OwnDayView(Body):
    """A day the organization entered against the rule."""

    day: date
    kind: str
    follows_weekday: int | None
    note: str


class CalendarBody(Body):
    """What an organization says itself; empty terms or periods are inherited from the nearest ancestor."""

    terms: Annotated[list[TermBody], Field(max_length=40)] = []
    periods: Annotated[list[PeriodBody], Field(max_length=24)] = []
    days: Annotated[list[DayBody], Field(max_length=800)] = []
    reason: Remark = ""

    def plan(self) -> OwnCalendar:
        """Return what the service takes; seconds and zones of period times fall away."""
        return OwnCalendar(
            tuple(OwnTerm(**term.model_dump()) for term in sorted(self.terms, key=lambda one: one.first_day)),
            tuple(sorted((_minute(one.starts), _minute(one.ends)) for one in self.periods)),
            tuple(OwnDay(**day.model_dump()) for day in sorted(self.days, key=lambda one: one.day)),
        )


class DayView(Body):
    """What a day is; `not_published` marks a year without a holiday notice (未公布)."""

    day: date
    kind: str
    is_school_day: bool
    week: int | None
    follows_weekday: int | None
    asks_weekday: bool
    name: str
    note: str
    not_published: bool

    @classmethod
    def of(cls, row: CalendarDay) -> "DayView":
        """Return the answer for a day."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class OwnView(Body):
    """What the organization says itself."""

    terms: list[TermBody]
    periods: list[PeriodBody]
    days: list[OwnDayView]


class CalendarView(Body):
    """The calendar an organization lives by: in force, and what it says itself."""

    organization_id: str
    timezone: str
    version: int
    terms: list[TermBody]
    periods: list[PeriodBody]
    own: OwnView
    days: list[DayView]


class TravelBody(Body):
    """Minutes by road, one direction."""

    minutes: Annotated[int, Field(ge=0, le=1440)]


class TravelView(Body):
    """Minutes by road from one organization to another."""

    from_id: str
    to_id: str
    minutes: int


class AgreementBody(Body):
    """Who lends to whom and when, both days included; no kinds means every kind."""

    lender_id: Code
    borrower_id: Code
    kinds: Annotated[list[Annotated[Code, Field(max_length=30)]], Field(max_length=6)] = []
    since: Day
    until: Day


class AgreementView(Body):
    """A sharing agreement."""

    id: str
    lender_id: str
    borrower_id: str
    kinds: list[str]
    since: date
    until: date

    @classmethod
    def of(cls, row: SharingAgreement) -> "AgreementView":
        """Return the answer for a row."""
        kinds = [kind for kind in row.kinds.split(",") if kind]
        return cls(
            id=row.id,
            lender_id=row.lender_id,
            borrower_id=row.borrower_id,
            kinds=kinds,
            since=row.since,
            until=row.until,
        )


class PairView(Body):
    """A supporting and a receiving school."""

    id: str
    supporting_id: str
    receiving_id: str
    since: date
    until: date | None

    @classmethod
    def of(cls, row: Pair) -> "PairView":
        """Return the answer for a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


def _minute(clock: time) -> time:
    return clock.replace(second=0, microsecond=0, tzinfo=None)
