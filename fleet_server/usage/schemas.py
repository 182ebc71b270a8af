"""Answers of the API of measured use."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fleet_server.core.clock import from_ms
from fleet_server.usage.rules import Span
from fleet_server.usage.samples import Point


class Answer(BaseModel):
    """What every answer here has in common."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class SpanView(Answer):
    """One state over [start, end)."""

    start: datetime
    end: datetime
    state: str
    cause: str
    quality: str

    @classmethod
    def of(cls, span: Span) -> "SpanView":
        """Return the answer for a span."""
        return cls(
            start=from_ms(span.start_ms),
            end=from_ms(span.end_ms),
            state=span.state,
            cause=span.cause,
            quality=span.quality,
        )


class StateView(Answer):
    """A device's states over a range: the spans cover it once, `seconds` by state sum to its length."""

    device_id: str
    start: Annotated[datetime, Field(alias="from")]
    end: Annotated[datetime, Field(alias="to")]
    spans: list[SpanView]
    seconds: dict[str, float]


class PointView(Answer):
    """One step of a series: mean, least and most of numbers, the last of anything else."""

    at: datetime
    value: str | int | float | bool | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, point: Point) -> "PointView":
        """Return the answer for a point."""
        return cls(at=from_ms(point.at_ms), value=point.value, low=point.low, high=point.high)


class SeriesView(Answer):
    """One metric of a device over a range."""

    device_id: str
    metric: str
    start: Annotated[datetime, Field(alias="from")]
    end: Annotated[datetime, Field(alias="to")]
    step: int
    points: list[PointView]
