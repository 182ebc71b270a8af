"""What births say of nodes and devices, read within bounds."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fleet_server.ingest.texts import count_of, plain, text_of
from fleet_server.nodes.service import DeviceBirth, NodeBirth
from telemetry.births import (
    AGENT_VERSION,
    BD_SEQ,
    CLOCK_OFFSET,
    DRIVER,
    FIRMWARE,
    JOURNAL_EPOCH,
    JOURNAL_FIRST,
    JOURNAL_NEXT,
    JOURNAL_PENDING,
    KIND,
    MAKE,
    MANIFEST,
    MODEL,
    SERIAL,
    STATE,
    manifest_from_json,
)
from telemetry.errors import InvalidManifest
from telemetry.metrics import Metric, Payload
from telemetry.topics import Topic

MAX_PROPERTIES = 100
_KEPT = ("Properties/", "Health/", "Config/", "Profile/")
_HIDDEN = ("Properties/", "Journal/", "Command/", "Device Control/", "Node Control/")


def node_birth(topic: Topic, payload: Payload, received_ms: int) -> tuple[NodeBirth, int | None]:
    """Return what a node birth says and the first offset its journal holds, None for a node without a journal."""
    metrics = _by_name(payload)
    epoch = text_of(metrics, JOURNAL_EPOCH, 64) or None
    kept = {name[:120]: plain(metric.value) for name, metric in metrics.items() if name.startswith(_KEPT)}
    birth = NodeBirth(
        node_id=topic.node,
        group=topic.group,
        at_ms=received_ms,
        bd_seq=count_of(metrics, BD_SEQ),
        agent_version=text_of(metrics, AGENT_VERSION, 40),
        properties=dict(list(kept.items())[:MAX_PROPERTIES]),
        clock_offset_ms=count_of(metrics, CLOCK_OFFSET),
        journal_epoch=epoch,
        journal_next=count_of(metrics, JOURNAL_NEXT),
        journal_pending=count_of(metrics, JOURNAL_PENDING),
    )
    first = count_of(metrics, JOURNAL_FIRST)
    return birth, None if epoch is None else max(1, 1 if first is None else first)


def device_birth(
    topic: Topic, payload: Payload, received_ms: int, latest: Mapping[str, Any]
) -> tuple[DeviceBirth, str]:
    """Return what a device birth says, and what is wrong with its manifest, empty if nothing is."""
    metrics = _by_name(payload)
    manifest, problem = _manifest(metrics)
    birth = DeviceBirth(
        node_id=topic.node,
        device_key=topic.device or "",
        at_ms=received_ms,
        kind=text_of(metrics, KIND, 30),
        make=text_of(metrics, MAKE, 60),
        model=text_of(metrics, MODEL, 60),
        serial=text_of(metrics, SERIAL, 80),
        firmware=text_of(metrics, FIRMWARE, 60),
        driver=text_of(metrics, DRIVER, 60),
        manifest=manifest,
        metrics=latest,
    )
    return birth, problem


def is_shown(name: str) -> bool:
    """Return whether a device's metric is one a page shows as its latest value."""
    return bool(name) and name != STATE and not name.startswith(_HIDDEN)


def _by_name(payload: Payload) -> dict[str, Metric]:
    return {metric.name: metric for metric in payload.metrics if metric.name is not None}


def _manifest(metrics: Mapping[str, Metric]) -> tuple[Mapping[str, Any], str]:
    metric = metrics.get(MANIFEST)
    if metric is None or not isinstance(metric.value, str):
        return {}, ""
    try:
        return asdict(manifest_from_json(metric.value)), ""
    except InvalidManifest as error:
        return {}, f"manifest: {error}"
