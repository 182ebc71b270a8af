"""The journal on the box: what was measured and not yet acknowledged, in one SQLite file that survives power cuts."""

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import uuid4

from edge_agent.clocks import Moment
from edge_agent.drafts import Draft
from edge_agent.outbox_schema import open_file, transaction
from telemetry.journal import Record, RecordKind, digest
from telemetry.states import DeviceState

_log = logging.getLogger(__name__)
_COLUMNS = "offset, kind, device, at_ms, boot, boottime_ms, state, prev_ms, quality, cause, body"
_INSERT = f"INSERT INTO journal ({_COLUMNS.removeprefix('offset, ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DROP_SHARE = 10
"""One tenth of the limit is freed at once, so that dropping is rare."""


class Acknowledgement(Enum):
    """What became of an acknowledgement."""

    STALE = "stale"
    ADVANCED = "advanced"
    NEW_EPOCH = "new epoch"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state a device is in since its newest transition, which has the offset."""

    offset: int
    state: DeviceState
    cause: str
    since: Moment


@dataclass(frozen=True, slots=True)
class Tick:
    """The last moment the agent is known to have been alive; `orderly` after a shutdown it took part in."""

    at: Moment
    orderly: bool


class Outbox:
    """One box's journal; used from one thread."""

    def __init__(self, path: Path, limit: int = 400_000) -> None:
        """Open the file; past `limit` records the oldest samples are dropped, usage never.

        Raises: OutboxBusy.
        """
        self._db = open_file(path)
        self._limit = limit
        self._facts: dict[str, str] = dict(self._db.execute("SELECT key, value FROM fact"))
        if "epoch" not in self._facts:
            with transaction(self._db):
                self._keep(epoch=str(uuid4()), acked="0", acked_digest="")
        self.aliases: dict[str, int] = dict(self._db.execute("SELECT name, alias FROM alias"))
        self._count = int(self._one("SELECT count(*) FROM journal") or 0)
        self._found = self.next - 1

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @property
    def epoch(self) -> str:
        """The name of this journal; offsets mean something only beside it."""
        return self._facts["epoch"]

    @property
    def acked(self) -> int:
        """The highest offset the server has said it keeps."""
        return int(self._facts["acked"])

    @property
    def next(self) -> int:
        """The offset the next record will get."""
        return int(self._one("SELECT seq FROM sqlite_sequence WHERE name = 'journal'") or 0) + 1

    @property
    def first(self) -> int:
        """The lowest offset held, `next` when nothing is."""
        held = self._one("SELECT min(offset) FROM journal")
        return self.next if held is None else int(held)

    @property
    def pending(self) -> int:
        """How many records wait for the server."""
        return self._count

    def append(self, drafts: Iterable[Draft]) -> list[Record]:
        """Journal drafts in one durable transaction and return the records, a drop record among them when full.

        Raises: sqlite3.Error when the disk does not take it; then nothing was kept.
        """
        with transaction(self._db):
            records = [self._insert(draft) for draft in drafts]
            drops = self._drop_oldest(records[-1]) if records and self._count + len(records) > self._limit else []
        self._count = int(self._one("SELECT count(*) FROM journal") or 0)
        return [*records, *drops]

    def extend(self, drafts: Iterable[Draft]) -> int:
        """Journal history in bulk in one transaction, oldest first, and return how many records it was."""
        with transaction(self._db):
            added = sum(1 for _ in map(self._insert, drafts))
        self._count += added
        return added

    def read(self, after: int, most: int) -> list[Record]:
        """Return the records behind an offset, in order."""
        query = f"SELECT {_COLUMNS} FROM journal WHERE offset > ? ORDER BY offset LIMIT ?"
        return [_record(row) for row in self._db.execute(query, (after, most))]

    def record(self, offset: int) -> Record | None:
        """Return one record, None when it is no longer held."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM journal WHERE offset = ?", (offset,)).fetchone()
        return None if row is None else _record(row)

    def drops(self) -> list[Record]:
        """Return every drop record held: they go first, or the gaps they explain would hold the window."""
        return [_record(row) for row in self._db.execute(f"SELECT {_COLUMNS} FROM journal WHERE kind = 'drop'")]

    def acknowledge(self, epoch: str, offset: int, proof: str) -> Acknowledgement:
        """Forget what the server keeps, up to and with an offset.

        `proof` is the server's digest of the record at the offset, empty where it has none. When it is not ours, or
        the offset was never given out, this file is an older copy of itself (a restored image): a new epoch starts.
        """
        if epoch != self.epoch or offset < self.acked:
            return Acknowledgement.STALE
        if offset >= self.next or not self._proves(offset, proof):
            self._start_epoch(offset)
            return Acknowledgement.NEW_EPOCH
        if offset == self.acked:
            return Acknowledgement.STALE
        with transaction(self._db, durable=False):
            gone = self._db.execute("DELETE FROM journal WHERE offset <= ?", (offset,)).rowcount
            self._keep(acked=str(offset), acked_digest=proof)
        self._count -= gone
        return Acknowledgement.ADVANCED

    def standings(self) -> dict[str, Standing]:
        """Return the state each device was in when this was last written."""
        rows = self._db.execute("SELECT device, offset, state, cause, wall_ms, boottime_ms, boot FROM standing")
        return {row[0]: Standing(row[1], DeviceState(row[2]), row[3], Moment(*row[4:])) for row in rows}

    def save_tick(self, at: Moment, orderly: bool = False) -> None:
        """Write down that the agent lives, so that after a kill it is known until when."""
        with transaction(self._db):
            self._keep(tick=json.dumps([at.wall_ms, at.boottime_ms, at.boot, orderly]))

    def tick(self) -> Tick | None:
        """Return the last tick, None before the first."""
        if "tick" not in self._facts:
            return None
        wall_ms, boottime_ms, boot, orderly = json.loads(self._facts["tick"])
        return Tick(Moment(wall_ms, boottime_ms, boot), orderly)

    def next_bd_seq(self) -> int:
        """Return the birth-death number of the next CONNECT, 0..255, one above the last; durable before it is used."""
        number = (int(self._facts.get("bd_seq", "-1")) + 1) % 256
        with transaction(self._db):
            self._keep(bd_seq=str(number))
        return number

    def alias(self, name: str) -> int:
        """Return the alias of a metric of this box, given out once and never reused."""
        if name not in self.aliases:
            self.alias_all([name])
        return self.aliases[name]

    def alias_all(self, names: Iterable[str]) -> None:
        """Give aliases to many metrics at once."""
        fresh = [name for name in names if name not in self.aliases]
        last = int(self._facts.get("alias", "0"))
        given = {name: last + place for place, name in enumerate(fresh, start=1)}
        if not given:
            return
        self.aliases |= given
        try:
            with transaction(self._db):
                self._db.executemany("INSERT INTO alias VALUES (?, ?)", given.items())
                self._keep(alias=str(last + len(given)))
        except sqlite3.Error as error:
            # Aliases bind only from one birth to the next: unwritten ones do for this run.
            _log.error("aliases cannot be kept: %s", error)

    def identity(self, device: str) -> dict[str, str]:
        """Return what a device last said of itself."""
        body = self._one("SELECT body FROM identity WHERE device = ?", device)
        return dict(json.loads(str(body))) if body else {}

    def save_identity(self, device: str, identity: Mapping[str, str]) -> None:
        """Keep what a device says of itself."""
        with transaction(self._db):
            self._db.execute("INSERT OR REPLACE INTO identity VALUES (?, ?)", (device, json.dumps(dict(identity))))

    def begin_command(self, command_id: str, device: str | None, at_ms: int) -> bool:
        """Write down that a command is about to be done; False when it was begun before."""
        with transaction(self._db):
            query = "INSERT OR IGNORE INTO command VALUES (?, ?, ?, 0)"
            begun = self._db.execute(query, (command_id, device, at_ms)).rowcount == 1
            # An id is remembered for 30 days: no server sends a command again after that.
            self._db.execute("DELETE FROM command WHERE done = 1 AND at_ms < ?", (at_ms - 30 * 86_400_000,))
        return begun

    def end_command(self, command_id: str) -> None:
        """Write down that a command was brought to its end."""
        with transaction(self._db):
            self._db.execute("UPDATE command SET done = 1 WHERE id = ?", (command_id,))

    def open_commands(self) -> list[tuple[str, str | None]]:
        """Return the commands begun and not ended, each with its device."""
        return [(row[0], row[1]) for row in self._db.execute("SELECT id, device FROM command WHERE done = 0")]

    def _insert(self, draft: Draft) -> Record:
        at = draft.at
        state = None if draft.state is None else draft.state.value
        head = (draft.kind.value, draft.device, at.wall_ms, at.boot, at.boottime_ms)
        row = (*head, state, draft.prev_ms, draft.quality.value, draft.cause, draft.body)
        offset = int(self._db.execute(_INSERT, row).lastrowid or 0)
        if draft.kind is RecordKind.TRANSITION:
            standing = (draft.device, offset, state, draft.cause or "", at.wall_ms, at.boottime_ms, at.boot)
            self._db.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?, ?, ?, ?)", standing)
        return _record((offset, *row))

    def _drop_oldest(self, like: Record) -> list[Record]:
        goal = self._limit // _DROP_SHARE
        rows = self._db.execute("SELECT offset FROM journal WHERE kind = 'sample' ORDER BY offset LIMIT ?", (goal,))
        at = Moment(like.timestamp, like.boottime_ms, like.boot)
        return [self._drop(first, last, at) for first, last in list(_runs(row[0] for row in rows)) if last > first]

    def _drop(self, first: int, last: int, at: Moment) -> Record:
        self._db.execute("DELETE FROM journal WHERE offset BETWEEN ? AND ?", (first, last))
        body = json.dumps({"first": first, "last": last, "count": last - first + 1}, separators=(",", ":"))
        row = (RecordKind.DROP.value, None, at.wall_ms, at.boot, at.boottime_ms, None, None, "synced", None, body)
        return _record((int(self._db.execute(_INSERT, row).lastrowid or 0), *row))

    def _proves(self, offset: int, proof: str) -> bool:
        if not proof:
            return True
        if offset == self.acked:
            return self._facts["acked_digest"] in ("", proof)
        held = self.record(offset)
        return held is None or digest(held) == proof

    def _start_epoch(self, offset: int) -> None:
        """Go on under a new name; what the file held when it was opened, the server has up to `offset`."""
        with transaction(self._db):
            self._db.execute("DELETE FROM journal WHERE offset <= ?", (min(offset, self._found),))
            self._keep(epoch=str(uuid4()), acked="0", acked_digest="")
        self._found = 0
        self._count = int(self._one("SELECT count(*) FROM journal") or 0)

    def _keep(self, **facts: str) -> None:
        self._db.executemany("INSERT OR REPLACE INTO fact VALUES (?, ?)", facts.items())
        self._facts |= facts

    def _one(self, query: str, *values: str) -> int | str | None:
        row: tuple[int | str | None] | None = self._db.execute(query, values).fetchone()
        return None if row is None else row[0]


def _runs(offsets: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield each unbroken run of offsets as its first and last."""
    first: int | None = None
    last = 0
    for offset in offsets:
        if first is not None and offset != last + 1:
            yield first, last
            first = None
        first, last = offset if first is None else first, offset
    if first is not None:
        yield first, last


def _record(row: tuple[Any, ...]) -> Record:
    offset, kind, device, at_ms, boot, boottime_ms, state, prev_ms, quality, cause, body = row
    return Record(offset, RecordKind(kind), device, at_ms, boot, boottime_ms, state, prev_ms, quality, cause, body)
