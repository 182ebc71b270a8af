"""Answers of the change records API."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from fleet_server.changes.models import ChangeRecord


class ChangeView(BaseModel):
    """One change: who, what, when, before and after; ids, not names. `sealed_no` is null until it is chained."""

    model_config = ConfigDict(extra="forbid")

    id: int
    at: datetime
    actor_id: str
    action: str
    object_kind: str
    object_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    content_hash: str
    sealed_no: int | None
    chain_hash: str | None

    @classmethod
    def of(cls, row: ChangeRecord) -> "ChangeView":
        """Return the answer for a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class HeadView(BaseModel):
    """The chain's head: note it elsewhere, and a cut tail or a chain written anew will show."""

    model_config = ConfigDict(extra="forbid")

    count: int
    chain_hash: str
    overdue: int
