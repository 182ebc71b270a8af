"""Operators' routes: alive, ready, and figures for Prometheus."""

from collections.abc import Mapping

import sqlalchemy as sa
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from fleet_server.bookings.models import Booking
from fleet_server.core import exposition
from fleet_server.core.requests import ReadSession
from fleet_server.migrations.apply import is_current
from fleet_server.nodes.models import Device, Node
from fleet_server.nodes.rules import present

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    """Whether each part works; `ok` says whether all do."""

    model_config = ConfigDict(extra="forbid")

    ok: bool
    checks: dict[str, bool]


@router.get("/healthz")
def read_health() -> Health:
    """Answer as long as the process serves requests."""
    return Health(ok=True, checks={"process": True})


@router.get("/readyz", responses={503: {"model": Health, "description": "A part does not work."}})
def read_readiness(request: Request, response: Response, session: ReadSession) -> Health:
    """Answer whether database, migrations and broker are there; 503 where one is not."""
    ingest = getattr(request.app.state, "ingest", None)
    checks = {
        "database": session.execute(sa.text("SELECT 1")).scalar() == 1,
        "migrations": is_current(session),
        "broker": bool(ingest is not None and ingest.connected),
    }
    response.status_code = 200 if all(checks.values()) else 503
    return Health(ok=all(checks.values()), checks=checks)


@router.get("/metrics", response_class=Response)
def read_metrics(session: ReadSession) -> Response:
    """Return the figures in Prometheus' text format."""
    exposition.set_counts(exposition.NODES, _counted(session, col(Node.liveness)))
    exposition.set_counts(exposition.DEVICES, _devices_by_state(session))
    exposition.set_counts(exposition.BOOKINGS, _counted(session, col(Booking.state)))
    return Response(exposition.expose(), media_type=exposition.MEDIA_TYPE)


def _counted(session: Session, column: Mapped[str]) -> Mapping[str, int]:
    rows = session.execute(sa.select(column, sa.func.count()).group_by(column))
    return {str(label): int(count) for label, count in rows}


def _devices_by_state(session: Session) -> Mapping[str, int]:
    grouped = (
        select(Device.state, Device.online, Node.liveness, sa.func.count())
        .join(Node, col(Node.id) == col(Device.node_id))
        .group_by(col(Device.state), col(Device.online), col(Node.liveness))
    )
    found: dict[str, int] = {}
    for state, online, liveness, count in session.exec(grouped):
        shown = present(
            state=state, since_ms=0, cause="", known_until_ms=0, device_online=online, node_liveness=liveness
        ).state
        found[shown] = found.get(shown, 0) + count
    return found
