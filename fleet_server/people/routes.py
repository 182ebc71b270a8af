"""REST of people: one's own account and tokens; accounts and roles for administrators."""

from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import Session, col

from fleet_server.core.errors import Forbidden
from fleet_server.core.fields import Code
from fleet_server.core.paging import Page, PageQuery, page_by_keys, page_of_list
from fleet_server.core.requests import Now, ReadSession, WriteSession
from fleet_server.core.scope import Role, Viewer
from fleet_server.people import directory, service, tokens
from fleet_server.people.access import CurrentViewer, require, require_at
from fleet_server.people.models import Person
from fleet_server.people.passwords import is_right
from fleet_server.people.schemas import (
    GrantBody,
    HeldGrantView,
    MeBody,
    MeView,
    NewTokenView,
    PasswordBody,
    PersonBody,
    PersonView,
    TokenBody,
    TokenView,
)

router = APIRouter(prefix="/api/v1", tags=["people"])
Id = Annotated[Code, Path()]


class PasswordWrong(Forbidden):
    """The present password was not given right."""

    code = "password_wrong"


@router.get("/people/me")
def read_me(viewer: CurrentViewer) -> MeView:
    """Return the caller's account and roles."""
    return MeView.of(viewer, viewer.locale)


@router.patch("/people/me")
def change_me(session: WriteSession, viewer: CurrentViewer, now: Now, body: MeBody) -> MeView:
    """Change the language the server speaks to the caller."""
    service.set_locale(session, viewer, body.locale, now)
    return MeView.of(viewer, body.locale)


@router.post("/people/me/password", status_code=204)
def change_password(session: WriteSession, viewer: CurrentViewer, now: Now, body: PasswordBody) -> None:
    """Set a new password; every browser session of the caller ends."""
    person = session.get_one(Person, viewer.person_id)
    if not is_right(body.present, person.password_hash):
        raise PasswordWrong(field="present")
    service.set_password(session, person, body.new, now, actor=viewer)


@router.get("/people/me/tokens")
def list_tokens(session: ReadSession, viewer: CurrentViewer, paging: PageQuery) -> Page[TokenView]:
    """List the caller's tokens, newest first."""
    rows, cursor, total = page_of_list(tokens.tokens_of(session, viewer.person_id), paging)
    return Page(items=[TokenView.of(row) for row in rows], next_cursor=cursor, total=total)


@router.post("/people/me/tokens", status_code=201)
def make_token(session: WriteSession, viewer: CurrentViewer, now: Now, body: TokenBody) -> NewTokenView:
    """Make a token for the caller; its text is in this answer and nowhere else."""
    secret = service.issue_token(session, viewer.person_id, body.name, now, expires_at=body.expires_at, actor=viewer)
    made = tokens.token_of_secret(session, secret)
    return NewTokenView(**TokenView.of(made).model_dump(), token=secret)


@router.delete("/people/me/tokens/{token_id}")
def revoke_token(session: WriteSession, viewer: CurrentViewer, now: Now, token_id: Id) -> TokenView:
    """Revoke one of the caller's tokens at once."""
    return TokenView.of(tokens.revoke_token(session, viewer.person_id, token_id, now, actor=viewer))


@router.get("/people")
def list_people(session: ReadSession, viewer: CurrentViewer, paging: PageQuery) -> Page[PersonView]:
    """List the accounts with a role where the caller is administrator."""
    require(viewer, Role.ADMINISTRATOR)
    rows, cursor, total = page_by_keys(session, directory.people_seen(viewer), paging, col(Person.id))
    held = directory.grants_seen(session, viewer, [row.id for row in rows])
    items = [PersonView.of(row, held.get(row.id, [])) for row in rows]
    return Page(items=items, next_cursor=cursor, total=total)


@router.post("/people", status_code=201)
def add_person(session: WriteSession, viewer: CurrentViewer, now: Now, body: PersonBody) -> PersonView:
    """Create a staff account with its first role."""
    require_at(session, viewer, body.organization_id, Role.ADMINISTRATOR)
    person = service.create_person(
        session, body.username, body.name_zh, body.name_en, body.password, now, actor=viewer, locale=body.locale
    )
    service.grant(session, person.id, body.organization_id, body.role, now, actor=viewer)
    return _view(session, viewer, person)


@router.get("/people/{person_id}")
def read_person(session: ReadSession, viewer: CurrentViewer, person_id: Id) -> PersonView:
    """Return one account."""
    require(viewer, Role.ADMINISTRATOR)
    return _view(session, viewer, directory.person_seen(session, viewer, person_id))


@router.post("/people/{person_id}/grants", status_code=201)
def give_role(session: WriteSession, viewer: CurrentViewer, now: Now, person_id: Id, body: GrantBody) -> HeldGrantView:
    """Give a person a role on an organization and all below it."""
    require(viewer, Role.ADMINISTRATOR)
    person = directory.person_seen(session, viewer, person_id)
    require_at(session, viewer, body.organization_id, Role.ADMINISTRATOR)
    return HeldGrantView.of(service.grant(session, person.id, body.organization_id, body.role, now, actor=viewer))


@router.delete("/people/{person_id}/grants/{grant_id}", status_code=204)
def end_role(session: WriteSession, viewer: CurrentViewer, now: Now, person_id: Id, grant_id: Id) -> None:
    """End a role from now on."""
    require(viewer, Role.ADMINISTRATOR)
    person = directory.person_seen(session, viewer, person_id)
    held = directory.grant_seen(session, viewer, person.id, grant_id)
    service.revoke_grant(session, held.id, now, actor=viewer)


def _view(session: Session, viewer: Viewer, person: Person) -> PersonView:
    return PersonView.of(person, directory.grants_seen(session, viewer, [person.id]).get(person.id, []))
