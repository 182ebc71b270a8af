"""The host's connection to the broker: Sparkplug's STATE, one subscription, a bounded queue. The door of paho."""

import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from fleet_server.core.settings import Settings
from fleet_server.ingest.effects import Message
from telemetry.topics import NAMESPACE, state_topic

log = logging.getLogger(__name__)
MAX_WAITING = 20_000
MAX_WAITING_BYTES = 64 << 20
CONNECTED, LOST = "$connected", "$lost"
"""Topics of the two notes the client itself puts among the messages, so that they keep their place in the order."""

_STATE_PREFIX = f"{NAMESPACE}/STATE/"
_KEEPALIVE_S = 30
_READ_BYTES = 65_536


class Inbox:
    """Messages between the network thread and the writer, bounded by number and bytes.

    A full inbox makes the network thread wait, so that the broker feels it: back pressure, not memory.
    """

    def __init__(self, limit: int = MAX_WAITING, limit_bytes: int = MAX_WAITING_BYTES) -> None:
        self.limit, self._limit_bytes = limit, limit_bytes
        self._messages: deque[Message] = deque()
        self._arrived, self._room = threading.Event(), threading.Event()
        self._put_bytes = self._taken_bytes = 0
        self.closed = False

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message) -> None:
        """Add a message, waiting for room; a closed inbox drops it, since nothing it carries is acknowledged."""
        self._put_bytes += len(message.payload)
        self._messages.append(message)
        if not self._arrived.is_set():
            self._arrived.set()
        while not self.closed and self._full():
            self._room.clear()
            if self._full():
                self._room.wait(0.5)

    def _full(self) -> bool:
        return len(self._messages) >= self.limit or self._put_bytes - self._taken_bytes >= self._limit_bytes

    def take(self, most: int, timeout_s: float) -> list[Message]:
        """Return up to `most` messages, waiting up to `timeout_s` for the first."""
        if not self._messages:
            self._arrived.clear()
            if not self._messages:
                self._arrived.wait(timeout_s)
        count = min(most, len(self._messages))
        taken = [self._messages.popleft() for _ in range(count)]
        if taken:
            self._taken_bytes += sum(len(message.payload) for message in taken)
            self._room.set()
        return taken

    def close(self) -> None:
        """Let nobody wait any longer."""
        self.closed = True
        self._room.set()
        self._arrived.set()


class BufferedClient(Client):
    """A paho client that reads 64 KiB at a time and handles what is in it before it looks at the socket again.

    paho asks the system four times a message, and each time lets go of the interpreter, which a busy writer gives back
    only after 5 ms: reading in bulk keeps the two from waiting for each other.
    """

    _buffer = memoryview(b"")

    def forget_buffer(self) -> None:
        """Drop what is left of an earlier connection."""
        self._buffer = memoryview(b"")

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self._buffer:
            self._buffer = memoryview(super()._sock_recv(_READ_BYTES))
        taken = self._buffer[:bufsize]
        self._buffer = self._buffer[bufsize:]
        return bytes(taken)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handle every packet that is in the buffer."""
        while True:
            code = super().loop_read(max_packets)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or not self._buffer:
                return code


class HostClient:
    """A Sparkplug host application on one broker; its callbacks log and never raise."""

    def __init__(self, settings: Settings, inbox: Inbox, now_ms: Callable[[], int], sites: Sequence[str] = ()) -> None:
        """Prepare a connection; `sites` narrows the subscription to those groups, for a host that is one of many."""
        self.inbox = inbox
        self.connected = False
        self._host, self._port = settings.mqtt_host, settings.mqtt_port
        self._now_ms = now_ms
        self._state_topic = state_topic(settings.host_id)
        self._filters = [f"{NAMESPACE}/{site}/#" for site in sites] or [f"{NAMESPACE}/#"]
        self._state_time = 0
        self._leaving = False
        self._client = BufferedClient(
            CallbackAPIVersion.VERSION2, client_id=f"host-{settings.host_id}", clean_session=True
        )
        if settings.mqtt_username:
            self._client.username_pw_set(settings.mqtt_username, settings.mqtt_password)
        self._client.reconnect_delay_set(1, 8)
        self._client.on_pre_connect = self._on_pre_connect
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def start(self) -> None:
        """Connect, now or when the broker comes."""
        self._client.connect_async(self._host, self._port, _KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Say STATE offline and leave (operational-behavior-host-application-termination)."""
        self._leaving = True
        self.inbox.close()
        if self.connected:
            told = self._client.publish(self._state_topic, self._state(False, self._now_ms()), 1, retain=True)
            try:
                told.wait_for_publish(2)
            except (RuntimeError, ValueError) as error:
                log.warning("STATE offline was not told: %s", error)
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a command at QoS 0, not retained (topics-ncmd-mqtt); without a connection it is dropped."""
        if self.connected:
            self._client.publish(topic, payload, 0, retain=False)

    def _state(self, online: bool, at_ms: int) -> bytes:
        return json.dumps({"online": online, "timestamp": at_ms}).encode()

    def _on_pre_connect(self, client: Client, _userdata: object) -> None:
        self._client.forget_buffer()
        self._state_time = self._now_ms()
        client.will_set(self._state_topic, self._state(False, self._state_time), 1, retain=True)

    def _on_connect(
        self, client: Client, _userdata: object, _flags: ConnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        if code.is_failure:
            log.warning("broker %s:%d refused the host: %s", self._host, self._port, code)
            return
        client.subscribe([(self._state_topic, 1), *((topic, 1) for topic in self._filters)])

    def _on_subscribe(self, client: Client, _userdata: object, _mid: int, *_: Any) -> None:
        client.publish(self._state_topic, self._state(True, self._state_time), 1, retain=True)
        self.inbox.put(Message(CONNECTED, b"", self._now_ms()))
        self.connected = True
        log.info("connected to broker %s:%d", self._host, self._port)

    def _on_disconnect(self, _client: Client, _userdata: object, _flags: DisconnectFlags, *_: Any) -> None:
        if self.connected and not self._leaving:
            log.warning("connection to broker %s:%d lost", self._host, self._port)
            self.inbox.put(Message(LOST, b"", self._now_ms()))
        self.connected = False

    def _on_message(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic, payload = message.topic, bytes(message.payload)
            if topic.startswith(_STATE_PREFIX):
                self._on_state(client, topic, payload)
            else:
                self.inbox.put(Message(topic, payload, self._now_ms()))
        except Exception:
            # An exception in a callback would end paho's thread for good.
            log.exception("a message of %d bytes was dropped", len(message.payload))

    def _on_state(self, client: Client, topic: str, payload: bytes) -> None:
        """Contradict an offline STATE in our name (message-flow-hid-sparkplug-state-message-delivered)."""
        if topic != self._state_topic or self._leaving:
            return
        try:
            told = json.loads(payload)
        except (ValueError, RecursionError):
            return
        if isinstance(told, dict) and told.get("online") is False:
            client.publish(self._state_topic, self._state(True, self._state_time), 1, retain=True)
