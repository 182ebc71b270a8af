"""An HTTP link of JSON for drivers."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection, IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

from device_drivers.errors import BadAnswer, InvalidSettings, LinkLost
from device_drivers.links import MAX_ANSWER_BYTES, HttpAnswer
from edge_agent.links_deadline import Deadline

CONNECT_S = 5.0
EXCHANGE_S = 10.0
"""A whole exchange ends within CONNECT_S + EXCHANGE_S."""


class BoundedHttp:
    """Speaks to one server, a fresh connection each time; redirects are answers, not followed."""

    def __init__(self, base_url: str, headers: Mapping[str, str], exchange_s: float = EXCHANGE_S) -> None:
        try:
            parts = urlsplit(base_url)
            self._host, self._port = parts.hostname, parts.port
        except ValueError as error:
            raise InvalidSettings(f"not an address: {error}") from error
        if parts.scheme not in ("http", "https") or not self._host:
            raise InvalidSettings("an address starts with http:// or https://")
        self._secure = parts.scheme == "https"
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json", **headers}
        self._exchange_s = exchange_s

    def get_json(self, path: str) -> HttpAnswer:
        """Ask for a path.

        Raises: LinkLost when nothing answers in time, BadAnswer for anything too long or not JSON.
        """
        return self._exchange("GET", path, None)

    def post_json(self, path: str, body: Mapping[str, object]) -> HttpAnswer:
        """Send a JSON object to a path.

        Raises: LinkLost, BadAnswer as for `get_json`.
        """
        return self._exchange("POST", path, json.dumps(body).encode())

    def close(self) -> None:
        """Do nothing: each exchange closes its own connection."""

    def _exchange(self, method: str, path: str, body: bytes | None) -> HttpAnswer:
        connection = self._connection()
        try:
            connection.connect()
            connection.request(method, self._prefix + path, body, self._all_headers(body))
            return _receive(connection, self._exchange_s)
        except (OSError, RemoteDisconnected, IncompleteRead) as error:
            raise LinkLost(f"no answer: {error}") from error
        except (HTTPException, ValueError) as error:
            raise BadAnswer(f"not an HTTP answer: {type(error).__name__}") from error
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        kind = HTTPSConnection if self._secure else HTTPConnection
        return kind(self._host or "", self._port, timeout=CONNECT_S)

    def _all_headers(self, body: bytes | None) -> dict[str, str]:
        return self._headers if body is None else {**self._headers, "Content-Type": "application/json"}


def _receive(connection: HTTPConnection, seconds: float) -> HttpAnswer:
    with Deadline(connection.sock, seconds) as deadline:
        try:
            response = connection.getresponse()
            data = response.read(MAX_ANSWER_BYTES + 1)
        except (HTTPException, ValueError):
            if deadline.passed:
                raise LinkLost("the answer took too long") from None
            raise
    if len(data) > MAX_ANSWER_BYTES:
        raise BadAnswer(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
    if deadline.passed or (response.length or 0) > 0:
        raise LinkLost("the answer stopped in the middle, or took too long")
    return HttpAnswer(response.status, _json(response.status, data))


def _json(status: int, data: bytes) -> object:
    """Read JSON; a refusal may come as a page for people, which says nothing more than its status."""
    if not data.strip():
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        if status >= 300:
            return None
        raise BadAnswer("the answer is not JSON") from error
