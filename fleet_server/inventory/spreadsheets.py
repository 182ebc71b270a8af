"""Rows out of a CSV or xlsx somebody uploaded; hostile until proven otherwise, so everything is bounded."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl

from fleet_server.core.errors import Invalid

MAX_ROWS = 5_000
MAX_COLUMNS = 40
MAX_CELL = 200
MAX_BYTES = 2 * 1024 * 1024
_MAX_UNPACKED = 50 * 1024 * 1024
_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True, slots=True)
class Row:
    """One row as text by column name; `number` counts as a spreadsheet does."""

    number: int
    values: dict[str, str]


def read(content: bytes) -> list[Row]:
    """Return the rows of a CSV (UTF-8 or GB18030) or of the first sheet of an xlsx, empty ones left out.

    Raises: Invalid `import_unreadable`, `import_too_large` beyond 5,000 rows or 2 MB.
    """
    if len(content) > MAX_BYTES:
        raise _too_large()
    table = _xlsx(content) if content[:4] == b"PK\x03\x04" else _csv(content)
    try:
        return list(_rows(table))
    except csv.Error as error:
        raise _unreadable(str(error)) from error
    except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile) as error:
        raise _unreadable("the workbook is damaged") from error


def _rows(table: Iterable[list[str]]) -> Iterator[Row]:
    header: list[str] | None = None
    for number, cells in enumerate(table, start=1):
        if number > MAX_ROWS + 1:
            raise _too_large()
        if header is None:
            header = [cell.strip().casefold() for cell in cells[:MAX_COLUMNS]]
        elif any(cell.strip() for cell in cells):
            yield Row(number, {name: _text(cell) for name, cell in zip(header, cells, strict=False) if name})


def _text(cell: str) -> str:
    kept = "".join(letter for letter in cell.strip() if letter.isprintable())
    return kept[: MAX_CELL + 1]


def _csv(content: bytes) -> Iterator[list[str]]:
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = text.partition("\n")[0]
        separator = max(",;\t", key=first.count)
        return csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    raise _unreadable("neither UTF-8 nor GB18030")


def _xlsx(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > _MAX_UNPACKED:
                raise _too_large()
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
    except Invalid:
        raise
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise _unreadable("the workbook is damaged") from error
    return (
        [_cell(value) for value in row]
        for row in sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + 2, values_only=True)
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _unreadable(reason: str) -> Invalid:
    return Invalid("import_unreadable", field="file", reason=reason)


def _too_large() -> Invalid:
    return Invalid("import_too_large", field="file", rows=MAX_ROWS, megabytes=MAX_BYTES // 1024 // 1024)
