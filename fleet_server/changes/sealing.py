"""The chain over change records: a sealer numbers and links what is committed, a verifier walks it again.

The chain finds edits, insertions, drops and reordering; that the tail was cut or the whole written anew is found by
comparing its head with one noted elsewhere (`head`).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.changes.models import ChangeRecord
from fleet_server.changes.service import content_hash
from fleet_server.core.db import Database
from fleet_server.core.errors import FleetError

START = "0" * 64
OVERDUE = timedelta(minutes=1)
_BATCH = 500


class ChainBroken(FleetError):
    """The change records are not what was sealed; `number` in params says where it shows first."""

    code = "chain_broken"


@dataclass(frozen=True, slots=True)
class Head:
    """How many records are sealed, the hash that stands for all of them, and how old the oldest unsealed one is."""

    count: int
    chain_hash: str
    overdue: int


def seal(database: Database) -> int:
    """Seal committed records in order of id; return how many. One process seals at a time, a second one gives way."""
    with database.writing() as session:
        last = _last(session)
        number, chain = (last.sealed_no or 0, last.chain_hash or START) if last else (0, START)
        waiting = select(ChangeRecord).where(col(ChangeRecord.sealed_no).is_(None)).order_by(col(ChangeRecord.id))
        rows = session.exec(waiting.limit(_BATCH).with_for_update(skip_locked=True)).all()
        for row in rows:
            number, chain = number + 1, link(chain, row.content_hash)
            row.sealed_no, row.chain_hash = number, chain
            session.add(row)
        return len(rows)


def link(chain: str, content: str) -> str:
    """Return the chain's next hash: SHA-256 over the one before and the record's content hash, 64 hex characters."""
    return hashlib.sha256(f"{chain}\n{content}".encode()).hexdigest()


def head(session: Session, now: datetime) -> Head:
    """Return the chain's head; records unsealed for over a minute are overdue."""
    last = _last(session)
    late = (
        select(sa.func.count())
        .select_from(ChangeRecord)
        .where(col(ChangeRecord.sealed_no).is_(None), col(ChangeRecord.at) < now - OVERDUE)
    )
    overdue = session.exec(late).one()
    if last is None:
        return Head(0, START, overdue)
    return Head(last.sealed_no or 0, last.chain_hash or START, overdue)


def verify(session: Session) -> int:
    """Walk the chain from its start; return how many records hold.

    Raises: ChainBroken with the number of the first record that does not.
    """
    number, chain = 0, START
    while rows := _after(session, number):
        for row in rows:
            number += 1
            chain = link(chain, row.content_hash)
            if row.sealed_no != number or row.content_hash != content_hash(row) or row.chain_hash != chain:
                raise ChainBroken(number=number)
        session.expunge_all()
    return number


def _after(session: Session, number: int) -> list[ChangeRecord]:
    sealed = select(ChangeRecord).where(col(ChangeRecord.sealed_no) > number).order_by(col(ChangeRecord.sealed_no))
    return list(session.exec(sealed.limit(_BATCH)))


def _last(session: Session) -> ChangeRecord | None:
    sealed = select(ChangeRecord).where(col(ChangeRecord.sealed_no).is_not(None))
    return session.exec(sealed.order_by(col(ChangeRecord.sealed_no).desc()).limit(1)).first()
