"""The fleet list: filters that are the address, pages by key, the same rows as CSV."""

import csv
import hashlib
import io
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from fleet_server.core.paging import encode_cursor
from fleet_server.core.requests import Now, ReadSession
from fleet_server.desk import agenda, rules
from fleet_server.desk.filters import STATES, ChosenFilter, address, conditions, cursor_key, state_word
from fleet_server.desk.fleet import fleet_rows
from fleet_server.desk.rules import FleetRow
from fleet_server.people.access import PageViewer, csrf_of
from fleet_server.web import formats
from fleet_server.web.i18n import CHINESE, Translator, locale_of, translator
from fleet_server.web.page import render, theme_of

router = APIRouter(include_in_schema=False)
PAGE_SIZE = 60
Cursor = Annotated[str, Query(max_length=600)]


@router.get("/fleet")
def fleet_page(
    request: Request, viewer: PageViewer, session: ReadSession, now: Now, chosen: ChosenFilter, cursor: Cursor = ""
) -> Response:
    """Show a page of the list under the filter."""
    texts = translator(locale_of(request, viewer))
    everything = fleet_rows(session, viewer, now)
    rows = [row for row in everything if chosen.matches(row)]
    page, last = rules.page_after(rows, chosen.sort, cursor_key(cursor, chosen.sort), PAGE_SIZE)
    booked = agenda.next_by_asset(session, [row.asset_id for row in page], now)
    tag = _tag(request, texts.locale, viewer.person_id, int(now.timestamp()) // 60, rows, page, sorted(booked.items()))
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    answer = render(
        request,
        viewer,
        "desk/fleet.html",
        chosen=chosen,
        conditions=conditions(everything, chosen, texts),
        rows=page,
        total=len(rows),
        whole=len(everything),
        by_state=rules.state_counts(rows, STATES),
        booked=booked,
        more=address(chosen, cursor=encode_cursor(last)) if last else "",
        first=address(chosen) if cursor else "",
        csv=address(chosen, "/fleet.csv"),
        sorts=[(sort, address(chosen, sort=sort)) for sort in rules.SORTS],
    )
    answer.headers["ETag"] = tag
    return answer


def _tag(request: Request, *parts: object) -> str:
    known = repr((parts, theme_of(request), csrf_of(request), request.url.query))
    return f'W/"{hashlib.sha256(known.encode("utf-8", "backslashreplace")).hexdigest()[:24]}"'


@router.get("/fleet.csv")
def fleet_csv(request: Request, viewer: PageViewer, session: ReadSession, now: Now, chosen: ChosenFilter) -> Response:
    """Answer every row under the filter as CSV, in the reader's language, for spreadsheets."""
    texts = translator(locale_of(request, viewer))
    rows = [row for row in fleet_rows(session, viewer, now) if chosen.matches(row)]
    ordered, _last = rules.page_after(rows, chosen.sort, None, len(rows))
    headers = {"Content-Disposition": f'attachment; filename="fleet-{now:%Y%m%dT%H%MZ}.csv"'}
    return Response("\ufeff" + as_csv(ordered, texts), 200, headers, "text/csv; charset=utf-8")


def as_csv(rows: Sequence[FleetRow], _: Translator) -> str:
    """Return the rows as CSV; text that a spreadsheet would run as a formula is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [_("Asset code"), _("Serial"), _("Kind"), _("Model"), _("School"), _("Room"), _("Owner"), _("State"),
         _("Since"), _("Box"), _("Box is"), _("Last heard")]
    )  # fmt: skip
    writer.writerows([harmless(cell) for cell in _cells(row, _)] for row in rows)
    return out.getvalue()


def _cells(row: FleetRow, _: Translator) -> list[str]:
    chinese = _.locale == CHINESE
    return [
        row.asset_code,
        row.serial,
        formats.word(formats.KINDS, row.kind, _.locale),
        row.name_zh if chinese else row.name_en,
        row.organization_zh if chinese else row.organization_en,
        row.room_zh if chinese else row.room_en,
        row.owner_zh if chinese else row.owner_en,
        state_word(row.state, _),
        formats.local(row.since, row.zone, True) if row.since else "",
        row.node_id,
        formats.word(formats.LIVENESS, row.liveness, _.locale) if row.liveness else "",
        formats.local(row.seen, row.zone, True) if row.seen else "",
    ]


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
