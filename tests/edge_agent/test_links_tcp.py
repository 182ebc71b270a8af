"""Lines over TCP for drivers against a real socket: whole, cut, endless and dripping."""

import socket
import threading

import pytest

from device_drivers.errors import BadAnswer, LinkLost
from edge_agent.links_tcp import BoundedTcp
from tests.edge_agent.test_links_http import saying, serving
from tests.servers import free_port


def link(port: int, session_s: float = 5.0) -> BoundedTcp:
    return BoundedTcp("127.0.0.1", port, b"\r", session_s)


def test_lines_come_one_by_one_however_they_were_packed() -> None:
    with serving(saying(b"one\rtwo\rthr")) as port, link(port).session() as session:
        session.send(b"hello\r")
        assert [session.receive_line(), session.receive_line()] == [b"one", b"two"]
        with pytest.raises(LinkLost):
            session.receive_line()


def test_a_line_without_end_is_a_bad_answer() -> None:
    with serving(saying(b"x" * 100_000)) as port, link(port).session() as session:
        session.send(b"hello\r")
        with pytest.raises(BadAnswer):
            session.receive_line()


def test_a_session_that_drips_is_cut_at_its_time() -> None:
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        while not stop.wait(0.05):
            connection.sendall(b"x")

    with serving(drip) as port, link(port, session_s=0.4).session() as session:
        session.send(b"hello\r")
        try:
            with pytest.raises(LinkLost):
                session.receive_line()
        finally:
            stop.set()


def test_nobody_there_is_a_lost_link() -> None:
    with pytest.raises(LinkLost), link(free_port()).session():
        pass


@pytest.mark.parametrize("host", ["", "no such host", "a" * 300, "\ud800"])
def test_a_host_that_cannot_be_found_is_a_lost_link(host: str) -> None:
    with pytest.raises(LinkLost), BoundedTcp(host, free_port(), b"\r").session():
        pass
