"""What errors say to people: the texts of every domain's `messages.py`, by code."""

import functools
import importlib
from collections.abc import Mapping

from fleet_server.web.i18n import CHINESE, PACKAGE

Texts = tuple[str, str]


@functools.cache
def all_messages() -> dict[str, Texts]:
    """Return every error text, Chinese and English, by code."""
    texts: dict[str, Texts] = {}
    for path in sorted(PACKAGE.glob("*/messages.py")):
        texts |= importlib.import_module(f"fleet_server.{path.parent.name}.messages").MESSAGES
    return texts


def wording(code: str, params: Mapping[str, object], locale: str) -> str:
    """Return the text of an error in a language; the code itself where none was written."""
    texts = all_messages().get(code)
    if texts is None:
        return code
    return texts[0 if locale == CHINESE else 1].format_map(_Params(params))


class _Params(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"
