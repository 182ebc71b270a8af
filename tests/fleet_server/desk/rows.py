"""Rows of the fleet for tests of pure rules."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from fleet_server.desk.rules import FleetRow

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


def row(key: str, **known: Any) -> FleetRow:
    """Return a row of a device on line in school `north`, with some of it said."""
    plain: dict[str, Any] = {field.name: _default(field.type) for field in fields(FleetRow)}
    usual = {
        "key": key,
        "device_id": key,
        "asset_id": f"a-{key}",
        "asset_code": f"YX-{key.upper()}",
        "node_id": "n1",
        "organization_id": "north",
        "zone": "Asia/Shanghai",
        "liveness": "online",
        "online": True,
        "measured": "standby",
        "bookable": True,
        "status": "in_service",
    }
    return FleetRow(**(plain | usual | known))


def _default(kind: Any) -> Any:
    return {int: 0, bool: False, str: ""}.get(kind)
