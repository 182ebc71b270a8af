"""Field types for bodies and queries of the API: text, codes, times and counts that every database can hold."""

import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

_LINE_BREAKS = frozenset("\n\r\t")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def _refuse_controls(text: str, allowed: frozenset[str] = frozenset()) -> str:
    for character in text:
        if character not in allowed and unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise ValueError("control characters and lone surrogates are not text")
    return text


def _one_line(text: str) -> str:
    return _refuse_controls(text)


def _several_lines(text: str) -> str:
    return _refuse_controls(text, _LINE_BREAKS)


def _in_reach(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("a time must lie between the years 2000 and 2100")
    return moment.astimezone(UTC)


def _day_in_reach(day: date) -> date:
    if not EARLIEST.date() <= day < LATEST.date():
        raise ValueError("a day must lie between the years 2000 and 2100")
    return day


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
"""One line of text, 1 to 200 characters."""

ShortLine = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(_one_line)
]
"""One line of text, 1 to 60 characters: names, labels."""

Remark = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line)]
"""One line of text that may be empty, at most 200 characters: purposes, reasons, searches."""

Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_several_lines)]
"""Text of several lines that may be empty, at most 2,000 characters."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$", max_length=64)]
"""A code or id: letters, digits and `_.:-`, at most 64 characters."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_reach)]
"""A time with its offset, between 2000 and 2100; comes out in UTC."""

Day = Annotated[date, AfterValidator(_day_in_reach)]
"""A calendar day between 2000 and 2100."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]
"""A number of things."""

Seconds = Annotated[int, Field(ge=0, le=366 * 86400)]
"""A duration in seconds, at most one year."""
