"""What troubles need beside the fleet's rows: the boxes in sight, and how full disks are."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fleet_server.core.scope import Viewer, visible
from fleet_server.desk.rules import FleetRow
from fleet_server.desk.troubles import DiskFact, NodeFact
from fleet_server.nodes.models import Device, Node
from fleet_server.organizations.models import Organization

DISK_PERCENT = "Telemetry/Disk Percent"
DISK_FREE = "Telemetry/Disk Free"
_N: Any = Node
_D: Any = Device
_O: Any = Organization


def node_facts(session: Session, viewer: Viewer) -> list[NodeFact]:
    """Return the boxes of the viewer's part of the tree that are in service."""
    statement = (
        sa.select(
            _N.id, _O.id, _O.name_zh, _O.name_en, _O.timezone, _N.liveness, _N.last_seen, _N.clock_offset_ms,
        )
        .join(_O, _O.id == _N.organization_id)
        .where(_N.status == "active", visible(_N.organization_id, viewer))
    )  # fmt: skip
    return [NodeFact(*row) for row in session.execute(statement)]


def disk_facts(session: Session, rows: Sequence[FleetRow]) -> dict[str, DiskFact]:
    """Return how full the disk of each device is that reports one."""
    wanted = {row.device_id for row in rows if row.online}
    statement = sa.select(_D.id, _D.metrics).where(sa.cast(_D.metrics, sa.Text).like(f"%{DISK_PERCENT}%"))
    found: dict[str, DiskFact] = {}
    for device_id, metrics in session.execute(statement):
        percent = _number(metrics, DISK_PERCENT)
        if device_id in wanted and percent is not None:
            found[device_id] = DiskFact(percent, _number(metrics, DISK_FREE))
    return found


def _number(metrics: dict[str, Any], name: str) -> float | None:
    kept = metrics.get(name)
    value = kept[0] if isinstance(kept, list) and kept else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
