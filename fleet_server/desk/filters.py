"""The conditions of the fleet list as its address holds them, and the choices each offers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from fleet_server.core.errors import Invalid
from fleet_server.core.paging import decode_cursor
from fleet_server.desk import rules
from fleet_server.desk.rules import UNCONNECTED, FleetFilter, FleetRow
from fleet_server.web import formats
from fleet_server.web.i18n import CHINESE, Translator

STATES = (*formats.STATES, UNCONNECTED)


def filter_of(
    school: Annotated[str, Query(max_length=64)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    liveness: Annotated[str, Query(max_length=20)] = "",
    q: Annotated[str, Query(max_length=80)] = "",
    sort: Annotated[str, Query(max_length=10)] = "",
) -> FleetFilter:
    """Read the conditions from the address; an order that does not exist is the usual one."""
    return FleetFilter(school, kind, state, liveness, q.strip(), sort if sort in rules.SORTS else "")


ChosenFilter = Annotated[FleetFilter, Depends(filter_of)]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a condition: its word, how many rows it leaves, the address that chooses it."""

    value: str
    text: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: its name in the address, its title, the value chosen and in words, what else it offers."""

    name: str
    title: str
    value: str
    text: str
    drop: str
    choices: tuple[Choice, ...]


def address(chosen: FleetFilter, path: str = "/fleet", **more: str) -> str:
    """Return the address of the list under a filter, with some conditions changed."""
    query = urlencode(chosen.query() | more)
    return f"{path}?{query}" if query else path


def cursor_key(cursor: str, sort: str) -> list[str | int] | None:
    """Return the key of the last row before a page, nothing for the first page.

    Raises: Invalid for what is no cursor of this order.
    """
    if not cursor:
        return None
    kinds: list[type] = [int, str] if sort == "changed" else [str] * 5
    key = decode_cursor(cursor, len(kinds))
    if [type(part) for part in key] != kinds:
        raise Invalid("cursor_invalid", field="cursor")
    return key


def conditions(rows: Sequence[FleetRow], chosen: FleetFilter, _: Translator) -> list[Condition]:
    """Return the four conditions with what each value of them would leave."""
    schools = {row.organization_id: _school(row, _.locale) for row in rows}
    return [
        _condition(rows, chosen, "school", _("School"), lambda value: schools.get(value, value)),
        _condition(rows, chosen, "kind", _("Kind"), lambda value: formats.word(formats.KINDS, value, _.locale)),
        _condition(rows, chosen, "state", _("State"), lambda value: state_word(value, _)),
        _condition(rows, chosen, "liveness", _("Box"), lambda value: formats.word(formats.LIVENESS, value, _.locale)),
    ]


def state_word(state: str, _: Translator) -> str:
    """Return the word for a state, or for an asset without a device."""
    return _("Not connected") if state == UNCONNECTED else formats.word(formats.STATES, state, _.locale)


def _school(row: FleetRow, locale: str) -> str:
    return row.organization_zh if locale == CHINESE else row.organization_en


def _condition(
    rows: Sequence[FleetRow], chosen: FleetFilter, name: str, title: str, text: Callable[[str], str]
) -> Condition:
    counted = rules.counts(rows, chosen, name)
    order = {state: place for place, state in enumerate(STATES)}
    values = sorted((value for value in counted if value), key=lambda value: (order.get(value, 0), text(value)))
    choices = tuple(Choice(value, text(value), counted[value], address(chosen, **{name: value})) for value in values)
    value = chosen.query().get(name, "")
    return Condition(name, title, value, text(value) if value else "", address(chosen.without(name)), choices)
