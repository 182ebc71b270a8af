"""Tables and evidence of utilization as CSV and workbook."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from openpyxl import Workbook
from sqlmodel import Session

from fleet_server.core.clock import from_ms
from fleet_server.utilization import evidence
from fleet_server.utilization.evidence import Subject
from fleet_server.utilization.figures import GroupBy, Report, Row
from fleet_server.web import formats
from fleet_server.web.i18n import Translator, name_of

Cell = str | float | None
BOM = "\ufeff"
"""Tells spreadsheets that the text is UTF-8."""


def table(report: Report, group_by: GroupBy, _: Translator) -> list[list[Cell]]:
    """Return the table's rows with a heading and the total: hours and shares as numbers."""
    heading: list[Cell] = [
        {GroupBy.ORGANIZATION: _("School"), GroupBy.ASSET_TYPE: _("Model"), GroupBy.MONTH: _("Month")}[group_by],
        _("Method"),
        _("Core hours"),
        _("Available h"),
        _("Known h"),
        _("Used h"),
        _("Utilization"),
        _("Lower bound"),
        _("Coverage"),
        _("Booked frequency"),
        _("Booking yield"),
        _("Walk-up share"),
        _("No-show rate"),
        _("Sharing rate"),
    ]
    return [heading, *(_cells(row, report, _) for row in [*report.rows, report.total])]


def csv_of(rows: Sequence[Sequence[Cell]]) -> str:
    """Return rows as CSV; text that a spreadsheet would run as a formula gets an apostrophe."""
    out = io.StringIO()
    out.write(BOM)
    csv.writer(out).writerows([[harmless(cell) for cell in row] for row in rows])
    return out.getvalue()


def xlsx_of(rows: Sequence[Sequence[Cell]]) -> bytes:
    """Return rows as a workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Utilization")
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 28
    for row in rows:
        sheet.append([harmless(cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def evidence_lines(session: Session, subject: Subject, _: Translator, now: datetime) -> Iterator[str]:
    """Yield the CSV of all that is behind a row, a chunk an asset's stretches at a time."""
    heading = [_("Record"), _("Asset code"), _("Start"), _("End"), _("Seconds"), _("State"), _("Counted as"),
               _("Holder"), _("User"), _("Promise")]  # fmt: skip
    yield csv_of([heading])
    for one in evidence.stretches(session, subject, now):
        seconds = (one.end - one.start).total_seconds()
        yield _line(
            [_("stretch"), one.asset_code, _time(one.start, subject), _time(one.end, subject), seconds,
             formats.word(formats.STATES, one.state, _.locale), one.counted, one.holder_id, one.user_id, one.promise]
        )  # fmt: skip
    for asset, booked in evidence.bookings_of(session, subject, now):
        start, end = from_ms(booked.start), from_ms(booked.end)
        yield _line(
            [_("booking"), asset.asset_code, _time(start, subject), _time(end, subject), (end - start).total_seconds(),
             booked.state, "", "", booked.user_id, booked.booking_id]
        )  # fmt: skip
    for day in evidence.calendar_lines(session, subject):
        yield _line(
            [_("calendar day"), "", day.day.isoformat(), "", day.core_ms / 1000, day.kind, day.name, "", "", ""]
        )


def harmless(cell: Cell) -> Cell:
    """Return a cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + cell
    return cell


def _cells(row: Row, report: Report, _: Translator) -> list[Cell]:
    sums, rates = row.sums, row.rates
    hours = [round(value / 3_600_000, 4) for value in (sums.core, sums.available, sums.known, sums.used)]
    measured = [rates.utilization, rates.lower_bound, rates.coverage, rates.booked_frequency, rates.booking_yield]
    shares = [*measured, rates.walk_up_share, rates.no_show_rate, rates.sharing_rate]
    return [
        name_of(row, _.locale),
        report.method.value,
        *hours,
        *(None if share is None else round(share, 6) for share in shares),
    ]


def _line(row: list[Cell]) -> str:
    return csv_of([row]).removeprefix(BOM)


def _time(moment: datetime, subject: Subject) -> str:
    return formats.in_zone(moment, subject.zone).isoformat()
