"""Pages: the Jinja environment over every domain's templates, and what each page is given."""

import functools
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from fleet_server.core.clock import Clock, to_ms, utc_now
from fleet_server.core.messages import TITLES
from fleet_server.core.problems import text_of
from fleet_server.core.scope import Viewer
from fleet_server.people.access import csrf_of
from fleet_server.web import formats, navigation
from fleet_server.web.files import has_static, static_url
from fleet_server.web.i18n import CHINESE, LOCALES, PACKAGE, Translator, locale_of, name_of, translator
from fleet_server.web.notices import notices_of

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
DEFAULT_ZONE = "Asia/Shanghai"


@functools.cache
def environment(locale: str) -> jinja2.Environment:
    """Return the environment of a language; it finds `<domain>/<page>.html` in every domain's templates folder."""
    folders = [jinja2.FileSystemLoader(path) for path in sorted(PACKAGE.glob("*/templates"))]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= _globals(locale)
    made.filters |= _filters(locale)
    made.tests["latin"] = str.isascii
    return made


def _globals(locale: str) -> dict[str, Any]:
    """Return what templates and imported macros alike may use."""
    texts = translator(locale)
    return {
        "_": texts,
        "_n": texts.plural,
        "locale": locale,
        "other_locale": next(other for other in LOCALES if other != locale),
        "sep": "\u3000" if locale == CHINESE else ", ",
        "colon": "：" if locale == CHINESE else ": ",
        "comma": "，" if locale == CHINESE else ", ",
        "gap": "" if locale == CHINESE else " ",
        "name_of": functools.partial(name_of, locale=locale),
        "static_url": static_url,
        "has_static": has_static,
        "live_words": functools.partial(live_words, texts),
        "STATES": tuple(formats.STATES),
    }


def live_words(texts: Translator) -> str:
    """Return as JSON the words a script needs to keep states and ages up to date; `#` stands for the number."""
    words = {
        "states": {state: texts(word) for state, word in formats.STATES.items()},
        "liveness": {liveness: texts(word) for liveness, word in formats.LIVENESS.items()},
        "second": texts("%(count)s s ago", count="#"),
        "minute": texts("%(count)s min ago", count="#"),
        "hour": texts("%(count)s h ago", count="#"),
        "day": texts.plural("%(count)s day ago", "%(count)s days ago", 1).replace("1", "#"),
        "days": texts("%(count)s days ago", count="#"),
    }
    return json.dumps(words, ensure_ascii=False, separators=(",", ":"))


def _filters(locale: str) -> dict[str, Callable[..., object]]:
    """Return the filters; those that speak do so in the language."""

    def spoken(function: Callable[..., str]) -> Callable[..., str]:
        return functools.partial(function, locale=locale)

    def worded(table: dict[str, str]) -> Callable[[str], str]:
        return lambda key: formats.word(table, key, locale)

    return {
        "local": formats.local,
        "clock": formats.clock,
        "ms": to_ms,
        "percent": formats.percent,
        "day": spoken(formats.day),
        "duration": spoken(formats.duration),
        "age": spoken(formats.age),
        "state_word": worded(formats.STATES),
        "kind_word": worded(formats.KINDS),
        "liveness_word": worded(formats.LIVENESS),
        "booking_word": worded(formats.BOOKINGS),
        "ability_word": worded(formats.ABILITIES),
        "cause_word": worded(formats.CAUSES),
    }


def render(
    request: Request, viewer: Viewer | None, template: str, *, status: int = 200, **context: object
) -> HTMLResponse:
    """Return a page in the reader's language and theme; `zone` in the context is the zone its times are shown in."""
    full = page_context(request, viewer) | context
    full["offset"] = formats.zone_offset(cast(datetime, full["now"]), str(full["zone"]))
    body = environment(str(full["locale"])).get_template(template).render(full)
    return HTMLResponse(body, status, headers={"Cache-Control": "private, no-cache", "Vary": "Cookie, Accept-Language"})


def render_error(
    request: Request, viewer: Viewer | None, status: int, code: str, params: Mapping[str, object] | None = None
) -> HTMLResponse:
    """Return the page that says what happened and what to do."""
    locale = locale_of(request, viewer)
    title = TITLES.get(status, TITLES[500])[0 if locale == CHINESE else 1]
    text = wording(request, code, params or {}, locale)
    return render(request, viewer, "error.html", status=status, title=title, text=text)


def wording(request: Request, code: str, params: Mapping[str, object], locale: str) -> str:
    """Return what an error says in a language, out of every domain's messages."""
    return text_of(request.app.state.messages, code, params, 0 if locale == CHINESE else 1)


def page_context(request: Request, viewer: Viewer | None) -> dict[str, Any]:
    """Return what a page is given beside its own context."""
    locale = locale_of(request, viewer)
    return {
        "locale": locale,
        "theme": theme_of(request),
        "viewer": viewer,
        "role_word": _role_word(viewer, translator(locale)),
        "nav": navigation.entries(viewer) if viewer else [],
        "is_current": navigation.is_current,
        "path": request.url.path,
        "here": _here(request),
        "csrf": csrf_of(request),
        "now": _now(request),
        "zone": DEFAULT_ZONE,
        "notices": notices_of(request),
    }


def theme_of(request: Request) -> str:
    """Return light or dark where the reader chose, else nothing: the page follows the system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""


def _role_word(viewer: Viewer | None, texts: Translator) -> str:
    return texts(navigation.ROLE_WORDS[navigation.leading_role(viewer)]) if viewer else ""


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _now(request: Request) -> datetime:
    return cast(Clock, getattr(request.app.state, "clock", utc_now))()
