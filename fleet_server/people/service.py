"""Accounts, roles on subtrees, browser sessions and API tokens."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from fleet_server.changes.service import record
from fleet_server.core.clock import new_id
from fleet_server.core.errors import Conflict, Invalid, NotFound, TooMany, Unauthenticated
from fleet_server.core.scope import SYSTEM, Role, Viewer
from fleet_server.organizations.models import Organization
from fleet_server.people.models import ApiToken, Person, RoleGrant, SignInDelay, WebSession
from fleet_server.people.passwords import MAX_LENGTH, MIN_LENGTH, hash_password, is_right

TOKEN_PREFIX = "cf_"
SESSION_IDLE = timedelta(hours=2)
SESSION_LENGTH = timedelta(hours=12)
SEEN_STEP = timedelta(minutes=5)
MAX_TOKEN_LIFE = timedelta(days=366)


class UsernameTaken(Conflict):
    """Another account has this username."""

    code = "username_taken"


class PasswordUnfit(Invalid):
    """The password is too short or too long."""

    code = "password_unfit"


class SignInRefused(Unauthenticated):
    """Username and password do not belong together; which of them is wrong is not said."""

    code = "sign_in_refused"


class SignInTooSoon(TooMany):
    """Too many wrong passwords in a row; the next try is heard later."""

    code = "sign_in_too_soon"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser session that holds: who, and the token its forms carry."""

    viewer: Viewer
    csrf: str
    seen_at: datetime


def create_person(
    session: Session,
    username: str,
    name_zh: str,
    name_en: str,
    password: str | None,
    now: datetime,
    *,
    actor: Viewer = SYSTEM,
    locale: str = "zh-CN",
) -> Person:
    """Create a staff account; without a password it can only act through tokens.

    Raises: UsernameTaken; PasswordUnfit.
    """
    username = delay_key(username)
    if session.exec(select(Person).where(Person.username == username)).first() is not None:
        raise UsernameTaken(username=username)
    person = Person(
        id=new_id("per"),
        username=username,
        name_zh=name_zh,
        name_en=name_en,
        password_hash="" if password is None else _fit_hash(password),
        locale=locale,
        created_at=now,
    )
    session.add(person)
    session.flush()
    record(session, actor, "person.create", "person", person.id, after={"locale": locale}, now=now)
    return person


def set_password(session: Session, person: Person, password: str, now: datetime, *, actor: Viewer = SYSTEM) -> None:
    """Set a new password and end every browser session of the person.

    Raises: PasswordUnfit.
    """
    person.password_hash = _fit_hash(password)
    session.add(person)
    session.exec(sa.delete(WebSession).where(col(WebSession.person_id) == person.id))
    record(session, actor, "person.set_password", "person", person.id, now=now)


def set_locale(session: Session, viewer: Viewer, locale: str, now: datetime) -> None:
    """Set the language the server speaks to a person."""
    person = session.get_one(Person, viewer.person_id)
    before, person.locale = person.locale, locale
    session.add(person)
    body = {"locale": before}
    record(session, viewer, "person.set_locale", "person", person.id, before=body, after={"locale": locale}, now=now)


def grant(
    session: Session, person_id: str, organization_id: str, role: Role, now: datetime, *, actor: Viewer = SYSTEM
) -> RoleGrant:
    """Give a person a role on an organization and all below it; the same grant twice is one.

    Raises: NotFound for an unknown person or organization.
    """
    if session.get(Person, person_id) is None or session.get(Organization, organization_id) is None:
        raise NotFound(id=person_id)
    held = session.exec(
        select(RoleGrant).where(
            RoleGrant.person_id == person_id,
            RoleGrant.organization_id == organization_id,
            RoleGrant.role == str(role),
            col(RoleGrant.until).is_(None),
        )
    ).first()
    if held is not None:
        return held
    given = RoleGrant(id=new_id("grt"), person_id=person_id, organization_id=organization_id, role=str(role), since=now)
    session.add(given)
    session.flush()
    body = {"organization_id": organization_id, "role": str(role)}
    record(session, actor, "person.grant", "person", person_id, after=body, now=now)
    return given


def revoke_grant(session: Session, grant_id: str, now: datetime, *, actor: Viewer) -> None:
    """End a role from now on.

    Raises: NotFound for a grant that does not exist or has ended.
    """
    held = session.get(RoleGrant, grant_id)
    if held is None or held.until is not None:
        raise NotFound(id=grant_id)
    held.until = now
    session.add(held)
    body = {"organization_id": held.organization_id, "role": held.role}
    record(session, actor, "person.revoke_grant", "person", held.person_id, before=body, now=now)


