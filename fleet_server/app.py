"""The composition root: every domain's routes, the edge around them, and the work that runs beside them."""

import importlib
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from fleet_server.bookings import booking_pages, feed_routes
from fleet_server.bookings import jobs as booking_jobs
from fleet_server.bookings import pages as availability_pages
from fleet_server.bookings import routes as booking_routes
from fleet_server.changes import jobs as change_jobs
from fleet_server.changes import routes as change_routes
from fleet_server.core import idempotency, outbox
from fleet_server.core.clock import Clock, utc_now
from fleet_server.core.db import Database
from fleet_server.core.edge import Edge
from fleet_server.core.exposition import observe_request
from fleet_server.core.idempotency import KeepingRoute, Turns, keep_answers
from fleet_server.core.jobs import Jobs
from fleet_server.core.limits import Limits
from fleet_server.core.problems import RESPONSES, Problem
from fleet_server.core.settings import Settings
from fleet_server.custody import loan_routes
from fleet_server.custody import pages as hand_over_pages
from fleet_server.custody import routes as custody_routes
from fleet_server.demo import notices as demo_notices
from fleet_server.desk import pages as desk_pages
from fleet_server.desk import routes as desk_routes
from fleet_server.ingest import routes as ingest_routes
from fleet_server.inventory import routes as inventory_routes
from fleet_server.nodes import jobs as node_jobs
from fleet_server.nodes import routes as node_routes
from fleet_server.organizations import routes as organization_routes
from fleet_server.people import routes as people_routes
from fleet_server.people.access import identify
from fleet_server.usage import jobs as usage_jobs
from fleet_server.usage import routes as usage_routes
from fleet_server.utilization import jobs as utilization_jobs
from fleet_server.utilization import pages as utilization_pages
from fleet_server.utilization import routes as utilization_routes
from fleet_server.web import pages as web_pages
from fleet_server.web.failures import handle_errors

ROUTERS: tuple[APIRouter, ...] = (
    change_routes.router,
    organization_routes.router,
    people_routes.router,
    inventory_routes.router,
    node_routes.router,
    usage_routes.router,
    booking_routes.router,
    feed_routes.router,
    custody_routes.router,
    loan_routes.router,
    availability_pages.router,
    booking_pages.router,
    hand_over_pages.router,
    utilization_routes.router,
    utilization_pages.router,
    web_pages.router,
    desk_pages.router,
    desk_routes.router,
    ingest_routes.router,
)
"""Every domain's router, bottom first."""

HANDLERS: dict[str, tuple[outbox.Handler, ...]] = {}
"""Who hears which news of the outbox."""

_OUTBOX_S, _FORGET_S = 1.0, 3600.0


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
    app.state.turns = Turns()
    if settings.demo:
        app.state.notices = demo_notices.source(database)
    app.router.route_class = KeepingRoute
    for router in ROUTERS:
        keep_answers(router)
        app.include_router(router)
    handle_errors(app)
    _describe(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(Limits, per_minute=settings.writes_per_minute, burst=settings.write_burst)
    app.add_middleware(Edge, secure=settings.secure_cookies, observe=observe_request)
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
    change_jobs.register(jobs, database)
    node_jobs.register(jobs, database, settings, clock)
    usage_jobs.register(jobs, database, clock)
    booking_jobs.register(jobs, database, settings, clock)
    utilization_jobs.register(jobs, database, clock)
    jobs.add("outbox", _OUTBOX_S, lambda: outbox.drain(database, HANDLERS, clock()))
    jobs.add("kept answers", _FORGET_S, lambda: idempotency.forget_old(database, clock()))
    return jobs


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
