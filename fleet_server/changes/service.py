"""Writing change records: canonical JSON, a content hash, in the transaction of the change."""

import hashlib
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlmodel import Session

from fleet_server.changes.models import ChangeRecord
from fleet_server.core.scope import Viewer


def record(
    session: Session,
    actor: Viewer,
    action: str,
    object_kind: str,
    object_id: str,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    now: datetime,
) -> ChangeRecord:
    """Add the record of one change to the caller's transaction; bodies hold ids, not names."""
    change = ChangeRecord(
        at=now.astimezone(UTC),
        actor_id=actor.person_id,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        before=_plain(before),
        after=_plain(after),
        reason=reason[:500],
        content_hash="",
    )
    change.content_hash = content_hash(change)
    session.add(change)
    session.flush()
    return change


def content_hash(change: ChangeRecord) -> str:
    """Return the SHA-256 of the record's canonical JSON, as 64 hex characters; what the sealer sets is left out."""
    content = {
        "at": change.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": change.actor_id,
        "origin": change.origin,
        "action": change.action,
        "object_kind": change.object_kind,
        "object_id": change.object_id,
        "before": change.before,
        "after": change.after,
        "reason": change.reason,
    }
    return hashlib.sha256(canonical_json(content)).hexdigest()


def canonical_json(value: object) -> bytes:
    """Return JSON with sorted keys, no spaces, UTF-8; raises ValueError for NaN and infinities."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_atom)
    return text.encode()


def _plain(body: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if body is None else json.loads(canonical_json(body))


def _atom(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in a change record")
