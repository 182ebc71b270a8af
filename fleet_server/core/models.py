"""Tables of core: events that leave after commit, answers kept for repeated writes."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fleet_server.core.db import JSON_TYPE, UtcDateTime


class OutboxEvent(SQLModel, table=True):
    """News written in the transaction that made it, handed on after commit; the row goes when every handler is done."""

    __tablename__ = "outbox_event"

    id: int | None = Field(default=None, primary_key=True, sa_type=sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
    topic: str = Field(max_length=60)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_TYPE)
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime, index=True)
    attempts: int = 0
    last_error: str = Field(default="", max_length=300)


class KeptAnswer(SQLModel, table=True):
    """The answer to a write that carried an Idempotency-Key, kept in the transaction of its effect."""

    __tablename__ = "kept_answer"

    owner_id: str = Field(primary_key=True, max_length=32)
    key: str = Field(primary_key=True, max_length=128)
    fingerprint: str = Field(max_length=64)
    status: int = 0
    media_type: str = Field(default="", max_length=120)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=JSON_TYPE)
    body: bytes = Field(default=b"", sa_type=sa.LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
