"""Requests made up from the API's own description: right, nearly right and nasty ones."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Parts = dict[str, Any]
Values = st.SearchStrategy[Any]

NASTY_TEXT = ("", "\0", "a\0b", "\ud800", "x" * 5000, "../../etc/passwd", "' OR 1=1 --", "%00", "‮", "𝟙", "null", " ")
NASTY_NUMBERS = (0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, float("nan"), float("inf"), -0.0, 1.5)
NASTY: tuple[Any, ...] = (*NASTY_TEXT, *NASTY_NUMBERS, None, True, [], {}, [[]], {"a": {"b": []}})
TIMES = (
    "2026-11-20T08:00:00+08:00",
    "2026-11-20T09:00:00+08:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "2026-11-20T08:00:00",
    "2026-02-30T00:00:00Z",
)
DAYS = ("2026-11-20", "2027-10-01", "0001-01-01", "9999-12-31", "2026-13-01")
RAW_BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": -1e999}',
    b'{"a": "\\ud800"}',
    b'{"a\\ud800": "\\u0000"}',
    b'{"a": "\xff\xfe"}',
    b"\xff\xfe",
    b'{"a": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 3000 + b"1" + b"}" * 3000,
)


@dataclass(frozen=True)
class Operation:
    """One method of one path, as the description says it."""

    method: str
    path: str
    spec: dict[str, Any]

    @property
    def body_schema(self) -> dict[str, Any] | None:
        """The schema of a JSON body, if it takes one."""
        content = self.spec.get("requestBody", {}).get("content", {})
        return content["application/json"]["schema"] if "application/json" in content else None


def operations(description: dict[str, Any]) -> list[Operation]:
    """Return every operation of the API that answers at once."""
    found = [
        Operation(method, path, spec)
        for path, methods in description["paths"].items()
        for method, spec in methods.items()
        if path.startswith("/api/") and path != "/api/v1/events"
    ]
    return sorted(found, key=lambda one: (one.path, one.method))


def values(schema: dict[str, Any], parts: Parts, known: tuple[str, ...], depth: int = 0) -> Values:
    """Return values for a schema: mostly fitting, sometimes nasty."""
    fitting = _fitting(schema, parts, known, depth)
    return st.one_of(fitting, fitting, fitting, fitting, st.sampled_from(NASTY))


def _fitting(schema: dict[str, Any], parts: Parts, known: tuple[str, ...], depth: int) -> Values:
    if "$ref" in schema:
        return _fitting(parts[schema["$ref"].rsplit("/", 1)[1]], parts, known, depth)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return st.one_of([_fitting(one, parts, known, depth) for one in schema[choice]])
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _typed(schema, parts, known, depth)


def _typed(schema: dict[str, Any], parts: Parts, known: tuple[str, ...], depth: int) -> Values:
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, parts, known, depth)
    if kind == "array":
        most = 0 if depth > 4 else 3
        return st.lists(values(schema.get("items", {}), parts, known, depth + 1), max_size=most)
    if kind == "integer":
        return st.integers(schema.get("minimum", -5), min(schema.get("maximum", 2000), 10**12))
    if kind == "number":
        return st.floats(0, 100)
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    return _text(schema, known)


def _object(schema: dict[str, Any], parts: Parts, known: tuple[str, ...], depth: int) -> Values:
    fields = {name: values(one, parts, known, depth + 1) for name, one in schema.get("properties", {}).items()}
    required = {name: fields[name] for name in schema.get("required", ()) if name in fields}
    optional = {name: one for name, one in fields.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _text(schema: dict[str, Any], known: tuple[str, ...]) -> Values:
    form = schema.get("format")
    if form == "date-time":
        return st.sampled_from(TIMES)
    if form == "date":
        return st.sampled_from(DAYS)
    if form == "time":
        return st.sampled_from(("08:00", "23:59:59.999999+14:00", "24:00"))
    return st.one_of(st.sampled_from(known), st.sampled_from(known), st.text(max_size=20))


def as_json(value: object) -> bytes:
    """Return JSON as a careless client would send it: NaN, infinities and lone surrogates included."""
    return json.dumps(value).encode()
