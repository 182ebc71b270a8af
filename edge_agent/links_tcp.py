"""A TCP link of lines for drivers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from device_drivers.errors import BadAnswer, LinkLost
from device_drivers.links import MAX_LINE_BYTES, TcpSession
from edge_agent.links_deadline import Deadline

CONNECT_S = 5.0
SESSION_S = 15.0
"""A whole session ends within CONNECT_S + SESSION_S."""


class BoundedTcp:
    """Dials one device for each session."""

    def __init__(self, host: str, port: int, ending: bytes, session_s: float = SESSION_S) -> None:
        self._address = (host, port)
        self._ending = ending
        self._session_s = session_s

    @contextmanager
    def session(self) -> Iterator[TcpSession]:
        """Connect, and hang up on the way out.

        Raises: LinkLost.
        """
        try:
            connection = socket.create_connection(self._address, timeout=CONNECT_S)
        except (OSError, ValueError, OverflowError) as error:
            raise LinkLost(f"cannot connect: {error}") from error
        with connection, Deadline(connection, self._session_s):
            yield _Session(connection, self._ending)


class _Session:
    def __init__(self, connection: socket.socket, ending: bytes) -> None:
        self._connection = connection
        self._ending = ending
        self._held = b""

    def send(self, data: bytes) -> None:
        """Write all of `data`.

        Raises: LinkLost.
        """
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise LinkLost(f"the connection broke: {error}") from error

    def receive_line(self) -> bytes:
        """Read up to the line ending, which is taken off.

        Raises: LinkLost when it does not come in time, BadAnswer past MAX_LINE_BYTES.
        """
        while self._ending not in self._held:
            if len(self._held) > MAX_LINE_BYTES:
                raise BadAnswer(f"a line of more than {MAX_LINE_BYTES} bytes")
            self._held += self._receive()
        line, _, self._held = self._held.partition(self._ending)
        return line

    def _receive(self) -> bytes:
        try:
            data = self._connection.recv(1024)
        except OSError as error:
            raise LinkLost(f"no answer: {error}") from error
        if not data:
            raise LinkLost("the device hung up, or took too long")
        return data
