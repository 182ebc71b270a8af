"""What is broken, grouped by cause: one dead box or line is one trouble with its devices, not one each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet_server.desk.rules import FleetRow

TOGETHER_S = 60
"""Boxes of one school that fall silent within this many seconds of each other have one cause."""
DISK_FULL_PERCENT = 90.0
CLOCK_WRONG_MS = 5000


@dataclass(frozen=True, slots=True)
class NodeFact:
    """One box with its school, as far as troubles need it."""

    node_id: str
    organization_id: str
    organization_zh: str
    organization_en: str
    zone: str
    liveness: str
    seen: datetime | None
    clock_offset_ms: int | None


@dataclass(frozen=True, slots=True)
class DiskFact:
    """How full the disk of a device is, in percent, and what is left in GB where it says so."""

    percent: float
    free_gb: float | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """One cause with what it affects; `others` counts what is alike and works, `amount` is the kind's own figure."""

    kind: str
    since: datetime | None
    organization_id: str
    organization_zh: str
    organization_en: str
    zone: str
    rows: tuple[FleetRow, ...]
    nodes: tuple[str, ...] = ()
    cause: str = ""
    others: int = 0
    amount: float = 0.0
    disk: DiskFact | None = None

    @property
    def affected(self) -> int:
        """How many devices it affects."""
        return len(self.rows)


def find_troubles(rows: Sequence[FleetRow], nodes: Sequence[NodeFact], disks: Mapping[str, DiskFact]) -> list[Trouble]:
    """Return every trouble, the newest change first, those without a known start last."""
    by_node: dict[str, list[FleetRow]] = defaultdict(list)
    for row in rows:
        if row.device_id:
            by_node[row.node_id].append(row)
    found = [
        *_silent_boxes(nodes, by_node),
        *_faults(rows),
        *_silent_devices(by_node),
        *_full_disks(rows, disks),
        *_wrong_clocks(nodes, by_node),
    ]
    return sorted(found, key=lambda trouble: -(trouble.since.timestamp() if trouble.since else 0))


def _silent_boxes(nodes: Sequence[NodeFact], by_node: Mapping[str, list[FleetRow]]) -> Iterable[Trouble]:
    by_school: dict[tuple[str, str], list[NodeFact]] = defaultdict(list)
    alive: dict[str, int] = defaultdict(int)
    for node in nodes:
        if node.liveness == "online":
            alive[node.organization_id] += 1
        elif node.seen is not None and not _switched_off(by_node.get(node.node_id, [])):
            by_school[node.organization_id, node.liveness].append(node)
    for (organization_id, liveness), silent in by_school.items():
        for together in fell_together(silent):
            yield _of_boxes(liveness, together, by_node, alive[organization_id])


def _switched_off(rows: Sequence[FleetRow]) -> bool:
    return bool(rows) and all(row.measured == "off" for row in rows)


def fell_together(nodes: Iterable[NodeFact]) -> list[list[NodeFact]]:
    """Group boxes by the moment they were last heard; a gap of more than a minute parts two groups."""
    groups: list[list[NodeFact]] = []
    last: datetime | None = None
    for node in sorted((node for node in nodes if node.seen), key=lambda node: node.seen or datetime.min):
        if node.seen is None:
            continue
        if last is None or (node.seen - last).total_seconds() > TOGETHER_S:
            groups.append([])
        groups[-1].append(node)
        last = node.seen
    return groups


def _of_boxes(liveness: str, nodes: list[NodeFact], by_node: Mapping[str, list[FleetRow]], others: int) -> Trouble:
    first = nodes[0]
    seen = [node.seen for node in nodes if node.seen]
    return Trouble(
        kind=f"box_{liveness}",
        since=max(seen),
        organization_id=first.organization_id,
        organization_zh=first.organization_zh,
        organization_en=first.organization_en,
        zone=first.zone,
        rows=tuple(row for node in nodes for row in by_node.get(node.node_id, [])),
        nodes=tuple(node.node_id for node in nodes),
        others=others,
        amount=(max(seen) - min(seen)).total_seconds(),
    )


def _faults(rows: Sequence[FleetRow]) -> Iterable[Trouble]:
    groups: dict[tuple[str, str, str], list[FleetRow]] = defaultdict(list)
    working: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.state == "fault":
            groups[row.organization_id, row.kind, row.cause].append(row)
        elif row.device_id and row.state != "unknown":
            working[row.model] += 1
    for group in groups.values():
        yield _of_rows("fault", group, cause=group[0].cause, others=working[group[0].model])


def _silent_devices(by_node: Mapping[str, list[FleetRow]]) -> Iterable[Trouble]:
    for node_id, rows in by_node.items():
        heard = [row for row in rows if row.liveness == "online"]
        groups: dict[str, list[FleetRow]] = defaultdict(list)
        for row in heard:
            if row.state == "unknown":
                groups[row.cause].append(row)
        for cause, silent in groups.items():
            others = len(heard) - len(silent)
            yield _of_rows("device_silent", silent, nodes=(node_id,), cause=cause, others=others)


def _full_disks(rows: Sequence[FleetRow], disks: Mapping[str, DiskFact]) -> Iterable[Trouble]:
    for row in rows:
        disk = disks.get(row.device_id)
        if disk is not None and disk.percent >= DISK_FULL_PERCENT and row.state != "unknown":
            yield _of_rows("disk", [row], since_known=False, disk=disk)


def _wrong_clocks(nodes: Sequence[NodeFact], by_node: Mapping[str, list[FleetRow]]) -> Iterable[Trouble]:
    groups: dict[str, list[NodeFact]] = defaultdict(list)
    for node in nodes:
        if node.liveness == "online" and abs(node.clock_offset_ms or 0) >= CLOCK_WRONG_MS:
            groups[node.organization_id].append(node)
    for wrong in groups.values():
        rows = [row for node in wrong for row in by_node.get(node.node_id, [])]
        worst = max((node.clock_offset_ms or 0 for node in wrong), key=abs)
        if rows:
            names = tuple(node.node_id for node in wrong)
            yield _of_rows("clock", rows, nodes=names, since_known=False, amount=worst / 1000)


def _of_rows(
    kind: str,
    rows: Sequence[FleetRow],
    *,
    nodes: tuple[str, ...] = (),
    cause: str = "",
    others: int = 0,
    amount: float = 0.0,
    disk: DiskFact | None = None,
    since_known: bool = True,
) -> Trouble:
    first = rows[0]
    began = [row.since for row in rows if row.since]
    return Trouble(
        kind=kind,
        since=max(began) if began and since_known else None,
        organization_id=first.organization_id,
        organization_zh=first.organization_zh,
        organization_en=first.organization_en,
        zone=first.zone,
        rows=tuple(rows),
        nodes=nodes or tuple(sorted({row.node_id for row in rows})),
        cause=cause,
        others=others,
        amount=amount,
        disk=disk,
    )
