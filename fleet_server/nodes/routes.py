"""REST of the edge: nodes and devices with their state now."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlmodel import col

from fleet_server.core.fields import Code, Remark
from fleet_server.core.paging import Page, PageQuery, page_by_keys
from fleet_server.core.requests import ReadSession
from fleet_server.nodes.models import Device, Node
from fleet_server.nodes.queries import Filter, device_in_sight, node_in_sight, seen_devices, seen_nodes
from fleet_server.nodes.schemas import DeviceDetail, DeviceView, NodeView
from fleet_server.people.access import CurrentViewer
from telemetry.states import DeviceState, Liveness

router = APIRouter(prefix="/api/v1", tags=["nodes"])
NodeId = Annotated[str, Path(min_length=1, max_length=120)]
DeviceId = Annotated[Code, Path()]
Maybe = Annotated[Code | None, Query()]


@router.get("/nodes")
def list_nodes(
    session: ReadSession,
    viewer: CurrentViewer,
    paging: PageQuery,
    organization: Maybe = None,
    liveness: Annotated[Liveness | None, Query()] = None,
    q: Annotated[Remark | None, Query()] = None,
) -> Page[NodeView]:
    """List the edge nodes in the caller's part of the tree."""
    wanted = Filter(organization_id=organization, liveness=liveness, text=q)
    rows, cursor, total = page_by_keys(session, seen_nodes(viewer, wanted), paging, col(Node.id))
    return Page(items=[NodeView.of(row) for row in rows], next_cursor=cursor, total=total)


@router.get("/nodes/{node_id}")
def read_node(session: ReadSession, viewer: CurrentViewer, node_id: NodeId) -> NodeView:
    """Return one edge node."""
    return NodeView.of(node_in_sight(session, viewer, node_id))


@router.get("/devices")
def list_devices(
    session: ReadSession,
    viewer: CurrentViewer,
    paging: PageQuery,
    organization: Maybe = None,
    node: Annotated[str | None, Query(max_length=120)] = None,
    state: Annotated[DeviceState | None, Query()] = None,
    serial: Annotated[Remark | None, Query()] = None,
    q: Annotated[Remark | None, Query()] = None,
) -> Page[DeviceView]:
    """List the devices in the caller's part of the tree; `state` is the last one heard."""
    wanted = Filter(organization_id=organization, node_id=node, state=state, serial=serial, text=q)
    rows, cursor, total = page_by_keys(session, seen_devices(viewer, wanted), paging, col(Device.id))
    return Page(items=[DeviceView.of(*row) for row in rows], next_cursor=cursor, total=total)


@router.get("/devices/{device_id}")
def read_device(session: ReadSession, viewer: CurrentViewer, device_id: DeviceId) -> DeviceDetail:
    """Return one device with its driver's manifest."""
    device, liveness, asset_code = device_in_sight(session, viewer, device_id)
    view = DeviceView.of(device, liveness, asset_code)
    return DeviceDetail(**view.model_dump(), manifest=device.manifest)
