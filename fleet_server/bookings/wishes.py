"""What a person asks to book."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What to book: exactly one of `asset_code`, `room_id` and `capability`; used by `organization_id`."""

    starts_at: datetime
    ends_at: datetime
    organization_id: str
    asset_code: str | None = None
    room_id: str | None = None
    capability: str | None = None
    purpose: str = ""
    participants: int | None = None
