"""Addresses that belong to no domain: static files, the switches of language and theme."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from fleet_server.core.errors import NotFound
from fleet_server.core.requests import settings_of
from fleet_server.web.files import static_files
from fleet_server.web.i18n import LOCALE_COOKIE, LOCALES
from fleet_server.web.page import THEME_COOKIE, THEMES, render

router = APIRouter(include_in_schema=False)
YEAR_S = 31_536_000
Next = Annotated[str, Query(alias="next", max_length=2000)]


@router.get("/static/{digest}/{name:path}")
def static_file(request: Request, digest: str, name: str) -> Response:
    """Answer one file; the address holds its hash, so it may be kept for a year."""
    file = static_files().get(name)
    if file is None or file.digest != digest:
        raise NotFound()
    headers = {"Cache-Control": f"public, max-age={YEAR_S}, immutable", "X-Content-Type-Options": "nosniff"}
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            file.packed, 200, headers | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}, file.media_type
        )
    return Response(file.body, 200, headers, file.media_type)


@router.get("/language/{locale}")
def choose_language(request: Request, locale: str, back: Next = "/") -> Response:
    """Remember the language and return to the page."""
    return _remember(request, LOCALE_COOKIE, locale, LOCALES, back)


@router.get("/theme/{theme}")
def choose_theme(request: Request, theme: str, back: Next = "/") -> Response:
    """Remember light or dark and return to the page."""
    return _remember(request, THEME_COOKIE, theme, THEMES, back)


@router.get("/notices")
def notices(request: Request) -> Response:
    """Answer the lines above every page, for a page that is open to put in anew."""
    return render(request, None, "notices.html")


def _remember(request: Request, cookie: str, value: str, allowed: tuple[str, ...], back: str) -> Response:
    if value not in allowed:
        raise NotFound()
    answer = RedirectResponse(local_path(back), 303)
    secure = settings_of(request).secure_cookies
    answer.set_cookie(cookie, value, max_age=YEAR_S, samesite="lax", secure=secure, httponly=True)
    return answer


def local_path(address: str) -> str:
    """Return the address if it stays on this server, else the home page."""
    plain = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if plain and "\\" not in address else "/"
