"""What a driver may ask of the outside world; the agent opens the real ones, tests hand in others."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

MAX_ANSWER_BYTES = 1_000_000
"""No answer of a device is read past this."""

MAX_LINE_BYTES = 4_096
"""No line of a device is read past this."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A status and the JSON that came with it; `body` is None where there was none."""

    status: int
    body: object


class HttpLink(Protocol):
    """JSON over HTTP with one device; every exchange ends within seconds and MAX_ANSWER_BYTES."""

    def get_json(self, path: str) -> HttpAnswer:
        """Ask for a path.

        Raises: LinkLost when nothing answers in time, BadAnswer for anything too long or not JSON.
        """

    def post_json(self, path: str, body: Mapping[str, object]) -> HttpAnswer:
        """Send a JSON object to a path.

        Raises: LinkLost, BadAnswer as for `get_json`.
        """

    def close(self) -> None:
        """Let go of the connection."""


class TcpSession(Protocol):
    """One connection to a device that speaks in lines; ends by itself within seconds."""

    def send(self, data: bytes) -> None:
        """Write all of `data`.

        Raises: LinkLost.
        """

    def receive_line(self) -> bytes:
        """Read up to the line ending, which is taken off.

        Raises: LinkLost when it does not come in time, BadAnswer past MAX_LINE_BYTES.
        """


class TcpLink(Protocol):
    """A device that is dialed for each look, because many serve one client only."""

    def session(self) -> AbstractContextManager[TcpSession]:
        """Connect, and hang up on the way out.

        Raises: LinkLost.
        """


class SerialLink(Protocol):
    """A serial port that is opened once, exclusively, at its first use, and kept: opening can reset a printer."""

    def send(self, data: bytes) -> None:
        """Write all of `data`.

        Raises: LinkLost, also while another program holds the port.
        """

    def receive_line(self, seconds: float) -> bytes | None:
        """Wait up to `seconds` for a whole line, its ending taken off; None when none came.

        Raises: LinkLost, BadAnswer past MAX_LINE_BYTES.
        """

    def close(self) -> None:
        """Let go of the port."""


@dataclass(frozen=True, slots=True)
class MachineSample:
    """How the computer itself is; None where it cannot say."""

    cpu_percent: float
    memory_percent: float
    uptime_s: float
    temperature: float | None
    signed_in: bool


@dataclass(frozen=True, slots=True)
class DiskSample:
    """How full the disk under one folder is, in bytes."""

    total: int
    free: int

    @property
    def used_percent(self) -> float:
        """Tell how full it is; 0 where nothing is known."""
        return round(100 * (1 - min(self.free / self.total, 1.0)), 1) if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Nameplate:
    """What the computer's firmware says it is; stock values are left in."""

    make: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One file a process holds open for writing; `key` is a hash, the name stays behind the link.

    `idle_s` is the time since anything was last written to it.
    """

    key: str
    size: int
    idle_s: float


@dataclass(frozen=True, slots=True)
class ProcessSample:
    """One matching process; `key` tells a process from a later one with the same number."""

    key: str
    stopped: bool
    writing: tuple[OpenFile, ...]


class ProcessLink(Protocol):
    """A look at this computer and at the processes a technician named."""

    def machine(self) -> MachineSample:
        """Measure the computer once."""

    def nameplate(self) -> Nameplate:
        """Read what the firmware says; empty where it does not say."""

    def disk(self, folder: str) -> DiskSample:
        """Measure the disk under a folder.

        Raises: LinkLost when the folder is not there.
        """

    def processes(self, match: str, folder: str) -> tuple[ProcessSample, ...]:
        """Find up to 8 processes whose command line contains `match`, and up to 16 files each writes under `folder`.

        Command lines, users and file names never leave this call.
        Raises: LinkLost when a matching process may not be looked into.
        """


class Links(Protocol):
    """The agent's side of every driver: openers, clocks and the word of the person on site."""

    def http(self, base_url: str, headers: Mapping[str, str]) -> HttpLink:
        """Open a link to an HTTP server; nothing is sent yet.

        Raises: InvalidSettings when the address is not one.
        """

    def tcp(self, host: str, port: int, ending: bytes) -> TcpLink:
        """Open a link to a TCP server whose lines end in `ending`; nothing is sent yet."""

    def serial(self, path: str, baud: int) -> SerialLink:
        """Open a link to a serial port; the port itself is opened at its first use."""

    def process(self) -> ProcessLink:
        """Open a link to this computer."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as far as this computer knows."""

    def consented(self, verb: str) -> bool:
        """Tell whether a local consent to a hazardous order is in force at this moment."""
