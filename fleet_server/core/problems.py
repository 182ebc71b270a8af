"""Errors become answers: a status, a language and the body of RFC 9457; what the caller sent is never repeated."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from fleet_server.core.errors import (
    Conflict,
    FleetError,
    Forbidden,
    Invalid,
    NotFound,
    Stale,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from fleet_server.core.messages import FIELD_TEXT_ELSE, FIELD_TEXTS, TITLES

MEDIA_TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[FleetError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
    (Invalid, 422),
    (Unauthenticated, 401),
    (Stale, 412),
    (TooMany, 429),
    (TooLarge, 413),
)
Catalogue = Mapping[str, tuple[str, str]]
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}\Z")
_MOST_ERRORS = 20


class FieldError(BaseModel):
    """One value that is not right: where, a stable code, and what to do."""

    field: str
    code: str
    detail: str


class Problem(BaseModel):
    """An error answer of RFC 9457; some codes add members such as `alternatives`."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = []


class _Filled(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def status_of(error: FleetError) -> int:
    """Return the HTTP status of an error's kind; an error of no kind is ours: 500."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


def language_of(request: Request) -> int:
    """Return 0 for Chinese or 1 for English, by Accept-Language, else the server's default."""
    default = request.app.state.settings.default_locale
    for part in request.headers.get("accept-language", default).lower().split(","):
        if part.strip().startswith(("zh", "en")):
            return int(part.strip().startswith("en"))
    return int(default.startswith("en"))


def text_of(catalogue: Catalogue, code: str, params: Mapping[str, object], language: int) -> str:
    """Return the message of a code with its params filled in."""
    text = catalogue.get(code, catalogue["error"])[language]
    return text.format_map(_Filled(params))


def problem_of(request: Request, error: FleetError) -> Response:
    """Return the answer to an error raised by a service."""
    status = status_of(error)
    extensions = {name: value for name, value in error.params.items() if isinstance(value, list | tuple | dict)}
    errors = []
    if isinstance(error.params.get("field"), str):
        detail = text_of(request.app.state.messages, error.code, error.params, language_of(request))
        errors = [FieldError(field=str(error.params["field"]), code=error.code, detail=detail)]
    return problem(request, status, error.code, error.params, errors, extensions)


def problem(
    request: Request,
    status: int,
    code: str,
    params: Mapping[str, object] | None = None,
    errors: Sequence[FieldError] = (),
    extensions: Mapping[str, object] | None = None,
) -> Response:
    """Return an `application/problem+json` answer in the caller's language."""
    language = language_of(request)
    body: dict[str, Any] = dict(extensions or {})
    body |= {
        "type": f"urn:classroom-fleet:problem:{code}",
        "title": TITLES.get(status, TITLES[500])[language],
        "status": status,
        "detail": text_of(request.app.state.messages, code, params or {}, language),
        "code": code,
        "errors": [error.model_dump() for error in errors],
    }
    content = json.dumps(body, ensure_ascii=False, default=str).encode("utf-8", "replace")
    headers = {"Content-Language": ("zh-CN", "en")[language]} | headers_for(status, params or {})
    return Response(content, status, headers, MEDIA_TYPE)


def headers_for(status: int, params: Mapping[str, object]) -> dict[str, str]:
    """Return the headers a status calls for."""
    if status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if status in (429, 503):
        return {"Retry-After": str(params.get("retry_after_s", 1))}
    return {}


def field_errors(error: RequestValidationError, language: int) -> list[FieldError]:
    """Return where and why a request is not right, without the values it held."""
    found = []
    for item in error.errors()[:_MOST_ERRORS]:
        text = FIELD_TEXTS.get(item["type"], FIELD_TEXT_ELSE)[language]
        found.append(FieldError(field=".".join(map(_name, item["loc"])), code=item["type"], detail=text))
    return found


def _name(part: object) -> str:
    text = str(part) if isinstance(part, int) else part
    return text if isinstance(text, str) and (isinstance(part, int) or _FIELD_NAME.match(text)) else "*"


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": english, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, (_, english) in TITLES.items()
    if status not in (405, 500)
}
"""What any route may answer besides its own; the schema is added to the components by the application."""
