"""Lists a page at a time: the query, the answer, and an opaque cursor by keys or by position."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select
from sqlmodel import Session

from fleet_server.core.errors import Invalid

MAX_PAGE_SIZE = 500
_MAX_CURSOR = 600
Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one, `total` counts the whole list."""

    model_config = ConfigDict(extra="forbid")

    items: list[Item]
    next_cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class Paging:
    """What the caller asked for: at most `size` rows after `cursor`."""

    size: int = 50
    cursor: str | None = None


def paging_of(
    page_size: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = 50,
    cursor: Annotated[str | None, Query(max_length=_MAX_CURSOR)] = None,
) -> Paging:
    """Read `page_size` and `cursor` from the query."""
    return Paging(page_size, cursor)


PageQuery = Annotated[Paging, Depends(paging_of)]


def encode_cursor(values: Sequence[object]) -> str:
    """Return an opaque cursor of strings, numbers, days and times."""
    packed = json.dumps([_pack(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[Any]:
    """Return the values of a cursor.

    Raises: Invalid for text that is no cursor of `length` values.
    """
    try:
        packed = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(packed, list) or len(packed) != length:
            raise ValueError("not a cursor of this list")
        return [_unpack(value) for value in packed]
    except (ValueError, TypeError, KeyError, binascii.Error, RecursionError) as error:
        raise Invalid("cursor_invalid", field="cursor") from error


def page_by_keys(
    session: Session, statement: Select[Any], paging: Paging, *keys: Any, descending: bool = False
) -> tuple[list[Any], str | None, int]:
    """Return one page of rows, the next cursor and the total, in the order of `keys`.

    The keys must be selected columns or columns of the selected tables, never null, and unique together; rows that
    come or go meanwhile neither repeat nor hide others.
    """
    total = session.execute(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    order = [key.desc() if descending else key.asc() for key in keys]
    if paging.cursor is not None:
        row = sa.tuple_(*keys)
        after = sa.tuple_(*(sa.literal(v, key.type) for v, key in zip(_key_values(paging, keys), keys, strict=True)))
        statement = statement.where(row < after if descending else row > after)
    wanted = statement.add_columns(*(key.label(f"_key{i}") for i, key in enumerate(keys)))
    found = session.execute(wanted.order_by(None).order_by(*order).limit(paging.size + 1)).all()
    more = len(found) > paging.size
    rows = [tuple(row)[: -len(keys)] for row in found[: paging.size]]
    cursor = encode_cursor(tuple(found[paging.size - 1])[-len(keys) :]) if more else None
    return [row[0] if len(row) == 1 else row for row in rows], cursor, total


def page_of_list(items: Sequence[Item], paging: Paging) -> tuple[list[Item], str | None, int]:
    """Return one page of a list already at hand, the next cursor (a position) and the total."""
    start = 0
    if paging.cursor is not None:
        (start,) = decode_cursor(paging.cursor, 1)
        if not isinstance(start, int) or isinstance(start, bool) or not 0 <= start <= 10_000_000:
            raise Invalid("cursor_invalid", field="cursor")
    end = start + paging.size
    return list(items[start:end]), encode_cursor([end]) if end < len(items) else None, len(items)


def _key_values(paging: Paging, keys: Sequence[Any]) -> list[Any]:
    values = decode_cursor(paging.cursor or "", len(keys))
    for value, key in zip(values, keys, strict=True):
        # SQLModel's text type is a decorator that calls its values mere objects; what it decorates knows better.
        kept = key.type.impl_instance if isinstance(key.type, sa.types.TypeDecorator) else key.type
        wanted = kept.python_type
        if type(value) is not wanted or (isinstance(value, str) and "\0" in value):
            raise Invalid("cursor_invalid", field="cursor")
        if isinstance(value, int) and abs(value) >= 2**63:
            raise Invalid("cursor_invalid", field="cursor")
    return values


def _pack(value: object) -> object:
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"{type(value).__name__} cannot be a cursor key")


def _unpack(value: Any) -> object:
    if isinstance(value, dict):
        if "t" in value:
            moment = datetime.fromisoformat(value["t"])
            if moment.tzinfo is None:
                raise ValueError("a cursor's time carries its zone")
            return moment
        return date.fromisoformat(value["d"])
    if isinstance(value, str):
        value.encode()
    if not isinstance(value, str | int | float):
        raise ValueError("not a cursor value")
    return value
