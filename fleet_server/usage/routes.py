"""REST of measured use: a device's states and its samples over a range."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query

from fleet_server.core.clock import to_ms
from fleet_server.core.errors import Invalid
from fleet_server.core.fields import Code, Line, Moment
from fleet_server.core.requests import Now, ReadSession
from fleet_server.nodes.queries import device_in_sight
from fleet_server.people.access import CurrentViewer
from fleet_server.usage import samples, service
from fleet_server.usage.rules import sum_states
from fleet_server.usage.schemas import PointView, SeriesView, SpanView, StateView

router = APIRouter(prefix="/api/v1", tags=["usage"])
DeviceId = Annotated[Code, Path()]
From = Annotated[Moment | None, Query(alias="from")]
To = Annotated[Moment | None, Query(alias="to")]
LONGEST = timedelta(days=100)


class RangeWrong(Invalid):
    """A range that is empty, reversed or too long."""

    code = "range_wrong"


@router.get("/devices/{device_id}/state")
def read_state(
    session: ReadSession, viewer: CurrentViewer, now: Now, device_id: DeviceId, start: From = None, end: To = None
) -> StateView:
    """Return a device's states over [from, to), by default the last 24 hours; at most 100 days."""
    device_in_sight(session, viewer, device_id)
    first, last = _range(start, end, now)
    spans = service.timeline(session, device_id, to_ms(first), to_ms(last), to_ms(now))
    return StateView(
        device_id=device_id,
        start=first,
        end=last,
        spans=[SpanView.of(span) for span in spans],
        seconds={state: length / 1000 for state, length in sum_states(spans).items()},
    )


@router.get("/devices/{device_id}/samples")
def read_samples(
    session: ReadSession,
    viewer: CurrentViewer,
    now: Now,
    device_id: DeviceId,
    metric: Annotated[Line, Query()],
    start: From = None,
    end: To = None,
    step: Annotated[int, Query(ge=1, le=86_400)] = 60,
) -> SeriesView:
    """Return one metric over [from, to), by default the last 24 hours; one point a `step` of seconds that has data."""
    device_in_sight(session, viewer, device_id)
    first, last = _range(start, end, now)
    points = samples.samples(session, device_id, metric, to_ms(first), to_ms(last), step * 1000)
    return SeriesView(
        device_id=device_id,
        metric=metric,
        start=first,
        end=last,
        step=step,
        points=[PointView.of(point) for point in points],
    )


def _range(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    last = end or now
    first = start or last - timedelta(days=1)
    if not timedelta(0) < last - first <= LONGEST:
        raise RangeWrong(field="to", days=LONGEST.days)
    return first, last
