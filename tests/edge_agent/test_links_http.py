"""HTTP for drivers against a real socket: answers good, endless, dripping, broken and hostile."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_drivers.errors import BadAnswer, DriverError, InvalidSettings, LinkLost
from edge_agent.links_http import BoundedHttp
from tests.servers import free_port

Handler = Callable[[socket.socket], None]


@contextlib.contextmanager
def serving(handle: Handler) -> Iterator[int]:
    """Listen on loopback and hand each connection to `handle` after its request has come."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    connection.recv(65536)
                    handle(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def saying(data: bytes) -> Handler:
    return lambda connection: connection.sendall(data)


def link(port: int, exchange_s: float = 5.0) -> BoundedHttp:
    return BoundedHttp(f"http://127.0.0.1:{port}/octo/", {"X-Api-Key": "k"}, exchange_s)


def test_json_comes_back_with_its_status() -> None:
    with serving(saying(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}')) as port:
        answer = link(port).get_json("/api/job")
    assert (answer.status, answer.body) == (200, {"a": 1})


def test_what_is_sent_carries_path_headers_and_body() -> None:
    heard: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            connection, _ = server.accept()
            with connection:
                while b"cancel" not in b"".join(heard):
                    heard.append(connection.recv(65536))
                handle(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        answer = link(server.getsockname()[1]).post_json("/api/job", {"command": "cancel"})
        thread.join()
    said = b"".join(heard)
    assert said.startswith(b"POST /octo/api/job HTTP/1.1\r\n")
    assert b"X-Api-Key: k\r\n" in said
    assert said.endswith(b'{"command": "cancel"}')
    assert (answer.status, answer.body) == (204, None)


def test_a_refusal_for_people_keeps_its_status() -> None:
    with serving(saying(b"HTTP/1.1 403 FORBIDDEN\r\n\r\n<!doctype html>")) as port:
        assert link(port).get_json("/").status == 403


def test_a_page_where_json_was_asked_for_is_a_bad_answer() -> None:
    with serving(saying(b"HTTP/1.1 200 OK\r\n\r\n<!doctype html>")) as port, pytest.raises(BadAnswer):
        link(port).get_json("/")


def test_nesting_without_end_is_a_bad_answer() -> None:
    with serving(saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 200_000)) as port, pytest.raises(BadAnswer):
        link(port).get_json("/")


def test_an_endless_answer_is_cut_at_its_size() -> None:
    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" " * 65536)

    with serving(endless) as port, pytest.raises(BadAnswer, match="bytes"):
        link(port).get_json("/")


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"])
def test_an_answer_that_drips_is_cut_at_its_time(start: bytes) -> None:
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        while not stop.wait(0.05):
            connection.sendall(b"x")

    with serving(drip) as port:
        try:
            with pytest.raises(LinkLost):
                link(port, exchange_s=0.4).get_json("/")
        finally:
            stop.set()


def test_an_answer_that_ends_in_the_middle_is_a_lost_link() -> None:
    with serving(saying(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"a"')) as port, pytest.raises(LinkLost):
        link(port).get_json("/")


def test_a_connection_closed_without_a_word_is_a_lost_link() -> None:
    with serving(lambda connection: None) as port, pytest.raises(LinkLost):
        link(port).get_json("/")


def test_nobody_there_is_a_lost_link() -> None:
    with pytest.raises(LinkLost):
        link(free_port()).get_json("/")


@pytest.mark.parametrize("address", ["", "octopi", "ftp://octopi", "file:///etc/passwd", "http://[::1", "http://a:b"])
def test_what_is_no_address_is_refused_when_it_is_set(address: str) -> None:
    with pytest.raises(InvalidSettings):
        BoundedHttp(address, {})


heads = st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])


@given(heads, st.binary(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_bytes_come_only_a_driver_error_escapes(head: bytes, rest: bytes) -> None:
    with serving(saying(head + rest)) as port, contextlib.suppress(DriverError):
        assert 100 <= link(port).get_json("/").status <= 999
