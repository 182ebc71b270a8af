"""What a visitor sees in the first ten minutes: prints that start and end, one fault, one lost link, one no-show."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random

from fleet_server.demo import places
from fleet_server.demo.daily import MINUTE, Promise, Span, merged
from fleet_server.demo.district import District, Item
from fleet_server.demo.history import Weeks
from fleet_server.demo.prints import print_work
from telemetry.plan import Activity, Plan, PlannedDevice, PlannedNode

STAGE_MS = 90 * MINUTE
_SECOND = 1000
_PRINTS = (
    (70 * _SECOND, 5 * MINUTE, "fault", 50 * MINUTE),
    (95 * _SECOND, 8 * MINUTE, "done", 0),
    (150 * _SECOND, 34 * MINUTE, "done", 0),
    (4 * MINUTE, 9 * MINUTE, "failed", 0),
)
"""Begin after the start, length, outcome, and how long a fault lasts."""
_LINK_LOST = (240 * _SECOND, 480 * _SECOND)
_MISSED_AFTER = 90 * _SECOND
_MISSED_LENGTH = 45 * MINUTE


@dataclass(frozen=True, slots=True)
class Scene:
    """A plan with the first minutes' events added, and the booking nobody will come for."""

    plan: Plan
    missed: Promise | None


def clear_stage(district: District, found: Weeks, now_ms: int) -> None:
    """Take what is planned for the coming minutes off some printers that are idle now: they have something to show."""
    window = (now_ms - 15 * MINUTE, now_ms + STAGE_MS)
    promised: dict[str, list[Span]] = {}
    for promise in found.promises:
        promised.setdefault(promise.item.id, []).append((promise.start_ms, promise.end_ms))
    cleared: set[str] = set()
    for item in district.items:
        spans = [(one.start_ms, one.end_ms + one.fault_ms) for one in found.activities[item.id]]
        spans += promised.get(item.id, [])
        running = [span for span in spans if span[0] < now_ms + MINUTE and span[1] > window[0]]
        if item.kind == "printer_3d" and not running and len(cleared) <= len(_PRINTS):
            cleared.add(item.id)
    for item_id in cleared:
        kept = [one for one in found.activities[item_id] if not overlaps([(one.start_ms, one.end_ms)], window)]
        found.activities[item_id] = kept
    wide = (window[0] - 30 * MINUTE, window[1] + 30 * MINUTE)
    found.promises = [
        promise
        for promise in found.promises
        if promise.item.id not in cleared or not overlaps([(promise.start_ms, promise.end_ms)], wide)
    ]


def promised(promises: list[Promise]) -> dict[str, list[Span]]:
    """Return when each asset is promised, with room to prepare and to bring it."""
    taken: dict[str, list[Span]] = {}
    for promise in promises:
        taken.setdefault(promise.item.id, []).append((promise.start_ms - 30 * MINUTE, promise.end_ms + 30 * MINUTE))
    return taken


def stage(district: District, plan: Plan, taken: Mapping[str, list[Span]], now_ms: int) -> Scene:
    """Add the events to printers nobody has planned anything for and to a box whose boards are in lessons.

    `taken` says by asset id when it is promised.
    """
    rng = Random(f"{district.seed}:stage:{now_ms}")
    idle = list(_idle_printers(district, plan, taken, (now_ms - 15 * MINUTE, now_ms + STAGE_MS)))
    rng.shuffle(idle)
    missed = _missed(district, idle.pop(), now_ms) if idle else None
    for item, (after, length, outcome, fault_ms) in zip(idle, _PRINTS, strict=False):
        began = now_ms + after
        work = print_work(length, rng)
        plan = with_activity(plan, item.serial, Activity(began, began + length, outcome, fault_ms, work))
    node = _box_in_lessons(plan, now_ms)
    return Scene(with_outage(plan, node, now_ms) if node else plan, missed)


def with_activity(plan: Plan, serial: str, activity: Activity) -> Plan:
    """Return the plan with one more activity of a device, with power from before it until it has cooled down."""

    def changed(device: PlannedDevice) -> PlannedDevice:
        power = (activity.start_ms - MINUTE, activity.end_ms + activity.fault_ms + 12 * MINUTE)
        return replace(
            device,
            activities=tuple(sorted((*device.activities, activity), key=lambda one: one.start_ms)),
            on=tuple(merged([*device.on, power])) if device.on else (),
        )

    return replace(plan, nodes=tuple(_with_device(node, serial, changed) for node in plan.nodes))


def with_outage(plan: Plan, node_id: str, now_ms: int) -> Plan:
    """Return the plan with a link of one box that is soon lost and comes back."""
    lost = (now_ms + _LINK_LOST[0], now_ms + _LINK_LOST[1])
    nodes = (
        replace(node, outages=tuple(merged([*node.outages, lost]))) if node.node_id == node_id else node
        for node in plan.nodes
    )
    return replace(plan, nodes=tuple(nodes))


def overlaps(spans: Iterator[Span] | list[Span], window: Span) -> bool:
    """Return whether one of the spans touches the window."""
    return any(start < window[1] and window[0] < end for start, end in spans)


def busy_spans(device: PlannedDevice) -> list[Span]:
    """Return when a device is in an activity or in the fault that followed it."""
    return [(one.start_ms, one.end_ms + one.fault_ms) for one in device.activities]


def _with_device(node: PlannedNode, serial: str, changed: Callable[[PlannedDevice], PlannedDevice]) -> PlannedNode:
    if all(device.serial != serial for device in node.devices):
        return node
    return replace(node, devices=tuple(changed(one) if one.serial == serial else one for one in node.devices))


def _idle_printers(district: District, plan: Plan, taken: Mapping[str, list[Span]], window: Span) -> Iterator[Item]:
    devices = {device.serial: device for node in plan.nodes for device in node.devices}
    for item in district.items:
        if item.kind == "printer_3d" and item.serial in devices:
            free = not overlaps(busy_spans(devices[item.serial]), window)
            if free and not overlaps(taken.get(item.id, []), window):
                yield item


def _box_in_lessons(plan: Plan, now_ms: int) -> str | None:
    """Return the box with the least history of those with a device in use while the link will be lost."""
    window = (now_ms + _LINK_LOST[0], now_ms + _LINK_LOST[1])

    def busy(node: PlannedNode) -> bool:
        return len(node.devices) > 1 and any(overlaps(busy_spans(device), window) for device in node.devices)

    def history(node: PlannedNode) -> int:
        return sum(len(device.activities) for device in node.devices)

    candidates = [node for node in plan.nodes if busy(node)]
    return min(candidates, key=lambda node: (history(node), node.node_id)).node_id if candidates else None


def _missed(district: District, item: Item, now_ms: int) -> Promise:
    start = -(-(now_ms + _MISSED_AFTER) // MINUTE) * MINUTE
    school_id = item.now.school_id
    person = next(person for person in district.staff if person.school_id == school_id and not person.role)
    return Promise(
        key=f"missed:{item.id}:{start}",
        item=item,
        user_id=school_id,
        person_id=person.id,
        start_ms=start,
        end_ms=start + _MISSED_LENGTH,
        purpose=places.PRINT_PURPOSES[0],
        participants=12,
        fate="kept",
    )
