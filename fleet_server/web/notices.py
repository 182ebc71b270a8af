"""Lines above every page that concern everyone, such as work under way; what composes the application says which."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from fleet_server.web.i18n import CHINESE


@dataclass(frozen=True, slots=True)
class Notice:
    """One line in both languages; with a `whole` a bar shows how much of it is done."""

    zh: str
    en: str
    done: int = 0
    whole: int = 0

    def text(self, locale: str) -> str:
        """Return the line in a language."""
        return self.zh if locale == CHINESE else self.en

    @property
    def percent(self) -> int:
        """Return how much is done, 0 to 100, rounded down."""
        return self.done * 100 // self.whole if self.whole else 0


Source = Callable[[], list[Notice]]


def notices_of(request: Request) -> list[Notice]:
    """Return what the application has to say now."""
    source = cast(Source | None, getattr(request.app.state, "notices", None))
    return source() if source is not None else []
