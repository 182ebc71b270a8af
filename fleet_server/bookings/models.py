"""Tables of bookings: promises of an asset or room for a slot, their transitions, joint lessons."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE, UtcDateTime


class JointLesson(SQLModel, table=True):
    """One lesson that books rooms or sets in two or more schools, all or none."""

    __tablename__ = "joint_lesson"

    id: str = Field(primary_key=True, max_length=32)
    title: str = Field(max_length=120)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Booking(SQLModel, table=True):
    """A promise of one asset or room for [starts_at, ends_at) to `organization_id`, which uses it.

    `lender_id` is who held the asset, or whose room it is, when it was booked: that side decides on requests.
    """

    id: str = Field(primary_key=True, max_length=32)
    asset_id: str | None = Field(default=None, foreign_key="asset.id", index=True)
    room_id: str | None = Field(default=None, foreign_key="room.id", index=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    lender_id: str = Field(foreign_key="organization.id", index=True)
    requester_id: str = Field(foreign_key="person.id", index=True)
    starts_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(max_length=20, index=True)
    purpose: str = Field(default="", max_length=200)
    participants: int | None = None
    joint_lesson_id: str | None = Field(default=None, foreign_key="joint_lesson.id", index=True)
    claim_id: str = Field(foreign_key="claim.id")
    checked_out_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    returned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rating: int | None = None
    feedback: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1

    __table_args__ = (sa.CheckConstraint("(asset_id IS NULL) <> (room_id IS NULL)", name="booking_one_resource"),)


class BookingEvent(SQLModel, table=True):
    """One transition of a booking: reason, person or job, time; `evidence` is what a job decided on."""

    __tablename__ = "booking_event"

    id: int | None = Field(default=None, primary_key=True, sa_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    booking_id: str = Field(foreign_key="booking.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str = Field(max_length=32)
    from_state: str = Field(default="", max_length=20)
    to_state: str = Field(max_length=20)
    reason: str = Field(default="", max_length=300)
    evidence: dict[str, Any] | None = Field(default=None, sa_type=JSON_TYPE)


class BookingSession(SQLModel, table=True):
    """The booking a usage session belongs to (device and session start are the session's key)."""

    __tablename__ = "booking_session"

    device_id: str = Field(primary_key=True, max_length=32)
    start_ms: int = Field(primary_key=True, sa_type=sa.BigInteger)
    end_ms: int = Field(sa_type=sa.BigInteger)
    used_ms: int = Field(sa_type=sa.BigInteger)
    booking_id: str | None = Field(default=None, foreign_key="booking.id", index=True)
