"""What a person on site allows for a while: one hazardous order to one device, within one boot."""

import json
from collections.abc import Mapping
from pathlib import Path

from edge_agent.clocks import Moment

MAX_MINUTES = 60
"""No consent lasts longer: who gave it is then no longer assumed to stand by."""

_MAX_ENTRIES = 200


class Consents:
    """The consents of one box, a small file that a terminal writes and the running agent reads."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "consents.json"

    def give(self, device: str, verb: str, minutes: int, now: Moment) -> None:
        """Allow an order to a device for `minutes`, 1 to MAX_MINUTES; 0 takes a consent back.

        Raises: OSError when the file cannot be written.
        """
        kept = {key: until for key, until in self._read(now.boot).items() if until > now.boottime_ms}
        kept[_key(device, verb)] = now.boottime_ms + min(max(minutes, 0), MAX_MINUTES) * 60_000
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".part")
        newest = dict(list(kept.items())[-_MAX_ENTRIES:])
        draft.write_text(json.dumps({"boot": now.boot, "until_ms": newest}), encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(self._path)

    def in_force(self, device: str, verb: str, now: Moment) -> bool:
        """Tell whether an order is allowed at this moment, by the clock that never jumps; a broken file allows none."""
        return now.boottime_ms < self._read(now.boot).get(_key(device, verb), 0)

    def _read(self, boot: str) -> Mapping[str, int]:
        try:
            said = json.loads(self._path.read_bytes()[:100_000])
            if said["boot"] != boot:
                return {}
            return {str(key): int(until) for key, until in said["until_ms"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return {}


def _key(device: str, verb: str) -> str:
    return f"{device}/{verb}"
