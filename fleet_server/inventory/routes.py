"""REST of the inventory: assets, their types and the rooms they stand in."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Header, Path, Query, Request, Response, UploadFile
from sqlmodel import Session, col, select

from fleet_server.core.clock import new_id
from fleet_server.core.errors import Invalid, NotFound
from fleet_server.core.fields import Code
from fleet_server.core.paging import Page, PageQuery, page_by_keys
from fleet_server.core.problems import language_of, text_of
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.core.scope import Viewer, visible
from fleet_server.inventory import holdings, importing, service, spreadsheets
from fleet_server.inventory.etags import etag, version_of
from fleet_server.inventory.models import Asset, AssetType, Room
from fleet_server.inventory.rights import KEEPERS
from fleet_server.inventory.schemas import (
    AssetBody,
    AssetChange,
    AssetView,
    HoldingView,
    ImportProblem,
    ImportView,
    RoomBody,
    RoomChange,
    RoomView,
    TypeBody,
    TypeView,
)
from fleet_server.people.access import CurrentViewer
from fleet_server.people.access import require as require_role

router = APIRouter(prefix="/api/v1", tags=["inventory"])
AssetCode = Annotated[str, Path(min_length=1, max_length=48)]
Id = Annotated[Code, Path()]
IfMatch = Annotated[str | None, Header(max_length=40)]


@router.post("/assets", status_code=201)
def register_asset(
    session: WriteSession, viewer: CurrentViewer, now: Now, response: Response, body: AssetBody
) -> AssetView:
    """Register an asset at its owner; its code is made unless one is given."""
    asset = service.register_asset(session, viewer, service.NewAsset(**body.model_dump()), now)
    response.headers["Location"] = f"/api/v1/assets/{asset.asset_code}"
    return _answer(session, response, asset)


@router.post("/assets/import")
def import_assets(
    request: Request,
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    file: Annotated[UploadFile, File()],
    commit: Annotated[bool, Form()] = False,
) -> ImportView:
    """Check a CSV or xlsx of assets; with `commit` register all of them, or none when a row is wrong."""
    require_role(viewer, *KEEPERS)
    rows = spreadsheets.read(file.file.read(spreadsheets.MAX_BYTES + 1))
    plan = importing.check(session, viewer, rows)
    problems = [_problem(request, wrong) for wrong in plan.wrong]
    if not commit:
        return ImportView(rows=len(rows), committed=False, asset_codes=[], problems=problems)
    if problems:
        found = [problem.model_dump() for problem in problems]
        raise Invalid("import_rows_wrong", field="file", count=len({one.row for one in problems}), problems=found)
    made = importing.commit(session, viewer, plan, now)
    return ImportView(rows=len(rows), committed=True, asset_codes=[one.asset_code for one in made], problems=[])


@router.get("/assets/{asset_code}/history")
def read_history(
    session: ReadSession, viewer: CurrentViewer, paging: PageQuery, asset_code: AssetCode
) -> Page[HoldingView]:
    """List who held the asset and where, oldest first."""
    rows = holdings.history(session, service.seen(session, viewer, asset_code).id)[: paging.size]
    return Page(items=[HoldingView.of(row) for row in rows], next_cursor=None, total=len(rows))


@router.patch("/assets/{asset_code}")
def change_asset(
    session: WriteSession,
    viewer: CurrentViewer,
    now: Now,
    response: Response,
    asset_code: AssetCode,
    body: AssetChange,
    if_match: IfMatch = None,
) -> AssetView:
    """Change an asset; `If-Match` with the ETag read refuses a stale change."""
    asset = service.seen(session, viewer, asset_code)
    service.change_asset(session, viewer, asset, body.changes(), version_of(if_match), now)
    return _answer(session, response, asset)


@router.get("/asset-types")
def list_types(
    session: ReadSession, _viewer: CurrentViewer, paging: PageQuery, kind: Annotated[Code | None, Query()] = None
) -> Page[TypeView]:
    """List makes and models; every signed-in person sees them all."""
    wanted = select(AssetType) if kind is None else select(AssetType).where(AssetType.kind == kind)
    rows, cursor, total = page_by_keys(session, wanted, paging, col(AssetType.id))
    return Page(items=[TypeView.of(row) for row in rows], next_cursor=cursor, total=total)


@router.post("/asset-types", status_code=201)
def register_type(session: WriteSession, viewer: CurrentViewer, now: Now, body: TypeBody) -> TypeView:
    """Add a make and model."""
    require_role(viewer, *KEEPERS)
    made = service.register_type(session, viewer, AssetType(id=new_id("typ"), **body.model_dump()), now)
    return TypeView.of(made)


@router.get("/rooms")
def list_rooms(
    session: ReadSession,
    viewer: CurrentViewer,
    paging: PageQuery,
    organization: Annotated[Code | None, Query()] = None,
    bookable: Annotated[bool | None, Query()] = None,
) -> Page[RoomView]:
    """List the rooms in the caller's part of the tree."""
    wanted = select(Room).where(visible(col(Room.organization_id), viewer))
    if organization is not None:
        wanted = wanted.where(Room.organization_id == organization)
    if bookable is not None:
        wanted = wanted.where(Room.bookable == bookable)
    rows, cursor, total = page_by_keys(session, wanted, paging, col(Room.organization_id), col(Room.id))
    return Page(items=[RoomView.of(row) for row in rows], next_cursor=cursor, total=total)


@router.post("/rooms", status_code=201)
def register_room(session: WriteSession, viewer: CurrentViewer, now: Now, body: RoomBody) -> RoomView:
    """Add a room to an organization."""
    room = service.register_room(session, viewer, Room(id=new_id("rom"), **body.model_dump()), now)
    return RoomView.of(room)


@router.get("/rooms/{room_id}")
def read_room(session: ReadSession, viewer: CurrentViewer, room_id: Id) -> RoomView:
    """Return one room."""
    return RoomView.of(_room(session, viewer, room_id))


@router.patch("/rooms/{room_id}")
def change_room(session: WriteSession, viewer: CurrentViewer, now: Now, room_id: Id, body: RoomChange) -> RoomView:
    """Change a room."""
    room = _room(session, viewer, room_id)
    return RoomView.of(service.change_room(session, viewer, room, body.changes(), now))


def _answer(session: Session, response: Response, asset: Asset) -> AssetView:
    response.headers["ETag"] = etag(asset.version)
    return AssetView.of(asset, session.get_one(AssetType, asset.asset_type_id))


def _room(session: Session, viewer: Viewer, room_id: str) -> Room:
    found = select(Room).where(Room.id == room_id, visible(col(Room.organization_id), viewer))
    room = session.exec(found).first()
    if room is None:
        raise NotFound("room_not_found", room_id=room_id)
    return room


def _problem(request: Request, wrong: importing.Wrong) -> ImportProblem:
    texts = request.app.state.messages
    detail = text_of(texts, wrong.code, wrong.params, language_of(request))
    return ImportProblem(row=wrong.row, column=wrong.column, code=wrong.code, detail=detail)
