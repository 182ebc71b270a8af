"""Telling boxes up to where their journals are kept: after commit, at most twice a second each."""

from collections.abc import Callable, Iterable

from fleet_server.usage.service import Mark
from telemetry.births import JOURNAL_ACK, JOURNAL_CREDIT, JOURNAL_DIGEST, JOURNAL_EPOCH, SERVER_TIME
from telemetry.metrics import DataType, Metric, Payload
from telemetry.payload import encode
from telemetry.topics import MessageType, Topic

INTERVAL_S = 0.5
FULL_CREDIT, SMALL_CREDIT = 1_000, 50


class Acknowledgements:
    """The marks to send and when each node was last told; used from one thread."""

    def __init__(self, publish: Callable[[str, bytes], object]) -> None:
        self._publish = publish
        self._due: dict[str, tuple[str, Mark]] = {}
        self._told: dict[str, float] = {}

    def note(self, group: str, mark: Mark) -> None:
        """Put a committed mark up for sending; a newer one of the same node replaces it."""
        self._due[mark.node_id] = (group, mark)

    def send_due(self, now_s: float, now_ms: int, credit: int) -> int:
        """Send what may be sent at `now_s`, seconds of a steady clock; return how many."""
        ready = [node for node in self._due if now_s - self._told.get(node, -INTERVAL_S) >= INTERVAL_S]
        for node_id in ready:
            group, mark = self._due.pop(node_id)
            self._told[node_id] = now_s
            topic = Topic(group, MessageType.NCMD, node_id)
            self._publish(str(topic), acknowledgement(mark, credit, now_ms))
        return len(ready)

    def forget(self, node_ids: Iterable[str]) -> None:
        """Drop what was due to nodes that are gone."""
        for node_id in node_ids:
            self._due.pop(node_id, None)


def acknowledgement(mark: Mark, credit: int, now_ms: int) -> bytes:
    """Return the payload of one acknowledgement, server time included."""
    metrics = (
        Metric(JOURNAL_EPOCH, mark.epoch, DataType.STRING, now_ms),
        Metric(JOURNAL_ACK, mark.high_water, DataType.INT64, now_ms),
        Metric(JOURNAL_DIGEST, mark.digest, DataType.STRING, now_ms),
        Metric(JOURNAL_CREDIT, credit, DataType.INT32, now_ms),
        Metric(SERVER_TIME, now_ms, DataType.DATETIME, now_ms),
    )
    return encode(Payload(metrics, now_ms))


def credit_of(waiting: int, limit: int) -> int:
    """Return how many records a node may have under way, given the messages waiting and the most that may."""
    if waiting * 4 < limit:
        return FULL_CREDIT
    return 200 if waiting * 2 < limit else SMALL_CREDIT
