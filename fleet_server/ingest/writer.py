"""The writer: drain, understand, write once, commit, then acknowledge."""

import logging
import threading
import time
from collections.abc import Sequence

from sqlalchemy import exc

from fleet_server.core.clock import Clock, to_ms
from fleet_server.core.db import Database
from fleet_server.core.exposition import BATCH_MESSAGES, BATCH_SECONDS, DEAD_LETTERS, LAG_SECONDS, RECORDS, WAITING
from fleet_server.ingest.acknowledging import Acknowledgements, credit_of
from fleet_server.ingest.applying import Batch, DeviceKey, Outcome, Pending
from fleet_server.ingest.client import CONNECTED, LOST, HostClient
from fleet_server.ingest.effects import Read, Recorded, Refused
from fleet_server.ingest.handlers import Reader
from fleet_server.ingest.rebirth import Rebirths
from fleet_server.nodes import service as nodes

log = logging.getLogger(__name__)
MAX_BATCH, MIN_BATCH = 500, 10
SQLITE_BATCH_S = 0.05
"""A SQLite transaction longer than this shrinks the next batch, so that bookings pass in between."""
SQLITE_PAUSE_S = 0.005
HEARD_S = 1.0
"""How often who was heard and the latest metrics are written."""
REGISTRY_S = 5.0
_BUSY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
_RETRY_S = (0.1, 0.5, 1.0, 2.0, 5.0)


