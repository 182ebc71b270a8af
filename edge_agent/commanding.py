"""Commands from the server: each is done at most once, and each gets an answer in the journal."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_agent.clocks import Clock, quality
from edge_agent.drafts import Draft, body_of, plain
from edge_agent.outbox import Outbox
from edge_agent.polling import Order
from telemetry.errors import MalformedPayload
from telemetry.journal import RecordKind, read_body
from telemetry.metrics import Value

_log = logging.getLogger(__name__)
_MAX_ID = 64

Journal = Callable[[Draft], None]
GiveOrder = Callable[[str, Order], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One request: `expires_ms` in milliseconds UTC by the server's clock, None for never."""

    id: str
    verb: str
    args: Mapping[str, Value]
    expires_ms: int | None


def parse_command(text: str) -> Command:
    """Read the JSON of a `Command/Request`.

    Raises: MalformedPayload.
    """
    raw = read_body(text)
    command_id, verb, args = raw.get("id"), raw.get("verb"), raw.get("args") or {}
    expires = raw.get("expires")
    if not isinstance(command_id, str) or not 0 < len(command_id) <= _MAX_ID:
        raise MalformedPayload("a command without a usable id")
    if not isinstance(verb, str) or not isinstance(args, dict):
        raise MalformedPayload("a command without a verb")
    if not all(isinstance(value, str | int | float | bool | None) for value in args.values()):
        raise MalformedPayload("a command whose arguments are no plain values")
    if expires is not None and (isinstance(expires, bool) or not isinstance(expires, int)):
        raise MalformedPayload("a command whose expiry is no time")
    return Command(command_id, verb, args, expires)


class Commander:
    """Takes commands, passes them on to devices, and journals what became of them."""

    def __init__(
        self, outbox: Outbox, clock: Clock, journal: Journal, verbs: Mapping[str, frozenset[str]], give: GiveOrder
    ) -> None:
        """Make one; `verbs` are those each device knows, `give` hands an order to a device's thread."""
        self._outbox, self._clock, self._journal, self._verbs, self._give = outbox, clock, journal, verbs, give

    def resume(self) -> None:
        """Answer what a former run began and did not finish: failed, and not tried again."""
        for command_id, device in self._outbox.open_commands():
            self._end(device, command_id, "failed", "the agent stopped before it was done; it is not tried again")

    def take(self, device: str | None, text: str, offset_ms: int | None) -> None:
        """Take one request for a device, or for the node; a request seen before changes nothing."""
        try:
            command = parse_command(text)
        except MalformedPayload as error:
            _log.warning("a command cannot be read: %s", error)
            return
        now_ms = self._clock().wall_ms + (offset_ms or 0)
        if not self._outbox.begin_command(command.id, device, now_ms):
            return
        if command.expires_ms is not None and command.expires_ms <= now_ms:
            self._end(device, command.id, "expired", "it came too late")
        elif device is None:
            self._answer_for_node(command)
        elif command.verb not in self._verbs.get(device, frozenset()):
            self._end(device, command.id, "rejected", f"this device does not know {plain(command.verb, 40)}")
        else:
            self._say(device, command.id, "accepted", "")
            self._give(device, Order(command.verb, command.args, self._done(device, command.id)))

    def _answer_for_node(self, command: Command) -> None:
        if command.verb == "ping":
            self._end(None, command.id, "done", "here")
        else:
            self._end(None, command.id, "rejected", f"this box does not know {plain(command.verb, 40)}")

    def _done(self, device: str, command_id: str) -> Callable[[str, str], None]:
        return lambda status, detail: self._end(device, command_id, status, detail)

    def _end(self, device: str | None, command_id: str, status: str, detail: str) -> None:
        self._say(device, command_id, status, detail)
        self._outbox.end_command(command_id)

    def _say(self, device: str | None, command_id: str, status: str, detail: str) -> None:
        at = self._clock()
        body = body_of({"id": command_id, "status": status, "detail": detail})
        self._journal(Draft(RecordKind.OUTCOME, device, at, quality(at.wall_ms, None), body=body))
