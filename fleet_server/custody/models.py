"""Tables of custody: hand-overs of what was booked, and loans of weeks between organizations."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import UtcDateTime


class HandOver(SQLModel, table=True):
    """A change of custody by a booking: `kind` check_out or check_in, `condition` good, worn, damaged or incomplete."""

    __tablename__ = "hand_over"

    id: str = Field(primary_key=True, max_length=32)
    booking_id: str = Field(foreign_key="booking.id", index=True)
    asset_id: str | None = Field(default=None, foreign_key="asset.id", index=True)
    kind: str = Field(max_length=10)
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str = Field(max_length=32)
    from_id: str = Field(foreign_key="organization.id")
    to_id: str = Field(foreign_key="organization.id")
    condition: str = Field(max_length=12)
    note: str = Field(default="", max_length=200)


class Loan(SQLModel, table=True):
    """An asset of one organization at another for [starts_at, ends_at): asked, granted, out, back or refused."""

    id: str = Field(primary_key=True, max_length=32)
    asset_id: str = Field(foreign_key="asset.id", index=True)
    lender_id: str = Field(foreign_key="organization.id", index=True)
    borrower_id: str = Field(foreign_key="organization.id", index=True)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(max_length=10, index=True)
    outbound_claim_id: str = Field(foreign_key="claim.id")
    return_claim_id: str = Field(foreign_key="claim.id")
    asked_by: str = Field(max_length=32)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int = 1

    __table_args__ = (sa.CheckConstraint("starts_at < ends_at", name="loan_range"),)
