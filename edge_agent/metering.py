"""From looks at a device to its state transitions, with lengths measured on the boot-time clock."""

from edge_agent.clocks import Moment, between, boot_of, quality
from edge_agent.drafts import Draft, plain
from edge_agent.outbox import Standing, Tick
from telemetry.journal import RecordKind
from telemetry.states import REPORTED_STATES, DeviceState, UnknownCause

_EXPLAINED = frozenset({DeviceState.FAULT, DeviceState.UNKNOWN})
"""States whose cause is part of what is journaled; elsewhere a driver's remark would only make noise."""


class Meter:
    """One device's state and since when; every change becomes one transition."""

    def __init__(self, device: str, standing: Standing | None = None) -> None:
        self.device = device
        self.state = standing.state if standing else None
        self.cause = standing.cause if standing else ""
        self.since = standing.since if standing else None

    def observe(self, state: DeviceState, cause: str, at: Moment, offset_ms: int | None = None) -> Draft | None:
        """Take the state seen at a moment and return the transition if it is a new one.

        A moment before the last transition counts as that transition's: time never runs backwards. A state a box may
        not report counts as unknown. `offset_ms` is the measured offset to the server's clock.
        """
        if state not in REPORTED_STATES:
            state, cause = DeviceState.UNKNOWN, UnknownCause.BAD_ANSWER
        cause = plain(cause) if state in _EXPLAINED else ""
        if (state, cause) == (self.state, self.cause):
            return None
        since = self.since
        if since is not None and since.boot == at.boot and at.boottime_ms < since.boottime_ms:
            at = since
        draft = Draft(
            kind=RecordKind.TRANSITION,
            device=self.device,
            at=at,
            quality=quality(at.wall_ms, offset_ms),
            state=state,
            prev_ms=None if since is None else between(since, at),
            cause=cause or None,
        )
        self.state, self.cause, self.since = state, cause, at
        return draft


def resume(meter: Meter, tick: Tick | None, now: Moment, shares_power: bool) -> list[Draft]:
    """Account for the time the agent was not running and return the transitions that say so.

    After a kill the time from the last tick on is unknown. Over a reboot a device that shares the box's power was
    off from the last tick to the boot, and unknown from the boot until it is read; any other is unknown.
    """
    if meter.state is None or tick is None:
        return []
    rebooted = tick.at.boot != now.boot
    steps: list[Draft | None] = []
    if not tick.orderly:
        since = meter.since or tick.at
        died = since if since.boot == tick.at.boot and since.boottime_ms > tick.at.boottime_ms else tick.at
        steps.append(meter.observe(*_gap_state(rebooted, shares_power), died))
    if rebooted and shares_power:
        steps.append(meter.observe(DeviceState.UNKNOWN, UnknownCause.NOT_YET_SEEN, boot_of(now)))
    return [step for step in steps if step is not None]


def _gap_state(rebooted: bool, shares_power: bool) -> tuple[DeviceState, str]:
    if rebooted and shares_power:
        return DeviceState.OFF, ""
    return DeviceState.UNKNOWN, UnknownCause.BOX_OFFLINE if rebooted else UnknownCause.AGENT_KILLED


def leave(meter: Meter, at: Moment, shares_power: bool, machine_stops: bool, offset_ms: int | None) -> Draft | None:
    """Return the transition of an orderly end of the agent.

    Off only where the device goes down with the machine and the machine is going down; else nobody will know.
    """
    if shares_power and machine_stops:
        return meter.observe(DeviceState.OFF, "", at, offset_ms)
    return meter.observe(DeviceState.UNKNOWN, UnknownCause.BOX_OFFLINE, at, offset_ms)
