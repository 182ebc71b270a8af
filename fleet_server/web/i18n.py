"""The two languages of the product: catalogues merged at start, the choice of language, names in both."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from babel.messages.pofile import read_po
from starlette.requests import Request

from fleet_server.core.scope import Viewer

CHINESE = "zh-CN"
ENGLISH = "en"
LOCALES = (CHINESE, ENGLISH)
LOCALE_COOKIE = "locale"
PACKAGE = Path(__file__).resolve().parent.parent
_CATALOGUES = {CHINESE: "zh_Hans"}


class Named(Protocol):
    """Anything with a name in both languages."""

    @property
    def name_zh(self) -> str:
        """The Chinese name."""

    @property
    def name_en(self) -> str:
        """The English name."""


class Translator:
    """Texts of one language; called with an English msgid and what fills its `%(name)s` places."""

    def __init__(self, locale: str, texts: Mapping[str, str]) -> None:
        self.locale = locale
        self.gap = "" if locale == CHINESE else " "
        """What stands between two sentences."""
        self._texts = texts

    def __call__(self, msgid: str, **params: object) -> str:
        text = self._texts.get(msgid, msgid)
        return text % params if params else text

    def plural(self, singular: str, plural: str, count: int, **params: object) -> str:
        """Return the form for `count`, which also fills `%(count)s`; Chinese has one form, kept under the plural."""
        msgid = singular if count == 1 and self.locale == ENGLISH else plural
        return self(msgid, count=count, **params)


def catalogue_files(locale: str) -> list[Path]:
    """Return the catalogues of one language, one a domain."""
    name = _CATALOGUES.get(locale)
    return sorted(PACKAGE.glob(f"*/locale/{name}.po")) if name else []


def read_catalogue(path: Path) -> dict[str, str]:
    """Return the translated messages of one file; a plural message is kept under its plural."""
    with path.open("rb") as file:
        messages = read_po(file)
    texts: dict[str, str] = {}
    for message in messages:
        if not message.id or not message.string or message.fuzzy:
            continue
        msgid = message.id if isinstance(message.id, str) else message.id[-1]
        texts[msgid] = message.string if isinstance(message.string, str) else message.string[-1]
    return texts


@functools.cache
def translator(locale: str) -> Translator:
    """Return the texts of a language; an unknown one answers in English."""
    known = locale if locale in LOCALES else ENGLISH
    texts: dict[str, str] = {}
    for path in catalogue_files(known):
        texts |= read_catalogue(path)
    return Translator(known, texts)


def name_of(thing: Named, locale: str) -> str:
    """Return the name in the language, or the other one where it is missing."""
    first, second = (thing.name_zh, thing.name_en) if locale == CHINESE else (thing.name_en, thing.name_zh)
    return first or second


def locale_of(request: Request, viewer: Viewer | None = None, default: str = CHINESE) -> str:
    """Choose the language: the reader's cookie, then the person's own, then what the browser asks for."""
    chosen = request.cookies.get(LOCALE_COOKIE)
    if chosen in LOCALES:
        return chosen
    if viewer is not None and viewer.locale in LOCALES:
        return viewer.locale
    return accepted_locale(request.headers.get("accept-language", ""), default)


def accepted_locale(header: str, default: str = CHINESE) -> str:
    """Return the language of an Accept-Language header that comes first by weight, or the default."""
    weighted = sorted((_weigh(part) for part in header[:200].split(",") if part.strip()), key=lambda item: -item[0])
    for weight, tag in weighted:
        if weight > 0 and tag.startswith("zh"):
            return CHINESE
        if weight > 0 and tag.startswith("en"):
            return ENGLISH
    return default


def _weigh(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().lower().partition(";q=")
    try:
        return (float(weight) if weight else 1.0, tag)
    except ValueError:
        return (0.0, tag)
