"""A TCP proxy between agent and broker that decodes what the client sends, CONNECT flags and will included."""

import contextlib
import socket
import threading
from dataclasses import dataclass, field

_SUBSCRIBE, _CONNECT, _PUBLISH, _DISCONNECT = 8, 1, 3, 14


@dataclass(frozen=True)
class Connect:
    """One CONNECT packet (MQTT 3.1.1, section 3.1)."""

    client_id: str
    clean_session: bool
    will_topic: str
    will_payload: bytes
    will_qos: int
    will_retain: bool


@dataclass(frozen=True)
class Sent:
    """One other packet: subscribe with its filters, publish with its topic, or disconnect."""

    kind: str
    topic: str = ""
    qos: int = 0
    retain: bool = False
    payload: bytes = b""


@dataclass
class Wiretap:
    """Listens on a port of its own and passes everything on to the broker's."""

    broker_port: int
    packets: list[Connect | Sent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Break every connection and listen no more."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Break every connection."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._sockets.clear()

    def connects(self) -> list[Connect]:
        """Every CONNECT so far."""
        return [packet for packet in self.packets if isinstance(packet, Connect)]

    def sent(self, kind: str) -> list[Sent]:
        """Every packet of a kind so far."""
        return [packet for packet in self.packets if isinstance(packet, Sent) and packet.kind == kind]

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection(("127.0.0.1", self.broker_port))
            except OSError:
                client.close()
                continue
            self._sockets += [client, broker]
            threading.Thread(target=self._pass_on, args=(client, broker, bytearray()), daemon=True).start()
            threading.Thread(target=self._pass_on, args=(broker, client, None), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, tapped: bytearray | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if tapped is not None:
                    tapped += data
                    self._decode(tapped)
                target.sendall(data)
        for sock in (source, target):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _decode(self, tapped: bytearray) -> None:
        while True:
            length, place, shift = 0, 1, 0
            while True:
                if place >= len(tapped):
                    return
                byte = tapped[place]
                length |= (byte & 0x7F) << shift
                place, shift = place + 1, shift + 7
                if byte < 0x80:
                    break
            if len(tapped) < place + length:
                return
            self._packet(tapped[0], bytes(tapped[place : place + length]))
            del tapped[: place + length]

    def _packet(self, head: int, body: bytes) -> None:
        kind = head >> 4
        if kind == _CONNECT:
            self.packets.append(_connect(body))
        elif kind == _PUBLISH:
            topic, rest = _text(body)
            qos = head >> 1 & 3
            self.packets.append(Sent("publish", topic, qos, bool(head & 1), rest[2:] if qos else rest))
        elif kind == _SUBSCRIBE:
            rest = body[2:]
            while rest:
                topic, rest = _text(rest)
                self.packets.append(Sent("subscribe", topic, rest[0]))
                rest = rest[1:]
        elif kind == _DISCONNECT:
            self.packets.append(Sent("disconnect"))


def _connect(body: bytes) -> Connect:
    _, rest = _text(body)
    flags = rest[1]
    client_id, rest = _text(rest[4:])
    will_topic, payload = "", b""
    if flags & 4:
        will_topic, rest = _text(rest)
        size = int.from_bytes(rest[:2], "big")
        payload = rest[2 : 2 + size]
    return Connect(client_id, bool(flags & 2), will_topic, payload, flags >> 3 & 3, bool(flags & 0x20))


def _text(body: bytes) -> tuple[str, bytes]:
    size = int.from_bytes(body[:2], "big")
    return body[2 : 2 + size].decode(), body[2 + size :]
