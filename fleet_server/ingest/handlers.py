"""From messages to facts: one function a message type, no database, nothing that can throw on hostile input."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from fleet_server.core.exposition import DEAD_LETTERS, MESSAGES
from fleet_server.ingest.births import device_birth, node_birth
from fleet_server.ingest.contents import keep_latest, records, samples, states
from fleet_server.ingest.effects import (
    DeviceBorn,
    DeviceDied,
    Effect,
    Heard,
    Message,
    NodeBorn,
    NodeDied,
    Read,
    Refused,
    Sampled,
)
from fleet_server.ingest.lean import read
from fleet_server.ingest.rebirth import Rebirths
from fleet_server.ingest.texts import count_of
from fleet_server.ingest.wire import DeviceSession, NodeSession
from fleet_server.nodes.service import REFUSED_STATUSES
from telemetry.births import BD_SEQ, CLOCK_OFFSET, JOURNAL_NEXT, JOURNAL_PENDING
from telemetry.errors import InvalidTopic, MalformedPayload, SequenceGap, UnknownAlias
from telemetry.metrics import Metric, Payload
from telemetry.payload import decode
from telemetry.topics import MessageType, Topic, parse_topic

log = logging.getLogger(__name__)
LETTERS_PER_MINUTE = 60
MAX_DEVICES = 1_000
MAX_TOPICS = 50_000
Registry = Mapping[str, tuple[str, str]]


class Reader:
    """The host's memory of the wire; turns each message into effects. Used from one thread."""

    def __init__(self, rebirths: Rebirths) -> None:
        self.sessions: dict[str, NodeSession] = {}
        self.registry: Registry = {}
        self._rebirths = rebirths
        self._letters: dict[str, tuple[int, int]] = {}
        self._topics: dict[str, Topic] = {}
        self._counters = {kind: MESSAGES.labels(kind.value) for kind in MessageType}
        self._handlers: dict[MessageType, Callable[[Topic, Payload, Message], list[Effect]]] = {
            MessageType.NBIRTH: self._node_birth,
            MessageType.NDATA: self._node_data,
            MessageType.NDEATH: self._node_death,
            MessageType.DBIRTH: self._device_birth,
            MessageType.DDATA: self._device_data,
            MessageType.DDEATH: self._device_death,
        }

    def read(self, message: Message) -> Read:
        """Return what a message means; whatever is wrong with it becomes a dead letter."""
        topic = self._topics.get(message.topic)
        try:
            topic = topic or self._parsed(message.topic)
        except InvalidTopic as error:
            return self._letter(message, "", str(error))
        handler = self._handlers.get(topic.kind)
        if handler is None:
            return Read(message, ())
        self._counters[topic.kind].inc()
        refusal = self._refusal(topic)
        if refusal:
            return self._letter(message, topic.node, refusal)
        try:
            if topic.kind is MessageType.DDATA and (short := self._plain_data(topic, message)) is not None:
                return short
            return self._understood(topic, message, handler)
        except MalformedPayload as error:
            self._spoiled(topic)
            return self._letter(message, topic.node, str(error))
        except Exception as error:
            self._spoiled(topic)
            letter = self._letter(message, topic.node, f"{type(error).__name__}: {error}")
            if letter.effects:
                log.exception("message on %s could not be handled", message.topic)
            return letter

    def forget_all(self) -> None:
        """Forget every session: the broker was lost, so births may have been missed."""
        self.sessions.clear()

    def _parsed(self, text: str) -> Topic:
        """Read a topic, and keep it: boxes use the same few over and over."""
        topic = parse_topic(text)
        if len(self._topics) >= MAX_TOPICS:
            self._topics.clear()
        self._topics[text] = topic
        return topic

    def _plain_data(self, topic: Topic, message: Message) -> Read | None:
        """Return what live telemetry by alias means, None for a message that must go the general way."""
        session = self.sessions.get(topic.node)
        device = None if session is None else session.devices.get(topic.device or "")
        if session is None or device is None or session.in_doubt:
            return None
        reading = read(message.payload, device.columns)
        if reading is None:
            return None
        try:
            session.accept(reading.seq)
        except SequenceGap:
            self._rebirths.ask(topic.group, topic.node, "gap")
            return Read(message, ())
        received = message.received_ms
        session.time_heard(reading.timestamp, received)
        at = session.corrected(reading.timestamp, received)
        for name, value in reading.values.items():
            device.latest[name] = [value, at]
        effects = (
            Sampled(topic.node, device.key, at, reading.values),
            Heard(topic.node, received, device_key=device.key, latest=device.latest),
        )
        return Read(message, effects, at)

    def _understood(
        self, topic: Topic, message: Message, handler: Callable[[Topic, Payload, Message], list[Effect]]
    ) -> Read:
        payload = decode(message.payload)
        effects = handler(topic, payload, message)
        session = self.sessions.get(topic.node)
        sent = session.corrected(payload.timestamp, message.received_ms) if session and payload.timestamp else None
        return Read(message, effects, sent)

    def _refusal(self, topic: Topic) -> str:
        """Return why the registry does not allow this address, empty if it does."""
        known = self.registry.get(topic.node)
        if known is None:
            return ""
        site, status = known
        if status in REFUSED_STATUSES:
            return f"node is {status}"
        return "" if site == topic.group else f"group {topic.group} is not the node's site {site}"

    def _letter(self, message: Message, node_id: str, reason: str) -> Read:
        DEAD_LETTERS.inc()
        return Read(message, self._refused(message, node_id, reason))

    def _refused(self, message: Message, node_id: str, reason: str) -> list[Effect]:
        minute = message.received_ms // 60_000
        last, count = self._letters.get(node_id, (minute, 0))
        count = count + 1 if last == minute else 1
        self._letters[node_id] = (minute, count)
        if count > LETTERS_PER_MINUTE:
            return []
        log.warning("dead letter: %s: %s (%d bytes)", message.topic[:255], reason, len(message.payload))
        return [Refused(message.topic, node_id, reason, message.payload, message.received_ms)]

    def _spoiled(self, topic: Topic) -> None:
        session = self.sessions.get(topic.node)
        if session is not None:
            session.spoiled()
        self._rebirths.ask(topic.group, topic.node, "malformed")

    def _node_birth(self, topic: Topic, payload: Payload, message: Message) -> list[Effect]:
        birth, first = node_birth(topic, payload, message.received_ms)
        session = NodeSession(topic.group, topic.node, birth.bd_seq, birth.journal_epoch)
        session.sequence.born(payload.seq)
        session.declare(None, payload.metrics)
        session.report_offset(birth.clock_offset_ms)
        session.time_heard(payload.timestamp, message.received_ms)
        self.sessions[topic.node] = session
        self._rebirths.born(topic.group, topic.node)
        return [NodeBorn(birth, first)]

    def _node_death(self, topic: Topic, payload: Payload, _message: Message) -> list[Effect]:
        bd_seq = count_of(_named(payload.metrics), BD_SEQ)
        session = self.sessions.get(topic.node)
        if session is not None and session.epoch is not None and bd_seq != session.bd_seq:
            return []
        self.sessions.pop(topic.node, None)
        return [NodeDied(topic.node, bd_seq)]

    def _session(self, topic: Topic, payload: Payload, message: Message) -> NodeSession | None:
        """Return the session a message belongs to; without one, or in doubt, a rebirth is asked for."""
        session = self.sessions.get(topic.node)
        if session is None:
            self._rebirths.ask(topic.group, topic.node, "unknown")
            return None
        try:
            session.accept(payload.seq)
        except SequenceGap:
            self._rebirths.ask(topic.group, topic.node, "gap")
        if session.in_doubt:
            self._rebirths.ask(topic.group, topic.node, "gap")
            return None
        session.time_heard(payload.timestamp, message.received_ms)
        return session

    def _node_data(self, topic: Topic, payload: Payload, message: Message) -> list[Effect]:
        session = self._session(topic, payload, message)
        if session is None:
            return []
        metrics = self._resolved(session, topic, payload, None)
        named = _named(metrics)
        session.report_offset(count_of(named, CLOCK_OFFSET))
        heard = Heard(
            topic.node,
            message.received_ms,
            count_of(named, CLOCK_OFFSET),
            count_of(named, JOURNAL_NEXT),
            count_of(named, JOURNAL_PENDING),
        )
        return [heard, *self._taken(session, None, metrics, payload, message)]

    def _device_birth(self, topic: Topic, payload: Payload, message: Message) -> list[Effect]:
        session = self._session(topic, payload, message)
        if session is None or topic.device is None:
            return []
        if len(session.devices) >= MAX_DEVICES and topic.device not in session.devices:
            return self._refused(message, topic.node, f"more than {MAX_DEVICES} devices")
        device = session.devices[topic.device] = DeviceSession(topic.device)
        session.declare(topic.device, payload.metrics)
        keep_latest(session, device, payload, payload.metrics, message.received_ms)
        birth, problem = device_birth(topic, payload, message.received_ms, device.latest)
        effects: list[Effect] = [DeviceBorn(birth)]
        if problem:
            effects += self._refused(message, topic.node, problem)
        effects += self._taken(session, topic.device, payload.metrics, payload, message)
        return [*effects, *states(session, topic.device, payload.metrics, message.received_ms)]

    def _device_data(self, topic: Topic, payload: Payload, message: Message) -> list[Effect]:
        session = self._session(topic, payload, message)
        if session is None or topic.device is None:
            return []
        device = session.devices.get(topic.device)
        if device is None:
            return self._unborn_data(session, topic, payload, message)
        received = message.received_ms
        metrics = self._resolved(session, topic, payload, device.key)
        effects = self._taken(session, device.key, metrics, payload, message)
        effects += states(session, device.key, metrics, received)
        effects += samples(session, device.key, payload, metrics, received)
        latest = device.latest if keep_latest(session, device, payload, metrics, received) else None
        return [*effects, Heard(topic.node, received, device_key=device.key, latest=latest)]

    def _unborn_data(self, session: NodeSession, topic: Topic, payload: Payload, message: Message) -> list[Effect]:
        """Take the journal of a device that is not born: a box may drain what one taken from it has left."""
        named = [metric for metric in payload.metrics if metric.name is not None]
        effects = self._taken(session, topic.device, named, payload, message)
        if not effects:
            self._rebirths.ask(topic.group, topic.node, "unknown")
        return effects

    def _device_death(self, topic: Topic, payload: Payload, message: Message) -> list[Effect]:
        session = self._session(topic, payload, message)
        if session is None or session.devices.pop(topic.device or "", None) is None:
            return []
        return [DeviceDied(topic.node, topic.device or "", session.epoch is not None)]

    def _resolved(self, session: NodeSession, topic: Topic, payload: Payload, device: str | None) -> list[Metric]:
        """Return the metrics with their names; one with an unknown alias is left out and asks for a rebirth."""
        found = []
        for metric in payload.metrics:
            if metric.name is not None and metric.datatype is not None:
                found.append(metric)
                continue
            try:
                found.append(session.resolve(device, metric))
            except UnknownAlias:
                self._rebirths.ask(topic.group, topic.node, "alias")
        return found

    def _taken(
        self, session: NodeSession, device: str | None, metrics: Sequence[Metric], payload: Payload, message: Message
    ) -> list[Effect]:
        """Return the journal records of a message; one that cannot be read goes to the dead letters alone."""
        effects, problems = records(session, device, metrics, payload, message.received_ms)
        for problem in problems:
            DEAD_LETTERS.inc()
            effects += self._refused(message, session.node_id, f"record: {problem}")
        return effects


def _named(metrics: Iterable[Metric]) -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics if metric.name is not None}