def sign_in(session: Session, username: str, password: str, now: datetime) -> str:
    """Start a browser session and return the secret its cookie carries.

    Wrong tries are not counted here, since what this raises rolls back: `signing_in.attempt` counts them.

    Raises: SignInRefused; SignInTooSoon with `retry_after_s`.
    """
    person_id = check_password(session, username, password, now)
    delay = session.get(SignInDelay, delay_key(username))
    if delay is not None:
        session.delete(delay)
    return start_session(session, person_id, now)


def check_password(session: Session, username: str, password: str, now: datetime) -> str:
    """Return the id of the person whose username and password these are; takes as long for an unknown username.

    Raises: SignInRefused; SignInTooSoon with `retry_after_s`.
    """
    key = delay_key(username)
    delay = session.get(SignInDelay, key)
    if delay is not None and delay.not_before > now:
        raise SignInTooSoon(retry_after_s=int((delay.not_before - now).total_seconds()) + 1)
    person = session.exec(select(Person).where(Person.username == key)).first()
    known = person if person is not None and person.left_at is None else None
    if not is_right(password, known.password_hash if known else None) or known is None:
        raise SignInRefused()
    return known.id


def delay_key(username: str) -> str:
    """Return the form of a username that accounts and wrong tries are kept under."""
    return username.encode("utf-8", "ignore").decode().replace("\0", "").strip().casefold()[:64]


def start_session(session: Session, person_id: str, now: datetime) -> str:
    """Start a browser session for a person and return the secret its cookie carries."""
    secret = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_hash=secret_hash(secret),
            person_id=person_id,
            csrf=secrets.token_urlsafe(24),
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LENGTH,
        )
    )
    session.flush()
    return secret


def sign_out(session: Session, secret: str) -> None:
    """End a browser session; an unknown one is no error."""
    found = session.get(WebSession, secret_hash(secret))
    if found is not None:
        session.delete(found)


def viewer_of_session(session: Session, secret: str, now: datetime) -> SignedIn | None:
    """Return who a browser session belongs to, or nothing when it ended, idled 2 h or is older than 12 h."""
    found = session.get(WebSession, secret_hash(secret))
    if found is None or found.expires_at <= now or found.seen_at + SESSION_IDLE <= now:
        return None
    viewer = viewer_of(session, found.person_id, now)
    return None if viewer is None else SignedIn(viewer, found.csrf, found.seen_at)


def touch_session(session: Session, secret: str, now: datetime) -> None:
    """Note that a browser session is in use."""
    found = session.get(WebSession, secret_hash(secret))
    if found is not None:
        found.seen_at = now
        session.add(found)


def issue_token(
    session: Session,
    person_id: str,
    name: str,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    actor: Viewer = SYSTEM,
) -> str:
    """Make an API token and return its text, which is kept nowhere; it expires within 366 days.

    Raises: NotFound for an unknown person; Invalid for an expiry in the past or too far.
    """
    if session.get(Person, person_id) is None:
        raise NotFound(id=person_id)
    expires_at = expires_at or now + MAX_TOKEN_LIFE
    if not now < expires_at <= now + MAX_TOKEN_LIFE:
        raise Invalid("token_expiry_wrong", field="expires_at", days=MAX_TOKEN_LIFE.days)
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=new_id("tok"),
        person_id=person_id,
        name=name,
        prefix=secret[:10],
        token_hash=secret_hash(secret),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(token)
    session.flush()
    body = {"person_id": person_id, "prefix": token.prefix, "expires_at": expires_at}
    record(session, actor, "token.issue", "token", token.id, after=body, now=now)
    return secret


def viewer_of_token(session: Session, secret: str, now: datetime) -> Viewer | None:
    """Return who a token acts for, or nothing when it is unknown, expired or revoked."""
    token = session.exec(select(ApiToken).where(ApiToken.token_hash == secret_hash(secret))).first()
    if token is None or token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return None
    return viewer_of(session, token.person_id, now)


def viewer_of(session: Session, person_id: str, now: datetime) -> Viewer | None:
    """Return a person with the roles held now, or nothing for one who left."""
    person = session.get(Person, person_id)
    if person is None or (person.left_at is not None and person.left_at <= now):
        return None
    held = session.exec(
        select(RoleGrant).where(
            RoleGrant.person_id == person_id,
            col(RoleGrant.since) <= now,
            sa.or_(col(RoleGrant.until).is_(None), col(RoleGrant.until) > now),
        )
    )
    grants = tuple(sorted((Role(row.role), row.organization_id) for row in held))
    return Viewer(person.id, person.name_zh, person.name_en, person.locale, grants)


def secret_hash(secret: str) -> str:
    """Return the SHA-256 of a secret with 256 random bits, as kept in the database."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _fit_hash(password: str) -> str:
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise PasswordUnfit(field="password", least=MIN_LENGTH, most=MAX_LENGTH)
    return hash_password(password)
