"""A class 2 projector of our own whose answers a test sets, in hand or on a loopback port."""

import contextlib
import hashlib
import socket
import threading
from collections.abc import Iterator

from tests.device_drivers.doubles import StubLinks, StubTcp


class FakeProjector:
    """A projector of class 2 whose answers a test sets; one that is not asked for stays as it is."""

    def __init__(self) -> None:
        self.greeting: bytes | None = b"PJLINK 1 498e4a67"
        self.unplugged = False
        self.asked: list[str] = []
        self.says = {
            "%1CLSS": "2",
            "%1INF1": "NEC",
            "%1INF2": "PX 602",
            "%2SNUM": "70A1",
            "%2SVER": "1.2",
            "%1POWR": "1",
            "%1ERST": "000000",
            "%1LAMP": "1200 1",
            "%2FILT": "300",
            "%1AVMT": "30",
            "%1INPT": "31",
            "%2IRES": "1920x1080",
        }

    def answer(self, data: bytes) -> bytes | None:
        line = data.decode().rstrip("\r")
        self.asked.append(line)
        if self.unplugged:
            return None
        command, _, parameter = line[line.find("%") :].partition(" ")
        if parameter != "?":
            return f"{command}=OK".encode()
        return f"{command}={self.says.get(command, 'ERR1')}".encode()

    def links(self, *consents: str) -> StubLinks:
        return StubLinks(device=StubTcp(self.greeting, self.answer), consents=frozenset(consents))

    @contextlib.contextmanager
    def served(self) -> Iterator[int]:
        """Serve it on a loopback port, one client at a time, with the password `secret`."""
        signature = hashlib.md5(b"498e4a67secret").hexdigest()
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=self._accept, args=(server, signature))
            thread.start()
            try:
                yield server.getsockname()[1]
            finally:
                server.shutdown(socket.SHUT_RDWR)
                thread.join()

    def _accept(self, server: socket.socket, signature: str) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                self._talk(connection, signature)

    def _talk(self, connection: socket.socket, signature: str) -> None:
        connection.sendall((self.greeting or b"") + b"\r")
        held, expected = b"", signature
        while data := connection.recv(1024):
            held += data
            while b"\r" in held:
                line, _, held = held.partition(b"\r")
                if not line.startswith(expected.encode() + b"%"):
                    connection.sendall(b"PJLINK ERRA\r")
                    return
                expected = ""
                connection.sendall((self.answer(line) or b"") + b"\r")
