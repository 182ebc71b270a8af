"""The eight exclusive states of a device, and the liveness of a node."""

from enum import StrEnum


class DeviceState(StrEnum):
    """What a device is doing; exactly one at every second (SEMI E10's states, plus in transit and unknown)."""

    IN_USE = "in_use"
    SETUP = "setup"
    STANDBY = "standby"
    MAINTENANCE = "maintenance"
    FAULT = "fault"
    OFF = "off"
    IN_TRANSIT = "in_transit"
    UNKNOWN = "unknown"


REPORTED_STATES = frozenset(
    {
        DeviceState.IN_USE,
        DeviceState.SETUP,
        DeviceState.STANDBY,
        DeviceState.FAULT,
        DeviceState.OFF,
        DeviceState.UNKNOWN,
    }
)
"""What a box may report; the server lays maintenance and in_transit over it."""

OVERLAYS = frozenset({DeviceState.MAINTENANCE, DeviceState.IN_TRANSIT})


class UnknownCause(StrEnum):
    """Why nothing trustworthy is known about a stretch of time."""

    BOX_OFFLINE = "box_offline"
    AGENT_KILLED = "agent_killed"
    DRIVER_STUCK = "driver_stuck"
    LINK_LOST = "link_lost"
    BAD_ANSWER = "bad_answer"
    CLOCK_UNTRUSTED = "clock_untrusted"
    JOURNAL_DROPPED = "journal_dropped"
    JOURNAL_GAP = "journal_gap"
    NOT_YET_SEEN = "not_yet_seen"


class ClockQuality(StrEnum):
    """How far a box's wall time can be trusted."""

    SYNCED = "synced"
    CORRECTED = "corrected"
    UNTRUSTED = "untrusted"


class Liveness(StrEnum):
    """Whether a node is heard; derived, never typed in."""

    ONLINE = "online"
    STALE = "stale"
    OFFLINE = "offline"
