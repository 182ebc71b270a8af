"""Asking nodes to be born again: at most one asking every few seconds a node, and so many a second in all."""

from collections import OrderedDict
from collections.abc import Callable

from fleet_server.core.exposition import REBIRTHS
from telemetry.births import REBIRTH
from telemetry.metrics import DataType, Metric, Payload
from telemetry.payload import encode
from telemetry.topics import MessageType, Topic

NODE_INTERVAL_S = 5.0
PER_SECOND = 100.0
_BURST = 20.0
_MAX_WAITING = 50_000

Publish = Callable[[str, bytes], object]


class Rebirths:
    """Who is to be asked, and when each was asked last; used from one thread."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._waiting: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._asked: dict[tuple[str, str], float] = {}
        self._tokens, self._at = _BURST, 0.0

    def ask(self, group: str, node_id: str, reason: str) -> None:
        """Put a node on the list; the reason is counted when it is asked."""
        if len(self._waiting) < _MAX_WAITING:
            self._waiting.setdefault((group, node_id), reason)

    def born(self, group: str, node_id: str) -> None:
        """Take a node off the list: it has just been born."""
        self._waiting.pop((group, node_id), None)

    def send_due(self, now_s: float, now_ms: int) -> int:
        """Ask as many nodes as may be asked at `now_s`, seconds of a steady clock; return how many."""
        self._tokens = min(_BURST, self._tokens + (now_s - self._at) * PER_SECOND) if self._at else _BURST
        self._at = now_s
        sent = 0
        for key in list(self._waiting):
            if self._tokens < 1:
                break
            if now_s - self._asked.get(key, -NODE_INTERVAL_S) < NODE_INTERVAL_S:
                continue
            self._send(key, now_s, now_ms)
            sent += 1
        return sent

    def _send(self, key: tuple[str, str], now_s: float, now_ms: int) -> None:
        self._tokens -= 1
        self._asked[key] = now_s
        REBIRTHS.labels(self._waiting.pop(key)).inc()
        self._publish(str(Topic(key[0], MessageType.NCMD, key[1])), rebirth_command(now_ms))
        if len(self._asked) > _MAX_WAITING:
            self._asked = {one: at for one, at in self._asked.items() if now_s - at < NODE_INTERVAL_S}


def rebirth_command(now_ms: int) -> bytes:
    """Return the payload that asks for a rebirth (topics-ncmd-mqtt: no seq; ncmd-rebirth-value: true)."""
    return encode(Payload((Metric(REBIRTH, True, DataType.BOOLEAN, now_ms),), now_ms))
