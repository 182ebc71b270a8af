"""Errors as facts, in a few kinds; only the edge turns them into a status and a language."""

from collections.abc import Mapping


class FleetError(Exception):
    """A fact that keeps a request from being done; `code` is stable, `params` fill the message in any language."""

    code = "error"

    def __init__(self, code: str | None = None, /, **params: object) -> None:
        self.code = code or type(self).code
        self.params: Mapping[str, object] = params
        super().__init__(self.code, dict(params))


class NotFound(FleetError):
    """The thing does not exist, or not for this viewer."""

    code = "not_found"


class Conflict(FleetError):
    """The thing is in a state that rules the request out."""

    code = "conflict"


class Forbidden(FleetError):
    """The viewer sees the thing but may not do this to it."""

    code = "forbidden"


class Invalid(FleetError):
    """The request itself is wrong; `field` in params names where."""

    code = "invalid"


class Unauthenticated(FleetError):
    """Nobody known is asking: no credential, or one that is wrong, expired or revoked."""

    code = "unauthenticated"


class Stale(FleetError):
    """The thing changed since the caller read it."""

    code = "stale"


class TooMany(FleetError):
    """The caller asks too often; `retry_after_s` in params says when to come back."""

    code = "too_many_requests"


class TooLarge(FleetError):
    """The request is larger than the server reads."""

    code = "too_large"
