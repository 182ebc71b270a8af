"""Table of change records: who changed what, written in the transaction of the change."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE, UtcDateTime


class ChangeRecord(SQLModel, table=True):
    """One change; bodies hold ids, not names. `sealed_no` and `chain_hash` are set by the sealer."""

    __tablename__ = "change_record"

    id: int | None = Field(default=None, primary_key=True, sa_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    actor_id: str = Field(max_length=32, index=True)
    origin: str = Field(default="", max_length=120)
    action: str = Field(max_length=60)
    object_kind: str = Field(max_length=40)
    object_id: str = Field(max_length=64, index=True)
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON_TYPE)
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON_TYPE)
    reason: str = Field(default="", max_length=500)
    content_hash: str = Field(max_length=64)
    sealed_no: int | None = Field(default=None, unique=True)
    chain_hash: str | None = Field(default=None, max_length=64)
