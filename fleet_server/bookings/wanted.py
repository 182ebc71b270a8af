"""What the availability page is asked: day, filters and the draft of a booking, all in its address."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import Field

from fleet_server.core.fields import Code, Day

Clock = Annotated[str, Query(max_length=8)]
FREE_MINUTES = 90
"""What "free" means unless the reader says otherwise: one lesson with its preparation and clearing up."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The page's query; empty = left to the page. `start` and `end` are local times of `day`."""

    organization: str = ""
    capability: str = ""
    school: str = ""
    day: date | None = None
    view: str = "day"
    free: int = 0
    start: str = ""
    end: str = ""
    asset: str = ""
    room: str = ""
    move: str = ""

    @property
    def resource(self) -> str:
        """The resource of the draft as the form names it, `asset:<code>` or `room:<id>`."""
        if self.asset:
            return f"asset:{self.asset}"
        return f"room:{self.room}" if self.room else ""

    def address(self, path: str = "/availability", **changes: Any) -> str:
        """Return an address that asks the same but for the changes."""
        asked = replace(self, **changes)
        parts = {
            "organization": asked.organization,
            "capability": asked.capability,
            "school": asked.school,
            "day": asked.day.isoformat() if asked.day else "",
            "view": "" if asked.view == "day" else asked.view,
            "free": str(asked.free) if asked.free else "",
            "start": asked.start,
            "end": asked.end,
            "asset": asked.asset,
            "room": asked.room,
            "move": asked.move,
        }
        query = urlencode({name: value for name, value in parts.items() if value})
        return f"{path}?{query}" if query else path

    def without_draft(self, **changes: Any) -> str:
        """Return the address of the same page without the draft of a booking."""
        return replace(self, start="", end="", asset="", room="", move="").address(**changes)


def wanted_of(
    organization: Annotated[Code | Literal[""], Query()] = "",
    capability: Annotated[Code | Literal[""], Query()] = "",
    school: Annotated[Code | Literal[""], Query()] = "",
    day: Annotated[Day | Literal[""] | None, Query()] = None,
    view: Annotated[Literal["day", "week"], Query()] = "day",
    free: Annotated[Annotated[int, Field(ge=0, le=600)] | Literal[""], Query()] = 0,
    start: Clock = "",
    end: Clock = "",
    asset: Annotated[str, Query(max_length=48)] = "",
    room: Annotated[Code | Literal[""], Query()] = "",
    move: Annotated[Code | Literal[""], Query()] = "",
) -> Wanted:
    """Read the page's query."""
    return Wanted(organization, capability, school, day or None, view, free or 0, start, end, asset.strip(), room, move)


WantedQuery = Annotated[Wanted, Depends(wanted_of)]


def moment(day: date, text: str, zone: str) -> datetime | None:
    """Return the UTC time of a local day and `HH:MM`; None for anything else. 24:00 ends the day."""
    if text == "24:00":
        day, text = day + timedelta(days=1), "00:00"
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        return None
    if clock.tzinfo is not None:
        return None
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
