"""What the primary host says of itself, where a box is told to wait for one."""

import json

from telemetry.topics import state_topic


class PrimaryHost:
    """Whether the primary host is on line; words older than the last one are not believed."""

    def __init__(self, host_id: str) -> None:
        self.topic = state_topic(host_id)
        self.online = False
        self._newest_ms = -1

    def said(self, payload: bytes) -> bool:
        """Take a STATE message; False when it cannot be read or is older than the last one."""
        try:
            word = json.loads(payload)
            online, at_ms = word["online"], word["timestamp"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return False
        if not isinstance(online, bool) or not isinstance(at_ms, int) or at_ms < self._newest_ms:
            return False
        self.online, self._newest_ms = online, at_ms
        return True
