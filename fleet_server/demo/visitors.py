"""What visitors do to the demo: a printer someone checks out starts to print."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random

from fleet_server.core.clock import to_ms
from fleet_server.demo.daily import MINUTE
from fleet_server.demo.liveness import busy_spans, overlaps, with_activity
from fleet_server.demo.prints import print_work
from fleet_server.demo.watching import CheckOut
from telemetry.plan import Activity, Plan, PlannedDevice

_BEGINS_MS = 15_000
_LONGEST_MS = 40 * MINUTE
_SHORTEST_MS = 3 * MINUTE
_COOLING_MS = 12 * MINUTE


def print_for(plan: Plan, check_out: CheckOut, now_ms: int) -> Plan | None:
    """Return the plan with a print for a check-out; None when the printer is busy or the booking too short."""
    device = _device(plan, check_out.serial)
    if device is None:
        return None
    began = now_ms + _BEGINS_MS
    booked_until = to_ms(datetime.fromisoformat(check_out.ends_at).replace(tzinfo=UTC))
    ends = min(began + _LONGEST_MS, booked_until - MINUTE, _next_use(busy_spans(device), began) - _COOLING_MS)
    if ends - began < _SHORTEST_MS or overlaps(busy_spans(device), (now_ms - MINUTE, began)):
        return None
    work = print_work(ends - began, Random(check_out.booking_id))
    return with_activity(plan, check_out.serial, Activity(began, ends, "done", 0, work))


def _device(plan: Plan, serial: str) -> PlannedDevice | None:
    return next((device for node in plan.nodes for device in node.devices if device.serial == serial), None)


def _next_use(spans: Iterable[tuple[int, int]], after: int) -> int:
    return min((start for start, _ in spans if start > after), default=after + _LONGEST_MS + _COOLING_MS)
