"""What may be said of a device now, from its last word and the liveness of its node. Pure."""

from dataclasses import dataclass

from telemetry.states import DeviceState, Liveness, UnknownCause


@dataclass(frozen=True, slots=True)
class Present:
    """A device's state now; `since_ms` is when it began, or when the device was last heard if nothing is known."""

    state: str
    since_ms: int
    cause: str


def present(
    *,
    state: str,
    since_ms: int,
    cause: str,
    known_until_ms: int,
    device_online: bool,
    node_liveness: str,
    shares_power: bool = False,
) -> Present:
    """Return the state to show: unknown once the node is offline or the device has left it, never the last one.

    A machine that is its own node (`shares_power`) and said it was going off is believed to be off.
    """
    gone = node_liveness == Liveness.OFFLINE or not device_online
    if not gone or (shares_power and state == DeviceState.OFF.value):
        return Present(state, since_ms, cause)
    why = UnknownCause.BOX_OFFLINE if node_liveness == Liveness.OFFLINE else UnknownCause.LINK_LOST
    return Present(DeviceState.UNKNOWN.value, max(known_until_ms, since_ms), why.value)


def is_online(*, device_online: bool, node_liveness: str) -> bool:
    """Return whether a device is heard: born, and its node not silent."""
    return device_online and node_liveness == Liveness.ONLINE
