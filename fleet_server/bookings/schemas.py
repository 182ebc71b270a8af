"""Bodies and answers of the API of bookings and availability."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from fleet_server.bookings.availability import Offer
from fleet_server.bookings.models import Booking, BookingEvent, JointLesson
from fleet_server.core.fields import Code, Line, Moment, Remark, ShortLine

Participants = Annotated[int, Field(ge=0, le=10_000)]
CodeText = ShortLine
StateName = Literal[
    "requested",
    "approved",
    "checked_out",
    "returned",
    "rejected",
    "cancelled",
    "expired",
    "no_show",
    "released",
    "completed",
]


class Body(BaseModel):
    """What every body and answer here has in common."""

    model_config = ConfigDict(extra="forbid")


class BookingBody(Body):
    """A booking to make: exactly one of asset_code, room_id and capability."""

    asset_code: CodeText | None = None
    room_id: Code | None = None
    capability: Code | None = None
    organization_id: Code | None = None
    start: Moment
    end: Moment
    purpose: Remark = ""
    participants: Participants | None = None


class BookingChange(Body):
    """Another slot: both ends to move, the end alone to extend or shorten."""

    start: Moment | None = None
    end: Moment | None = None


class ReasonBody(Body):
    """Why."""

    reason: Remark = ""


class HandOverBody(Body):
    """In which condition equipment changes hands."""

    condition: Literal["good", "worn", "damaged", "incomplete"] = "good"
    note: Remark = ""


class RatingBody(Body):
    """A judgement after use."""

    stars: Annotated[int, Field(ge=1, le=5)]
    feedback: Remark = ""


class EventView(Body):
    """One step of a booking; `actor_id` is null for whoever may not read names."""

    at: datetime
    actor_id: str | None
    from_state: str
    to_state: str
    reason: str
    evidence: dict[str, object] | None

    @classmethod
    def of(cls, row: BookingEvent, named: bool) -> "EventView":
        """Return the answer for a row."""
        return cls(
            at=row.at,
            actor_id=row.actor_id if named else None,
            from_state=row.from_state,
            to_state=row.to_state,
            reason=row.reason if named else "",
            evidence=row.evidence,
        )


class BookingView(Body):
    """One booking; the requester and the purpose are null and empty for whoever may not read names."""

    id: str
    asset_code: str | None
    room_id: str | None
    organization_id: str
    lender_id: str
    requester_id: str | None
    start: datetime
    end: datetime
    busy_from: datetime
    busy_until: datetime
    held_until: datetime | None
    state: StateName
    purpose: str
    participants: int | None
    joint_lesson_id: str | None
    checked_out_at: datetime | None
    returned_at: datetime | None
    rating: int | None
    created_at: datetime
    version: int


class BookingDetail(BookingView):
    """One booking with its steps."""

    events: list[EventView]


class JointLessonBody(Body):
    """A lesson in rooms and with sets of two or more schools."""

    start: Moment
    end: Moment
    title: ShortLine
    rooms: Annotated[list[Code], Field(max_length=20)] = []
    asset_codes: Annotated[list[CodeText], Field(max_length=20)] = []
    participants: Participants | None = None


class JointLessonView(Body):
    """A joint lesson with its bookings."""

    id: str
    title: str
    start: datetime
    end: datetime
    bookings: list[BookingView]

    @classmethod
    def of(cls, lesson: JointLesson, bookings: list[BookingView]) -> "JointLessonView":
        """Return the answer for a lesson."""
        return cls(id=lesson.id, title=lesson.title, start=lesson.starts_at, end=lesson.ends_at, bookings=bookings)


class SlotView(Body):
    """A range of time in which the wish fits."""

    start: datetime
    end: datetime


class ReasonView(Body):
    """Why nothing is free: a code, and the claim in the way where there is one."""

    code: str
    source: str
    busy_from: datetime | None
    busy_until: datetime | None


class OfferView(Body):
    """An asset or room, when it is free and how far away it is."""

    resource_kind: str
    asset_code: str | None
    room_id: str | None
    kind: str
    name_zh: str
    name_en: str
    holder_id: str
    travel_minutes: int
    free: list[SlotView]
    reason: ReasonView | None

    @classmethod
    def of(cls, offer: Offer) -> "OfferView":
        """Return the answer for an offer."""
        why = offer.reason
        return cls(
            resource_kind=offer.resource_kind,
            asset_code=offer.asset_code,
            room_id=offer.id if offer.resource_kind == "room" else None,
            kind=offer.kind,
            name_zh=offer.name_zh,
            name_en=offer.name_en,
            holder_id=offer.holder_id,
            travel_minutes=offer.travel_minutes,
            free=[SlotView(start=start, end=end) for start, end in offer.free],
            reason=why
            and ReasonView(code=why.code, source=why.source, busy_from=why.busy_from, busy_until=why.busy_until),
        )


class CalendarLink(Body):
    """Where a calendar can be subscribed to; whoever has the address can read it."""

    title: Line
    url: str


def booking_fields(booking: Booking) -> dict[str, object]:
    """Return the fields of a view that a booking has under the same name."""
    own = (
        "id room_id organization_id lender_id state participants joint_lesson_id checked_out_at returned_at rating"
        " created_at version"
    )
    return {name: getattr(booking, name) for name in own.split()}
