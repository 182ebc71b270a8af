"""A person's API tokens: listing and revoking; `service` issues and honors them."""

from datetime import datetime

from sqlmodel import Session, col, select

from fleet_server.changes.service import record
from fleet_server.core.errors import NotFound
from fleet_server.core.scope import Viewer
from fleet_server.people.models import ApiToken
from fleet_server.people.service import secret_hash


def revoke_token(session: Session, person_id: str, token_id: str, now: datetime, *, actor: Viewer) -> ApiToken:
    """Revoke one of a person's tokens; revoking twice is no error.

    Raises: NotFound for another person's token.
    """
    token = session.get(ApiToken, token_id)
    if token is None or token.person_id != person_id:
        raise NotFound("token_not_found")
    if token.revoked_at is None:
        token.revoked_at = now
        session.add(token)
        record(session, actor, "token.revoke", "token", token.id, before={"prefix": token.prefix}, now=now)
    return token


def tokens_of(session: Session, person_id: str) -> list[ApiToken]:
    """Return a person's tokens, newest first."""
    return list(
        session.exec(select(ApiToken).where(ApiToken.person_id == person_id).order_by(col(ApiToken.created_at).desc()))
    )


def token_of_secret(session: Session, secret: str) -> ApiToken:
    """Return the row of a token whose text is at hand."""
    return session.exec(select(ApiToken).where(ApiToken.token_hash == secret_hash(secret))).one()
