"""Sparkplug topics: building, parsing and the names allowed in them."""

import re
from dataclasses import dataclass
from enum import StrEnum

from telemetry.errors import InvalidTopic

NAMESPACE = "spBv1.0"
_NAME = re.compile(r"[^+#/\x00-\x1f\x7f]{1,120}")


class MessageType(StrEnum):
    """The message types of Sparkplug B 3.0, section 4.1.3."""

    NBIRTH = "NBIRTH"
    NDEATH = "NDEATH"
    NDATA = "NDATA"
    NCMD = "NCMD"
    DBIRTH = "DBIRTH"
    DDEATH = "DDEATH"
    DDATA = "DDATA"
    DCMD = "DCMD"


_DEVICE_TYPES = frozenset({MessageType.DBIRTH, MessageType.DDEATH, MessageType.DDATA, MessageType.DCMD})


@dataclass(frozen=True, slots=True)
class Topic:
    """One message's address: group (site), type, node, and device where the type has one."""

    group: str
    kind: MessageType
    node: str
    device: str | None = None

    def __str__(self) -> str:
        parts = [NAMESPACE, self.group, self.kind.value, self.node]
        return "/".join([*parts, self.device] if self.device is not None else parts)


def check_name(name: str) -> str:
    """Return a group, node or device name unchanged.

    Raises: InvalidTopic for an empty or overlong name, or one with `+ / #` or control characters.
    """
    if not _NAME.fullmatch(name):
        raise InvalidTopic(f"not a usable name: {name[:60]!r}")
    return name


def parse_topic(text: str) -> Topic:
    """Read a node or device topic.

    Raises: InvalidTopic for anything else, STATE topics included.
    """
    parts = text.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE:
        raise InvalidTopic(f"outside the namespace: {text[:120]!r}")
    try:
        kind = MessageType(parts[2])
    except ValueError:
        raise InvalidTopic(f"unknown message type: {parts[2][:20]!r}") from None
    if (kind in _DEVICE_TYPES) != (len(parts) == 5):
        raise InvalidTopic(f"wrong number of levels for {kind}: {text[:120]!r}")
    names = [check_name(name) for name in (parts[1], *parts[3:])]
    return Topic(names[0], kind, names[1], names[2] if len(names) == 3 else None)


def state_topic(host_id: str) -> str:
    """Return the topic on which a host application says whether it is online."""
    return f"{NAMESPACE}/STATE/{check_name(host_id)}"
