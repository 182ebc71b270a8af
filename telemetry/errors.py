"""Errors of the wire: what a message can be wrong about."""


class WireError(Exception):
    """A message or name that breaks the wire contract."""


class MalformedPayload(WireError):
    """Bytes that are not a Sparkplug payload."""


class InvalidTopic(WireError):
    """A topic outside the namespace, or a name with forbidden characters."""


class SequenceGap(WireError):
    """A message whose sequence number does not follow the last one."""


class UnknownAlias(WireError):
    """A data metric whose alias no birth has declared."""


class InvalidManifest(WireError):
    """A driver's manifest that does not follow its schema."""
