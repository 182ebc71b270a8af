"""Usage sessions: stretches of use with their set-up, parted by less than the asset type's gap. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleet_server.usage.rules import Span
from telemetry.states import DeviceState

_IN_USE = DeviceState.IN_USE.value
_WORK = frozenset({_IN_USE, DeviceState.SETUP.value})


@dataclass(frozen=True, slots=True)
class UsageSession:
    """One stretch of use over [start_ms, end_ms), milliseconds UTC; `used_ms` counts in_use alone."""

    start_ms: int
    end_ms: int
    used_ms: int
    setup_ms: int


def join(spans: Iterable[Span], gap_ms: int) -> list[UsageSession]:
    """Return the sessions in spans that are in order and do not overlap.

    In_use and setup parted by less than `gap_ms` belong together; set-up alone is no session.
    """
    found: list[UsageSession] = []
    for span in spans:
        if span.state not in _WORK:
            continue
        if found and span.start_ms - found[-1].end_ms < gap_ms:
            found[-1] = _joined(found[-1], span)
        else:
            found.append(_joined(UsageSession(span.start_ms, span.start_ms, 0, 0), span))
    return [session for session in found if session.used_ms]


def _joined(session: UsageSession, span: Span) -> UsageSession:
    length = span.end_ms - span.start_ms
    if span.state == _IN_USE:
        return replace(session, end_ms=span.end_ms, used_ms=session.used_ms + length)
    return replace(session, end_ms=span.end_ms, setup_ms=session.setup_ms + length)
