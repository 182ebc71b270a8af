"""Tables of people: accounts, roles on subtrees, sessions, API tokens, sign-in delays."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from fleet_server.core.db import UtcDateTime


class Person(SQLModel, table=True):
    """A staff account; a person who leaves keeps the row and loses the roles."""

    id: str = Field(primary_key=True, max_length=32)
    username: str = Field(unique=True, max_length=64)
    name_zh: str = Field(max_length=60)
    name_en: str = Field(max_length=60)
    password_hash: str = Field(default="", max_length=200)
    locale: str = Field(default="zh-CN", max_length=10)
    created_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RoleGrant(SQLModel, table=True):
    """A role held on an organization and all below it."""

    id: str = Field(primary_key=True, max_length=32)
    person_id: str = Field(foreign_key="person.id", index=True)
    organization_id: str = Field(foreign_key="organization.id", index=True)
    role: str = Field(max_length=20)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebSession(SQLModel, table=True):
    """A signed-in browser; only the hash of its cookie is kept."""

    token_hash: str = Field(primary_key=True, max_length=64)
    person_id: str = Field(foreign_key="person.id", index=True)
    csrf: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A token for scripts; only its hash is kept, `prefix` is what a person recognizes it by."""

    id: str = Field(primary_key=True, max_length=32)
    person_id: str = Field(foreign_key="person.id", index=True)
    name: str = Field(max_length=60)
    prefix: str = Field(max_length=16)
    token_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignInDelay(SQLModel, table=True):
    """Failed sign-ins of one username in a row and when the next try is heard."""

    username: str = Field(primary_key=True, max_length=64)
    failures: int
    not_before: datetime = Field(sa_type=UtcDateTime)
