"""A serial link of lines for drivers: one port, by its name, exclusively, opened once and kept."""

import contextlib
import termios
import time

import serial

from device_drivers.errors import BadAnswer, LinkLost
from device_drivers.links import MAX_LINE_BYTES

WRITE_S = 5.0


class BoundedSerial:
    """Opens at the first use and again after the link was lost."""

    def __init__(self, path: str, baud: int) -> None:
        self._path = path
        self._baud = baud
        self._port: serial.Serial | None = None
        self._held = b""

    def send(self, data: bytes) -> None:
        """Write all of `data`.

        Raises: LinkLost, also while another program holds the port.
        """
        port = self._opened()
        try:
            port.write(data)
        except (OSError, termios.error) as error:
            raise self._lost(error) from error

    def receive_line(self, seconds: float) -> bytes | None:
        """Wait up to `seconds` for a whole line, its ending taken off; None when none came.

        Raises: LinkLost, BadAnswer past MAX_LINE_BYTES.
        """
        port, end = self._opened(), time.monotonic() + seconds
        while b"\n" not in self._held:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._held += self._receive(port, left)
            if len(self._held) > MAX_LINE_BYTES:
                self._held = b""
                raise BadAnswer(f"a line of more than {MAX_LINE_BYTES} bytes")
        line, _, self._held = self._held.partition(b"\n")
        return line.rstrip(b"\r")

    def close(self) -> None:
        """Let go of the port."""
        port, self._port, self._held = self._port, None, b""
        if port is not None:
            with contextlib.suppress(OSError, termios.error):
                port.close()

    def _receive(self, port: serial.Serial, seconds: float) -> bytes:
        try:
            port.timeout = seconds
            return bytes(port.read(1)) + bytes(port.read(min(port.in_waiting, 1024)))
        except (OSError, TypeError, termios.error) as error:
            raise self._lost(error) from error

    def _opened(self) -> serial.Serial:
        if self._port is None:
            try:
                self._port = serial.Serial(self._path, self._baud, exclusive=True, write_timeout=WRITE_S)
                _keep_ready(self._port.fileno())
            except (OSError, ValueError, termios.error) as error:
                raise self._lost(error) from error
        return self._port

    def _lost(self, error: Exception) -> LinkLost:
        self.close()
        held = "lock" in str(error)
        return LinkLost("another program holds the port" if held else f"the port is gone: {error}")


def _keep_ready(descriptor: int) -> None:
    """Leave the line DTR up when the port is closed: dropping and raising it resets many boards in mid-print."""
    attributes = termios.tcgetattr(descriptor)
    attributes[2] &= ~termios.HUPCL
    termios.tcsetattr(descriptor, termios.TCSANOW, attributes)
