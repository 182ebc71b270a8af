"""Runs in pysparkplug's own environment: rebuilds payloads from JSON with its message classes, prints their bytes."""

import json
import sys
from typing import Any

from pysparkplug._protobuf import Payload  # type: ignore[import-not-found]


def fill(message: Any, described: dict[str, Any]) -> None:
    """Set every named field."""
    for name, value in described.items():
        setattr(message, name, value)


def rebuild(described: dict[str, Any]) -> bytes:
    """One payload in pysparkplug's classes."""
    message = Payload()
    fill(message, described["payload"])
    for metric in described["metrics"]:
        added = message.metrics.add()
        fill(added, metric["fields"])
        for key, entry in metric["properties"].items():
            added.properties.keys.append(key)
            fill(added.properties.values.add(), entry)
    return bytes(message.SerializeToString())


for line in sys.stdin:
    sys.stdout.write(rebuild(json.loads(line)).hex() + "\n")
    sys.stdout.flush()
