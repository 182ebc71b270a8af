"""What a request that fails is answered with: a problem for scripts, a page for people, the same words for both."""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import exc
from starlette.exceptions import HTTPException

from fleet_server.core.access import Identity, SignInNeeded, identity_of
from fleet_server.core.errors import FleetError
from fleet_server.core.limits import MAX_BODY
from fleet_server.core.problems import field_errors, language_of, problem, problem_of, status_of
from fleet_server.web.page import render_error

log = logging.getLogger(__name__)
_CODES = {400: "malformed_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def handle_errors(app: FastAPI) -> None:
    """Teach an application what to answer when a request cannot be done."""
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(FleetError, _fact)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(exc.IntegrityError, _answering(409, "conflict"))
    for unfit in (exc.DataError, OverflowError, UnicodeEncodeError):
        app.add_exception_handler(unfit, _answering(422, "value_refused"))
    for busy in (exc.OperationalError, exc.TimeoutError):
        app.add_exception_handler(busy, _answering(503, "busy"))


async def _to_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    if "hx-request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": error.location})
    return RedirectResponse(error.location, 303)


async def _fact(request: Request, error: Exception) -> Response:
    assert isinstance(error, FleetError)
    if _for_scripts(request):
        return problem_of(request, error)
    return await _page(request, status_of(error), error.code, error.params)


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if not _for_scripts(request):
        return await _page(request, 422, "invalid", {})
    errors = field_errors(error, language_of(request))
    return problem(request, 422, "validation_failed", {"count": len(error.errors())}, errors)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "error")
    params = {"limit_kib": MAX_BODY // 1024}
    if not _for_scripts(request):
        return await _page(request, error.status_code, code, params)
    answer = problem(request, error.status_code, code, params)
    answer.headers.update(error.headers or {})
    return answer


def _answering(status: int, code: str) -> Any:
    async def answer(request: Request, error: Exception) -> Response:
        log.warning("%s %s answered %s", request.method, request.url.path, status, exc_info=error)
        if _for_scripts(request):
            return problem(request, status, code)
        return await _page(request, status, code, {})

    return answer


def _for_scripts(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accepted and "html" not in accepted)


async def _page(request: Request, status: int, code: str, params: Mapping[str, object]) -> Response:
    try:
        identity = await identity_of(request)
    except FleetError:
        identity = Identity(None)
    return render_error(request, identity.viewer, status, code, params)
