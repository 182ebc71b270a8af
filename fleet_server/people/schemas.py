"""Bodies and answers of the people API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from fleet_server.core.fields import Code, Moment, ShortLine
from fleet_server.core.scope import Role, Viewer
from fleet_server.people.models import ApiToken, Person, RoleGrant
from fleet_server.people.passwords import MAX_LENGTH, MIN_LENGTH

Locale = Literal["zh-CN", "en"]


def _encodable(text: str) -> str:
    text.encode()
    if "\0" in text:
        raise ValueError("a password holds no NUL")
    return text


Password = Annotated[str, Field(min_length=MIN_LENGTH, max_length=MAX_LENGTH), AfterValidator(_encodable)]
AnyPassword = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), AfterValidator(_encodable)]
Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.@-]{1,63}$", max_length=64)]


class Body(BaseModel):
    """What every body and answer here has in common."""

    model_config = ConfigDict(extra="forbid")


class GrantView(Body):
    """A role on an organization and all below it."""

    organization_id: str
    role: Role


class MeView(Body):
    """The caller, with the roles held now."""

    id: str
    name_zh: str
    name_en: str
    locale: str
    grants: list[GrantView]

    @classmethod
    def of(cls, viewer: Viewer, locale: str) -> "MeView":
        """Return the answer for a viewer."""
        grants = [GrantView(organization_id=place, role=role) for role, place in viewer.grants]
        return cls(id=viewer.person_id, name_zh=viewer.name_zh, name_en=viewer.name_en, locale=locale, grants=grants)


class MeBody(Body):
    """What a person may change about their own account."""

    locale: Locale


class PasswordBody(Body):
    """A new password, and the present one as proof."""

    present: AnyPassword
    new: Password


class TokenBody(Body):
    """A token to make; it expires within 366 days, by default then."""

    name: ShortLine
    expires_at: Moment | None = None


class TokenView(Body):
    """A token as it can be recognized; its text is kept nowhere."""

    id: str
    name: str
    prefix: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: ApiToken) -> "TokenView":
        """Return the answer for a row."""
        return cls(**{name: getattr(row, name) for name in TokenView.model_fields})


class NewTokenView(TokenView):
    """A token just made, with its text, which is shown this once."""

    token: str


class PersonBody(Body):
    """A staff account with its first role."""

    username: Username
    name_zh: ShortLine
    name_en: ShortLine
    password: Password | None = None
    organization_id: Code
    role: Role
    locale: Locale = "zh-CN"


class GrantBody(Body):
    """A role to give."""

    organization_id: Code
    role: Role


class HeldGrantView(GrantView):
    """A role held, with the id to end it by."""

    id: str
    since: datetime

    @classmethod
    def of(cls, row: RoleGrant) -> "HeldGrantView":
        """Return the answer for a row."""
        return cls(id=row.id, organization_id=row.organization_id, role=Role(row.role), since=row.since)


class PersonView(Body):
    """A staff account with the roles the caller may see."""

    id: str
    username: str
    name_zh: str
    name_en: str
    left_at: datetime | None
    grants: list[HeldGrantView]

    @classmethod
    def of(cls, row: Person, grants: list[RoleGrant]) -> "PersonView":
        """Return the answer for a row."""
        fields = {name: getattr(row, name) for name in cls.model_fields if name != "grants"}
        return cls(**fields, grants=[HeldGrantView.of(grant) for grant in grants])
