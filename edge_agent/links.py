"""Opens what drivers speak through: HTTP, TCP, this computer; each exchange is bounded in time and size."""

import time
from collections.abc import Callable, Mapping

from device_drivers.links import HttpLink, ProcessLink, SerialLink, TcpLink
from edge_agent.links_http import BoundedHttp
from edge_agent.links_process import LocalProcesses
from edge_agent.links_serial import BoundedSerial
from edge_agent.links_tcp import BoundedTcp


def no_consent(_verb: str) -> bool:
    """Answer that nobody on site has allowed anything."""
    return False


class LocalLinks:
    """What the agent hands to a driver when it opens it.

    `consented` tells whether a person on site allows a hazardous order at this moment; without it none is allowed.
    """

    def __init__(self, consented: Callable[[str], bool] = no_consent) -> None:
        self._consented = consented

    def http(self, base_url: str, headers: Mapping[str, str]) -> HttpLink:
        """Open a link to an HTTP server; nothing is sent yet.

        Raises: InvalidSettings when the address is not one.
        """
        return BoundedHttp(base_url, headers)

    def tcp(self, host: str, port: int, ending: bytes) -> TcpLink:
        """Open a link to a TCP server whose lines end in `ending`; nothing is sent yet."""
        return BoundedTcp(host, port, ending)

    def serial(self, path: str, baud: int) -> SerialLink:
        """Open a link to a serial port; the port itself is opened at its first use."""
        return BoundedSerial(path, baud)

    def process(self) -> ProcessLink:
        """Open a link to this computer."""
        return LocalProcesses()

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""
        return time.monotonic()

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC, as far as this computer knows."""
        return time.time_ns() // 1_000_000

    def consented(self, verb: str) -> bool:
        """Tell whether a local consent to a hazardous order is in force at this moment."""
        return self._consented(verb)
