"""The plan file of a simulated district: which boxes exist, what their devices do and when their link is down."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Activity:
    """One stretch of use of a device, [start_ms, end_ms) UTC.

    `outcome` is done, failed, or fault (the device breaks at `end_ms` and stays broken for `fault_ms`). `work` is
    what the device's physics need: grams and target temperatures of a print, nothing for a lesson.
    """

    start_ms: int
    end_ms: int
    outcome: str = "done"
    fault_ms: int = 0
    work: str = ""


@dataclass(frozen=True, slots=True)
class PlannedDevice:
    """One simulated device.

    `on` lists the stretches with power, [start_ms, end_ms), empty = always on; `blind` those in which its box cannot
    read it.
    """

    key: str
    kind: str
    make: str
    model: str
    serial: str
    firmware: str
    on: tuple[tuple[int, int], ...] = ()
    activities: tuple[Activity, ...] = ()
    blind: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedNode:
    """One simulated box; `outages` are stretches without a link, [start_ms, end_ms)."""

    node_id: str
    site_id: str
    devices: tuple[PlannedDevice, ...]
    outages: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole district; history before `created_ms` starts at `history_from_ms`."""

    mqtt_host: str
    mqtt_port: int
    created_ms: int
    history_from_ms: int
    nodes: tuple[PlannedNode, ...]


def save_plan(plan: Plan, path: Path) -> None:
    """Write a plan so that a reader sees the old file or the new one, never a part."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(plan, separators=(",", ":"), default=_fields), encoding="utf-8")
    draft.replace(path)


def _fields(part: Activity | PlannedDevice | PlannedNode | Plan) -> dict[str, Any]:
    """Return one level of a plan; `asdict` copies every level and takes three times as long."""
    return {name: getattr(part, name) for name in part.__slots__}


def load_plan(path: Path) -> Plan:
    """Read a plan.

    Raises: ValueError naming the file for anything that is not a plan.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        nodes = tuple(_node(item) for item in raw.pop("nodes"))
        return Plan(nodes=nodes, **raw)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a plan: {error}") from error


def _node(raw: dict[str, Any]) -> PlannedNode:
    devices = tuple(_device(item) for item in raw.pop("devices"))
    return PlannedNode(devices=devices, outages=_spans(raw.pop("outages")), **raw)


def _device(raw: dict[str, Any]) -> PlannedDevice:
    activities = tuple(Activity(**item) for item in raw.pop("activities"))
    return PlannedDevice(activities=activities, on=_spans(raw.pop("on")), blind=_spans(raw.pop("blind", [])), **raw)


def _spans(raw: list[list[int]]) -> tuple[tuple[int, int], ...]:
    return tuple((start, end) for start, end in raw)
