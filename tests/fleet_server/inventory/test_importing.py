"""Assets from spreadsheets: all or none, with every wrong row named."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from fleet_server.core.db import Database
from fleet_server.core.errors import Invalid
from fleet_server.inventory import importing, spreadsheets
from fleet_server.inventory.models import Asset
from tests.fleet_server.bookings.schools import NOW, found

HEADER = "品牌,型号,序列号,产权单位,教室,可流动,购置日期,购置金额"
GOOD = [
    'Make,One,SN-1,org_a,rom_a,是,2024/9/1,"12,800.00"',
    "make,ONE,SN-2,org_b,,no,2023-09-01,9999.5",
]


def content(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join([HEADER, *lines]).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_every_row_of_a_good_file_is_registered(sqlite_database: Database, encoding: str) -> None:
    with sqlite_database.writing() as session:
        made = found(session)
        plan = importing.check(
            session, made.people["coordinator"], spreadsheets.read(content(*GOOD, encoding=encoding))
        )
        assert plan.wrong == []
        first, second = importing.commit(session, made.people["coordinator"], plan, NOW)
        assert (first.serial, first.room_id, first.roams) == ("SN-1", "rom_a", True)
        assert (first.purchased_on, first.purchase_value) == (date(2024, 9, 1), Decimal("12800.00"))
        assert (second.owner_id, second.roams) == ("org_b", False)


def test_a_workbook_says_the_same_as_its_csv(sqlite_database: Database) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    book.active.append(["Make", "One", 4711, "org_a", None, "是", date(2024, 9, 1), 12800])
    packed = io.BytesIO()
    book.save(packed)
    with sqlite_database.writing() as session:
        made = found(session)
        plan = importing.check(session, made.people["coordinator"], spreadsheets.read(packed.getvalue()))
        assert plan.wrong == []
        (new,) = plan.new
        assert (new.serial, new.purchased_on, new.purchase_value) == ("4711", date(2024, 9, 1), Decimal("12800.00"))


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ("Make,Two,S,org_a,,,,", "model", "import_value_wrong"),
        ("Make,,S,org_a,,,,", "model", "import_value_missing"),
        ("Make,One,S,nowhere,,,,", "owner", "import_value_wrong"),
        ("Make,One,S,org_far,,,,", "owner", "import_value_wrong"),
        ("Make,One,S,org_a,rom_b,,,", "room", "import_value_wrong"),
        ("Make,One,S,org_a,,perhaps,,", "roams", "import_value_wrong"),
        ("Make,One,S,org_a,,,2024-13-01,", "purchased_on", "import_value_wrong"),
        ("Make,One,S,org_a,,,,1e999", "purchase_value", "import_value_wrong"),
        ("Make,One,S,org_a,,,,NaN", "purchase_value", "import_value_wrong"),
        ("Make,One,SN-1,org_a,,,,", "serial", "import_repeated"),
        (f"Make,One,{'9' * 81},org_a,,,,", "serial", "import_value_wrong"),
    ],
)
def test_one_wrong_row_keeps_the_whole_file_out(sqlite_database: Database, line: str, column: str, code: str) -> None:
    with sqlite_database.writing() as session:
        made = found(session)
        before = len(session.exec(select(Asset.id)).all())
        plan = importing.check(session, made.people["coordinator"], spreadsheets.read(content(*GOOD, line)))
        assert [(one.row, one.column, one.code) for one in plan.wrong] == [(4, column, code)]
        with pytest.raises(Invalid):
            importing.commit(session, made.people["coordinator"], plan, NOW)
        assert len(session.exec(select(Asset.id)).all()) == before


def test_a_missing_column_is_named(sqlite_database: Database) -> None:
    with sqlite_database.writing() as session:
        made = found(session)
        with pytest.raises(Invalid) as caught:
            importing.check(session, made.people["coordinator"], spreadsheets.read(b"make,serial\nMake,1\n"))
        assert caught.value.params["column"] == "model"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * (60 * 1024 * 1024))
    with pytest.raises(Invalid) as caught:
        spreadsheets.read(packed.getvalue())
    assert caught.value.code == "import_too_large"


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(Invalid) as caught:
        spreadsheets.read(content(*["x"] * (spreadsheets.MAX_ROWS + 1)))
    assert caught.value.code == "import_too_large"


@given(st.binary(max_size=2000) | st.binary(max_size=500).map(lambda tail: b"PK\x03\x04" + tail))
def test_any_bytes_are_rows_or_a_clear_error(uploaded: bytes) -> None:
    try:
        rows = spreadsheets.read(uploaded)
    except Invalid:
        return
    assert all("\0" not in value for row in rows for value in row.values.values())