class Writer:
    """One thread between the inbox and the database."""

    def __init__(self, database: Database, client: HostClient, clock: Clock) -> None:
        self._database, self._client, self._clock = database, client, clock
        self.rebirths = Rebirths(client.publish)
        self.reader = Reader(self.rebirths)
        self._acks = Acknowledgements(client.publish)
        self._devices: dict[DeviceKey, str] = {}
        self._pending = Pending()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)
        self._limit = MAX_BATCH
        self._heard_at = self._registry_at = 0.0
        self._online: frozenset[str] = frozenset()
        self.stored_samples = 0

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Write what has been received and end; safe to call twice."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(30)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not (self._stopping.is_set() and not len(self._client.inbox)):
            try:
                self.turn(0.1)
            except Exception:
                log.exception("ingest goes on after an error")
                if self._stopping.wait(1):
                    return

    def turn(self, timeout_s: float) -> int:
        """Do one round: take what is there, write it, acknowledge; return how many messages it was."""
        if time.monotonic() - self._registry_at >= REGISTRY_S:
            self.refresh_registry()
        messages = self._client.inbox.take(self._limit, timeout_s)
        reads: list[Read] = []
        for message in messages:
            if message.topic in (CONNECTED, LOST):
                self._write_any(reads)
                reads = []
                self._connection_changed(message.topic == CONNECTED)
            else:
                reads.append(self.reader.read(message))
        self._write_any(reads)
        self._send_due()
        WAITING.set(len(self._client.inbox))
        return len(messages)

    def _write_any(self, reads: Sequence[Read]) -> None:
        heard_due = time.monotonic() - self._heard_at >= HEARD_S and bool(self._pending.seen)
        if heard_due or any(read.effects for read in reads):
            self._write(reads)

    def _connection_changed(self, connected: bool) -> None:
        """Broker lost: everything is stale. Broker back: who was known is asked for a birth, since some were missed."""
        self.reader.forget_all()
        with self._database.writing() as session:
            nodes.mark_all_stale(session)
        if connected:
            self._ask_all()

    def _ask_all(self) -> None:
        self.refresh_registry()
        for node_id in sorted(self._online):
            site, status = self.reader.registry[node_id]
            if status not in nodes.REFUSED_STATUSES:
                self.rebirths.ask(site, node_id, "restart")

    def refresh_registry(self) -> None:
        """Read again which nodes may speak from where."""
        with self._database.reading() as session:
            self.reader.registry = nodes.registrations(session)
            self._online = nodes.online_nodes(session)
        self._registry_at = time.monotonic()

    def _write(self, reads: Sequence[Read]) -> None:
        for attempt in range(1_000_000):
            try:
                self._commit(reads, heard=time.monotonic() - self._heard_at >= HEARD_S)
                return
            except _BUSY as error:
                if self._stopping.is_set() and attempt > 3:
                    raise
                log.warning("database does not take the batch, trying again: %s", str(error)[:200])
                self._stopping.wait(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
            except Exception:
                log.exception("a batch of %d messages failed; taking them one by one", len(reads))
                self._isolate(reads)
                return

    def _isolate(self, reads: Sequence[Read]) -> None:
        """Write each message by itself, so that one the database refuses costs only itself."""
        for read in reads:
            try:
                self._commit([read], heard=False)
            except _BUSY:
                raise
            except Exception as error:
                DEAD_LETTERS.inc()
                log.warning("dead letter: %s: %s", read.message.topic[:255], error)
                self._commit([_as_letter(read, error)], heard=False)

    def _commit(self, reads: Sequence[Read], *, heard: bool) -> None:
        with self._database.writing() as session:
            begun = time.perf_counter()
            batch = Batch(session, self._devices, self._pending, self._clock())
            for read in reads:
                batch.apply(read.effects)
            batch.flush()
            if heard:
                batch.flush_heard()
        ended = time.perf_counter()
        self._committed(batch, reads, heard)
        BATCH_MESSAGES.observe(len(reads))
        BATCH_SECONDS.observe(ended - begun)
        self._pace(ended - begun)

    def _committed(self, batch: Batch, reads: Sequence[Read], heard: bool) -> None:
        self._devices = batch.devices
        self.stored_samples += batch.outcome.samples
        if heard:
            self._pending = Pending()
            self._heard_at = time.monotonic()
        if batch.outcome.registered:
            self._registry_at = 0.0
        self._count(batch.outcome, reads)
        for mark in batch.outcome.marks:
            session = self.reader.sessions.get(mark.node_id)
            if session is not None:
                self._acks.note(session.group, mark)

    def _count(self, outcome: Outcome, reads: Sequence[Read]) -> None:
        """Count a committed batch; its first and last message stand for its lag."""
        RECORDS.labels("stored").inc(outcome.fresh)
        RECORDS.labels("repeated").inc(max(0, outcome.records - outcome.fresh))
        now_ms = to_ms(self._clock())
        for read in (*reads[:1], *reads[-1:]):
            if read.sent_ms is not None:
                LAG_SECONDS.observe(max(0, now_ms - read.sent_ms) / 1000)

    def _pace(self, transaction_s: float) -> None:
        if self._database.dialect != "sqlite":
            return
        if transaction_s > SQLITE_BATCH_S:
            self._limit = max(MIN_BATCH, int(self._limit * SQLITE_BATCH_S / transaction_s))
        elif transaction_s < SQLITE_BATCH_S / 2:
            self._limit = min(MAX_BATCH, self._limit + MIN_BATCH)
        if transaction_s > SQLITE_PAUSE_S:
            time.sleep(SQLITE_PAUSE_S)

    def _send_due(self) -> None:
        if not self._client.connected:
            return
        now_s, now_ms = time.monotonic(), to_ms(self._clock())
        inbox = self._client.inbox
        self._acks.send_due(now_s, now_ms, credit_of(len(inbox), inbox.limit))
        self.rebirths.send_due(now_s, now_ms)


def _as_letter(read: Read, error: Exception) -> Read:
    """Return a message as a dead letter whose records count as received."""
    message = read.message
    node_id = next((effect.node_id for effect in read.effects if isinstance(effect, Recorded)), "")
    letter = Refused(message.topic, node_id, f"{type(error).__name__}: {error}", message.payload, message.received_ms)
    passed = [
        Recorded(
            effect.node_id,
            effect.epoch,
            (),
            effect.received_ms,
            effect.offset_ms,
            [*effect.refused, *(record.offset for record in effect.records)],
        )
        for effect in read.effects
        if isinstance(effect, Recorded)
    ]
    return Read(message, [*passed, letter])
