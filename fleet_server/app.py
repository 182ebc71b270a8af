"""The composition root: every domain's routes, the edge around them, and the work that runs beside them."""

import importlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import exc
from starlette.exceptions import HTTPException

from fleet_server.core import idempotency, outbox
from fleet_server.core.clock import Clock, utc_now
from fleet_server.core.db import Database
from fleet_server.core.edge import Edge
from fleet_server.core.errors import FleetError
from fleet_server.core.idempotency import KeepingRoute, keep_answers
from fleet_server.core.jobs import Jobs
from fleet_server.core.limits import MAX_BODY, Limits
from fleet_server.core.problems import RESPONSES, Problem, field_errors, language_of, problem, problem_of, status_of
from fleet_server.core.settings import Settings
from fleet_server.desk import pages as desk_pages
from fleet_server.organizations import routes as organization_routes
from fleet_server.people.access import Identity, SignInNeeded, identify
from fleet_server.web import pages as web_pages
from fleet_server.web.page import render_error

log = logging.getLogger(__name__)

ROUTERS: tuple[APIRouter, ...] = (
    organization_routes.router,
    web_pages.router,
    desk_pages.router,
)
"""Every domain's router, bottom first."""

HANDLERS: dict[str, tuple[outbox.Handler, ...]] = {}
"""Who hears which news of the outbox."""

_OUTBOX_S, _FORGET_S = 1.0, 3600.0
_CODES = {400: "malformed_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def create_app(database: Database, settings: Settings, clock: Clock = utc_now) -> FastAPI:
    """Return the application over an open, migrated database."""
    app = FastAPI(
        title="Classroom Fleet",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=RESPONSES,
        generate_unique_id_function=lambda route: f"{route.tags[0] if route.tags else 'app'}_{route.name}",
    )
    app.state.database, app.state.settings, app.state.clock = database, settings, clock
    app.state.messages = all_messages()
    app.state.identify = identify
    app.state.turns = {}
    app.router.route_class = KeepingRoute
    for router in ROUTERS:
        keep_answers(router)
        app.include_router(router)
    _handle_errors(app)
    _describe(app)
    app.add_middleware(Limits, per_minute=settings.writes_per_minute, burst=settings.write_burst)
    app.add_middleware(Edge, secure=settings.secure_cookies, observe=_observe)
    return app


def all_messages() -> dict[str, tuple[str, str]]:
    """Return every domain's error texts, Chinese and English, by code."""
    texts: dict[str, tuple[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*/messages.py")):
        texts |= importlib.import_module(f"fleet_server.{path.parent.name}.messages").MESSAGES
    return texts


def build_jobs(database: Database, settings: Settings, clock: Clock = utc_now) -> Jobs:
    """Return the periodic work of one server, not yet started."""
    jobs = Jobs()
    log.debug("stale after %s s", settings.stale_after_s)
    jobs.add("outbox", _OUTBOX_S, lambda: outbox.drain(database, HANDLERS, clock()))
    jobs.add("kept answers", _FORGET_S, lambda: idempotency.forget_old(database, clock()))
    return jobs


def _observe(method: str, route: str, status: int, seconds: float) -> None:
    log.debug("%s %s %s %.3f s", method, route, status, seconds)


def _handle_errors(app: FastAPI) -> None:
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
        identity = await identify(request)
    except FleetError:
        identity = Identity(None)
    return render_error(request, identity.viewer, status, code, params)


def _describe(app: FastAPI) -> None:
    generate = app.openapi

    def described() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        schema = generate()
        if fresh:
            parts = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            components = schema.setdefault("components", {}).setdefault("schemas", {})
            components |= parts.pop("$defs")
            components["Problem"] = parts
        return schema

    app.openapi = described  # type: ignore[method-assign]
