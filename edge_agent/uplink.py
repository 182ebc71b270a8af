"""The connection to the broker: one MQTT session after another, driven by an event loop shared with others."""

import asyncio
import contextlib
import logging
import random
import ssl
import threading
from collections.abc import Callable
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from edge_agent.settings import BrokerSettings

_log = logging.getLogger(__name__)
_MISC_S = 1.0
_FAREWELL_S = 2.0


class Conversation(Protocol):
    """Who speaks over an uplink."""

    def will(self) -> tuple[str, bytes]:
        """Return topic and payload the broker shall publish if this connection breaks; asked once a CONNECT."""

    def subscriptions(self) -> list[str]:
        """Return the topic filters to listen to, at QoS 1."""

    def connected(self) -> None:
        """Take up the conversation."""

    def disconnected(self) -> None:
        """The connection is gone."""

    def received(self, topic: str, payload: bytes) -> None:
        """Take one message."""


class Uplink:
    """Keeps one client connected; everything but the dialing happens on the loop, and so needs no locks."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        broker: BrokerSettings,
        client_id: str,
        conversation: Conversation,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._loop, self._broker, self._client_id, self._conversation = loop, broker, client_id, conversation
        self._chance = chance
        self._client: paho.Client | None = None
        self._descriptor: int | None = None
        self._wanted = False
        self._attempt = 0
        self._timer: asyncio.TimerHandle | None = None
        self._loop_thread = threading.get_ident()
        self.connected = False

    def start(self) -> None:
        """Connect now and stay connected; call it on the loop."""
        self._loop_thread = threading.get_ident()
        self._wanted = True
        self._dial()

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> bool:
        """Send a message if there is a connection, never retained; False when there is none."""
        if self._client is None or not self.connected:
            return False
        return self._client.publish(topic, payload, qos).rc == paho.MQTT_ERR_SUCCESS

    async def stop(self, farewell: tuple[str, bytes] | None = None) -> None:
        """Send the last message, wait until the broker has it, and disconnect in good order."""
        self._rest()
        client = self._client
        if client is None or not self.connected:
            self._drop()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                if farewell is not None:
                    sent = client.publish(farewell[0], farewell[1], 1)
                    while not sent.is_published():
                        await asyncio.sleep(0.01)
                client.disconnect()
                while self.connected:
                    await asyncio.sleep(0.01)
        self._drop()

    def cut(self) -> None:
        """Break the connection as a pulled cable would, and stay away until `start`."""
        self._rest()
        self._drop()

    def redial(self) -> None:
        """Give up the present connection and try again after the usual pause."""
        self._drop()
        self._pause()

    def _rest(self) -> None:
        self._wanted = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _dial(self) -> None:
        self._timer = None
        if not self._wanted:
            return
        try:
            client = self._make_client()
        except Exception:
            _log.exception("%s: cannot prepare a connection", self._client_id)
            self._pause()
            return
        self._client = client
        self._loop.run_in_executor(None, self._connect, client)

    def _make_client(self) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, self._client_id, clean_session=True, protocol=paho.MQTTv311)
        client.suppress_exceptions = True
        client.connect_timeout = 5.0
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password or None)
        if self._broker.ca_file is not None:
            client.tls_set_context(_tls(self._broker))
        topic, payload = self._conversation.will()
        client.will_set(topic, payload, qos=1, retain=False)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_socket_open = self._on_socket_open
        client.on_socket_close = self._on_socket_close
        client.on_socket_register_write = self._on_register_write
        client.on_socket_unregister_write = self._on_unregister_write
        return client

    def _connect(self, client: paho.Client) -> None:
        try:
            client.connect(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s)
        except Exception as error:
            _log.info("%s: no connection to %s:%s: %s", self._client_id, self._broker.host, self._broker.port, error)
            self._on_loop(self._lost, client)

    def _on_loop(self, work: Callable[..., None], *values: object) -> None:
        if threading.get_ident() == self._loop_thread:
            work(*values)
        else:
            with contextlib.suppress(RuntimeError):  # the loop was closed while a connection was being made
                self._loop.call_soon_threadsafe(work, *values)

    def _on_socket_open(self, client: paho.Client, _data: Any, sock: Any) -> None:
        self._on_loop(self._watch, client, sock.fileno())

    def _on_socket_close(self, client: paho.Client, _data: Any, _sock: Any) -> None:
        self._on_loop(self._unwatch, client)

    def _on_register_write(self, client: paho.Client, _data: Any, _sock: Any) -> None:
        self._on_loop(self._watch_writing, client)

    def _on_unregister_write(self, client: paho.Client, _data: Any, _sock: Any) -> None:
        self._on_loop(self._unwatch_writing, client)

    def _watch(self, client: paho.Client, descriptor: int) -> None:
        if client is not self._client:
            _close(client)
            return
        self._descriptor = descriptor
        self._loop.add_reader(descriptor, self._read, client)
        self._loop.call_later(_MISC_S, self._misc, client)

    def _watch_writing(self, client: paho.Client) -> None:
        if client is self._client and self._descriptor is not None:
            self._loop.add_writer(self._descriptor, client.loop_write)

    def _unwatch_writing(self, client: paho.Client) -> None:
        if client is self._client and self._descriptor is not None:
            self._loop.remove_writer(self._descriptor)

    def _unwatch(self, client: paho.Client) -> None:
        if client is self._client and self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            self._loop.remove_writer(self._descriptor)
            self._descriptor = None

    def _read(self, client: paho.Client) -> None:
        client.loop_read()
        sock = client.socket()
        while isinstance(sock, ssl.SSLSocket) and sock.pending():
            client.loop_read()
            sock = client.socket()

    def _misc(self, client: paho.Client) -> None:
        if client is self._client and client.loop_misc() == paho.MQTT_ERR_SUCCESS:
            self._loop.call_later(_MISC_S, self._misc, client)

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any) -> None:
        if reason.is_failure:
            _log.warning("%s: the broker refuses the connection: %s", self._client_id, reason)
            return
        _log.info("%s: connected to %s:%s", self._client_id, self._broker.host, self._broker.port)
        self.connected = True
        self._attempt = 0
        self._guarded(self._greet, client)

    def _greet(self, client: paho.Client) -> None:
        client.subscribe([(topic, 1) for topic in self._conversation.subscriptions()])
        self._conversation.connected()

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        self._guarded(self._conversation.received, message.topic, bytes(message.payload))

    def _on_disconnect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Any
    ) -> None:
        _log.info("%s: disconnected: %s", self._client_id, reason)
        self._on_loop(self._lost, client)

    def _lost(self, client: paho.Client) -> None:
        if client is not self._client:
            return
        self._drop()
        if self._wanted:
            self._pause()

    def _drop(self) -> None:
        was_connected, self.connected = self.connected, False
        if self._client is not None:
            self._unwatch(self._client)
            client, self._client = self._client, None
            _close(client)
        if was_connected:
            self._guarded(self._conversation.disconnected)

    def _pause(self) -> None:
        pause_s = pause_before(self._attempt, self._chance(), self._broker)
        self._attempt += 1
        self._timer = self._loop.call_later(pause_s, self._dial)

    def _guarded(self, work: Callable[..., None], *values: object) -> None:
        try:
            work(*values)
        except Exception:
            _log.exception("%s: a message could not be handled", self._client_id)


def pause_before(attempt: int, chance: float, broker: BrokerSettings) -> float:
    """Return the seconds to wait before an attempt to connect, `attempt` being 0 after a connection was lost.

    A random part (`chance` in 0..1) of a ceiling that doubles ("full jitter"): when a broker restarts, thousands of
    boxes lose it in the same second and must not come back in one.
    """
    ceiling = min(broker.reconnect_spread_s * float(1 << min(attempt, 16)), broker.reconnect_most_s)
    return broker.reconnect_least_s + chance * max(ceiling - broker.reconnect_least_s, 0)


def _close(client: paho.Client) -> None:
    sock = client.socket()
    if sock is not None:
        sock.close()


def _tls(broker: BrokerSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=broker.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if broker.cert_file is not None:
        context.load_cert_chain(broker.cert_file, broker.key_file)
    return context
