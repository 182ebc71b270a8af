"""Figures for Prometheus: what every storey counts, in one registry of our own."""

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
"""A registry of our own: nothing a library registers by itself appears in it."""

MEDIA_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LAGS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0)
_SIZES = (1, 5, 10, 25, 50, 100, 250, 500)

MESSAGES = Counter("fleet_ingest_messages", "Messages taken from the broker", ["type"], registry=REGISTRY)
RECORDS = Counter("fleet_ingest_records", "Journal records by what became of them", ["outcome"], registry=REGISTRY)
DEAD_LETTERS = Counter("fleet_ingest_dead_letters", "Messages and records that could not be taken", registry=REGISTRY)
REBIRTHS = Counter("fleet_ingest_rebirths", "Rebirths asked for", ["reason"], registry=REGISTRY)
BATCH_MESSAGES = Histogram("fleet_ingest_batch_messages", "Messages a batch", buckets=_SIZES, registry=REGISTRY)
BATCH_SECONDS = Histogram("fleet_ingest_batch_seconds", "Transaction of a batch", buckets=_SECONDS, registry=REGISTRY)
LAG_SECONDS = Histogram(
    "fleet_ingest_lag_seconds",
    "From the device's time to the committed row, live data",
    buckets=_LAGS,
    registry=REGISTRY,
)
WAITING = Gauge("fleet_ingest_waiting_messages", "Messages received and not yet committed", registry=REGISTRY)
HTTP_SECONDS = Histogram(
    "fleet_http_seconds", "Answers by route", ["method", "route", "status"], buckets=_SECONDS, registry=REGISTRY
)
NODES = Gauge("fleet_nodes", "Edge nodes by liveness", ["liveness"], registry=REGISTRY)
DEVICES = Gauge("fleet_devices", "Devices by state", ["state"], registry=REGISTRY)
BOOKINGS = Gauge("fleet_bookings", "Bookings by state", ["state"], registry=REGISTRY)


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route template."""
    HTTP_SECONDS.labels(method, route, str(status)).observe(seconds)


def set_counts(gauge: Gauge, counts: Mapping[str, int]) -> None:
    """Replace a gauge's values; labels that no longer occur go."""
    gauge.clear()
    for label, count in counts.items():
        gauge.labels(label).set(count)


def expose() -> bytes:
    """Return every figure in Prometheus' text format."""
    return generate_latest(REGISTRY)
