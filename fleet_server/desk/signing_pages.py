"""The pages that start and end a browser session."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from fleet_server.core.errors import FleetError
from fleet_server.core.requests import Now, database_of, settings_of
from fleet_server.people.access import MaybeViewer, PageViewer, check_origin, cookie_name
from fleet_server.people.service import SESSION_LENGTH, sign_out
from fleet_server.people.signing_in import attempt
from fleet_server.web.forms import Form as Typed
from fleet_server.web.i18n import locale_of, translator
from fleet_server.web.page import render, wording
from fleet_server.web.pages import local_path

router = APIRouter(include_in_schema=False)
Back = Annotated[str, Query(alias="next", max_length=2000)]
Text = Annotated[str, Form(max_length=200)]


@router.get("/sign-in")
def sign_in_page(request: Request, viewer: MaybeViewer, back: Back = "/") -> Response:
    """Show the form; somebody signed in is sent on."""
    if viewer is not None:
        return RedirectResponse(local_path(back), 303)
    return render(request, None, "desk/sign_in.html", form=Typed(), back=local_path(back))


@router.post("/sign-in")
def sign_in(
    request: Request, now: Now, username: Text = "", password: Text = "", back: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Start a session and go where the person wanted to go."""
    check_origin(request)
    form = Typed({"username": username})
    _ = translator(locale_of(request))
    form.required("username", _("Enter your user name"))
    if not password:
        form.fail("password", _("Enter your password"))
    secret = _attempt(request, form, password, now) if form.ok else ""
    if not form.ok:
        page = {"form": form, "back": local_path(back)}
        return render(request, None, "desk/sign_in.html", status=422, **page)
    answer = RedirectResponse(local_path(back), 303)
    settings = settings_of(request)
    answer.set_cookie(
        cookie_name(settings),
        secret,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )
    return answer


def _attempt(request: Request, form: Typed, password: str, now: Now) -> str:
    try:
        return attempt(database_of(request), form.value("username"), password, now)
    except FleetError as error:
        field = "" if error.code == "sign_in_too_soon" else "password"
        form.fail(field, wording(request, error.code, error.params, locale_of(request)))
        return ""


@router.post("/sign-out")
def end_session(request: Request, _viewer: PageViewer) -> Response:
    """End the session and forget its cookie."""
    settings = settings_of(request)
    with database_of(request).writing() as session:
        sign_out(session, request.cookies.get(cookie_name(settings), ""))
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(settings), httponly=True, samesite="lax", secure=settings.secure_cookies)
    return answer
