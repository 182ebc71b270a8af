"""Pages: every row once, whatever the page size and whatever comes or goes meanwhile; a foreign cursor is refused."""

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from fleet_server.core.db import Database
from fleet_server.core.errors import Invalid
from fleet_server.core.models import OutboxEvent
from fleet_server.core.outbox import publish
from fleet_server.core.paging import Paging, decode_cursor, encode_cursor, page_by_keys, page_of_list

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)
KEYS = (col(OutboxEvent.created_at), col(OutboxEvent.id))
atoms = st.one_of(
    st.text(st.characters(codec="utf-8")),
    st.integers(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.floats(allow_nan=False),
)


def fill(database: Database, count: int) -> None:
    with database.writing() as session:
        for number in range(count):
            publish(session, str(number), {}, NOW.replace(minute=number % 3))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [1, 4, 10, 500])
def test_walking_by_keys_meets_every_row_once_in_order(database: Database, size: int, descending: bool) -> None:
    fill(database, 10)
    met: list[OutboxEvent] = []
    cursor: str | None = None
    with database.reading() as session:
        while True:
            rows, cursor, total = page_by_keys(
                session, select(OutboxEvent), Paging(size, cursor), *KEYS, descending=descending
            )
            met += rows
            assert total == 10
            if cursor is None:
                break
    order = [(row.created_at, row.id) for row in met]
    assert order == sorted(order, reverse=descending)
    assert len(set(order)) == 10


def test_rows_that_go_meanwhile_hide_no_others(database: Database) -> None:
    fill(database, 6)
    with database.writing() as session:
        first, cursor, _ = page_by_keys(session, select(OutboxEvent), Paging(3), *KEYS)
        session.delete(first[0])
        session.flush()
        rest, _, _ = page_by_keys(session, select(OutboxEvent), Paging(3, cursor), *KEYS)
        assert not {row.id for row in first} & {row.id for row in rest}
        assert len(rest) == 3


@given(values=st.lists(atoms, max_size=4))
def test_a_cursor_comes_back_as_it_went(values: list[object]) -> None:
    assert decode_cursor(encode_cursor(values), len(values)) == values


@given(text=st.text(max_size=80))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with contextlib.suppress(Invalid):
        assert len(decode_cursor(text, 2)) == 2


@pytest.mark.parametrize(
    "values", [["a"], [NOW, 2**70], ["x", 1], [date(2026, 1, 1), 1], [NOW, "1"], [NOW, 1, 2], [NOW, 1.5]]
)
def test_a_cursor_of_another_list_is_refused(database: Database, values: list[object]) -> None:
    with database.reading() as session, pytest.raises(Invalid):
        page_by_keys(session, select(OutboxEvent), Paging(3, encode_cursor(values)), *KEYS)


@given(count=st.integers(0, 40), size=st.integers(1, 50))
def test_walking_a_list_meets_every_item_once(count: int, size: int) -> None:
    items, met, cursor = list(range(count)), [], None
    while True:
        page, cursor, total = page_of_list(items, Paging(size, cursor))
        met += page
        assert total == count
        if cursor is None:
            break
    assert met == items
