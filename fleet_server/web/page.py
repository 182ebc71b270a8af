"""Pages: the Jinja environment over every domain's templates, and what each page is given."""

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

import jinja2
from starlette.requests import Request
from starlette.responses import HTMLResponse

from fleet_server.core.clock import Clock, utc_now
from fleet_server.core.messages import TITLES
from fleet_server.core.problems import text_of
from fleet_server.core.scope import Viewer
from fleet_server.people.access import csrf_of
from fleet_server.web import formats, navigation
from fleet_server.web.files import has_static, static_url
from fleet_server.web.i18n import CHINESE, LOCALES, PACKAGE, Translator, locale_of, name_of, translator

THEME_COOKIE = "theme"
THEMES = ("light", "dark")
DEFAULT_ZONE = "Asia/Shanghai"


@functools.cache
def environment() -> jinja2.Environment:
    """Return the environment that finds `<domain>/<page>.html` in every domain's templates folder."""
    folders = [jinja2.FileSystemLoader(path) for path in sorted(PACKAGE.glob("*/templates"))]
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"static_url": static_url, "has_static": has_static, "STATES": tuple(formats.STATES)}
    made.filters |= _filters()
    return made


def render(
    request: Request, viewer: Viewer | None, template: str, *, status: int = 200, **context: object
) -> HTMLResponse:
    """Return a page in the reader's language and theme; `zone` in the context is the zone its times are shown in."""
    full = page_context(request, viewer) | context
    full["offset"] = formats.zone_offset(cast(datetime, full["now"]), str(full["zone"]))
    body = environment().get_template(template).render(full)
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
    """Return what every template may use."""
    locale = locale_of(request, viewer)
    texts = translator(locale)
    return {
        "_": texts,
        "_n": texts.plural,
        "locale": locale,
        "other_locale": next(other for other in LOCALES if other != locale),
        "sep": "\u3000" if locale == CHINESE else ", ",
        "colon": "：" if locale == CHINESE else ": ",
        "comma": "，" if locale == CHINESE else ", ",
        "theme": theme_of(request),
        "viewer": viewer,
        "role_word": _role_word(viewer, texts),
        "nav": navigation.entries(viewer) if viewer else [],
        "is_current": navigation.is_current,
        "path": request.url.path,
        "here": _here(request),
        "csrf": csrf_of(request),
        "now": _now(request),
        "zone": DEFAULT_ZONE,
        "name_of": functools.partial(name_of, locale=locale),
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


def _filters() -> dict[str, Callable[..., str]]:
    """Return the filters; those that speak take the language from the page."""
    return {
        "local": formats.local,
        "clock": formats.clock,
        "percent": formats.percent,
        "day": _spoken(formats.day),
        "duration": _spoken(formats.duration),
        "age": _spoken(formats.age),
        "state_word": _worded(formats.STATES),
        "kind_word": _worded(formats.KINDS),
        "liveness_word": _worded(formats.LIVENESS),
        "cause_word": _worded(formats.CAUSES),
    }


def _spoken(function: Callable[..., str]) -> Callable[..., str]:
    @jinja2.pass_context
    def filter_with_locale(context: jinja2.runtime.Context, *values: Any) -> str:
        return function(*values, context["locale"])

    return filter_with_locale


def _worded(table: dict[str, str]) -> Callable[..., str]:
    @jinja2.pass_context
    def filter_with_locale(context: jinja2.runtime.Context, key: str) -> str:
        return formats.word(table, key, context["locale"])

    return filter_with_locale
