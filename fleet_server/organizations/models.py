"""Tables of the tree: organizations, memberships, reach, pairs, agreements, calendars, periods, travel times."""

from datetime import date, datetime, time

from sqlmodel import Field, SQLModel

from fleet_server.core.db import UtcDateTime


class Organization(SQLModel, table=True):
    """A node of the tree; `kind` is bureau, county, consortium, school, campus or teaching_point."""

    id: str = Field(primary_key=True, max_length=32)
    parent_id: str | None = Field(default=None, foreign_key="organization.id", index=True)
    kind: str = Field(max_length=20)
    name_zh: str = Field(max_length=120)
    name_en: str = Field(max_length=120)
    site_id: str | None = Field(default=None, unique=True, max_length=40)
    timezone: str = Field(default="Asia/Shanghai", max_length=40)
    pupils: int | None = None
    pupils_on: date | None = None
    remoteness: str = Field(default="town", max_length=20)
    stage: str = Field(default="primary", max_length=20)
    created_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """A school in a consortium, from and until."""

    id: str = Field(primary_key=True, max_length=32)
    consortium_id: str = Field(foreign_key="organization.id", index=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Reach(SQLModel, table=True):
    """Who lies below whom (itself included), by parents and memberships; what scope reads."""

    ancestor_id: str = Field(primary_key=True, foreign_key="organization.id")
    descendant_id: str = Field(primary_key=True, foreign_key="organization.id", index=True)
    since: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Pair(SQLModel, table=True):
    """A supporting and a receiving school that teach joint lessons."""

    id: str = Field(primary_key=True, max_length=32)
    supporting_id: str = Field(foreign_key="organization.id", index=True)
    receiving_id: str = Field(foreign_key="organization.id", index=True)
    since: date
    until: date | None = None


class SharingAgreement(SQLModel, table=True):
    """Dates and equipment kinds (comma-separated, empty = all) under which one organization lends to another."""

    id: str = Field(primary_key=True, max_length=32)
    lender_id: str = Field(foreign_key="organization.id", index=True)
    borrower_id: str = Field(foreign_key="organization.id", index=True)
    kinds: str = Field(default="", max_length=200)
    since: date
    until: date


class TravelTime(SQLModel, table=True):
    """Minutes by road between two organizations, one row a direction."""

    from_id: str = Field(primary_key=True, foreign_key="organization.id")
    to_id: str = Field(primary_key=True, foreign_key="organization.id")
    minutes: int


class Term(SQLModel, table=True):
    """A school term of an organization; schools below inherit it."""

    id: str = Field(primary_key=True, max_length=32)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    name_zh: str = Field(max_length=60)
    name_en: str = Field(max_length=60)
    first_day: date
    last_day: date


class CalendarDay(SQLModel, table=True):
    """A local override of one day: closure or school_day; `follows_weekday` (0 = Monday) sets its timetable."""

    organization_id: str = Field(primary_key=True, foreign_key="organization.id")
    day: date = Field(primary_key=True)
    kind: str = Field(max_length=20)
    follows_weekday: int | None = None
    note: str = Field(default="", max_length=120)


class Period(SQLModel, table=True):
    """A lesson period of an organization's day, local time; schools below inherit the nearest ancestor's set."""

    id: str = Field(primary_key=True, max_length=32)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    number: int
    starts: time
    ends: time


class CalendarVersion(SQLModel, table=True):
    """How often an organization's own terms, periods and days changed; evidence names the sum over its ancestors."""

    __tablename__ = "calendar_version"

    organization_id: str = Field(primary_key=True, foreign_key="organization.id")
    number: int
    changed_at: datetime = Field(sa_type=UtcDateTime)
