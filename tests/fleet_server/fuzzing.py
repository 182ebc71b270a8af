"""Requests made up from the API's own description: right, nearly right and nasty ones."""

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Parts = dict[str, Any]
Values = st.SearchStrategy[Any]

NASTY_TEXT = ("", "\0", "a\0b", "\ud800", "x" * 5000, "../../etc/passwd", "' OR 1=1 --", "%00", "‮", "𝟙", "null", " ")
NASTY_NUMBERS = (0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, float("nan"), float("inf"), -0.0, 1.5)
NASTY_TIMES = (
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-12:00",
    "2026-11-20T08:00:00",
    "2026-02-30T00:00:00Z",
    "0001-01-01",
    "9999-12-31",
    "2026-13-01",
    "23:59:59.999999+14:00",
    "24:00",
)
NASTY: tuple[Any, ...] = (*NASTY_TEXT, *NASTY_NUMBERS, *NASTY_TIMES, None, True, [], {}, [[]], {"a": {"b": []}})
STARTS = ("2026-11-20T08:00:00+08:00", "2026-11-20T09:00:00+08:00", "2026-11-19T10:00:00Z")
ENDS = ("2026-11-20T09:40:00+08:00", "2026-11-20T03:00:00Z", "2026-11-20T10:40:00+08:00")
DAYS, LATER_DAYS = ("2026-11-01", "2026-11-18"), ("2026-11-19", "2026-11-30", "2027-10-01")
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


@dataclass(frozen=True)
class Maker:
    """Makes values for schemas: `known` holds ids by the name of the field they fit, `wild` lets nasty ones in."""

    parts: Parts
    known: dict[str, tuple[str, ...]]
    wild: bool

    def values(self, schema: Parts, name: str = "", depth: int = 0) -> Values:
        """Return values for a schema; half of what a wild maker makes at any place may be nasty."""
        fitting = self._fitting(schema, name, depth)
        return st.one_of(fitting, fitting, st.sampled_from(NASTY)) if self.wild else fitting

    def _fitting(self, schema: Parts, name: str, depth: int) -> Values:
        if "$ref" in schema:
            return self._fitting(self.parts[schema["$ref"].rsplit("/", 1)[1]], name, depth)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return st.one_of([self._fitting(one, name, depth) for one in schema[choice]])
        if "const" in schema or "enum" in schema:
            return st.sampled_from(schema.get("enum", [schema.get("const")]))
        return self._typed(schema, name, depth)

    def _typed(self, schema: Parts, name: str, depth: int) -> Values:
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            least, most = schema.get("minItems", 0), 0 if depth > 4 else 3
            return st.lists(self.values(schema.get("items", {}), name, depth + 1), min_size=least, max_size=most)
        if kind == "integer":
            return st.integers(schema.get("minimum", -5), min(schema.get("maximum", 2000), 10**12))
        if kind == "number":
            return st.floats(schema.get("minimum", 0), min(schema.get("maximum", 100), 1e9))
        if kind == "boolean":
            return st.booleans()
        return st.none() if kind == "null" else self._text(schema, name)

    def _object(self, schema: Parts, depth: int) -> Values:
        properties = schema.get("properties", {}).items()
        fields = {name: self.values(one, name, depth + 1) for name, one in properties}
        required = {name: fields[name] for name in schema.get("required", ()) if name in fields}
        optional = {name: one for name, one in fields.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)

    def _text(self, schema: Parts, name: str) -> Values:
        form = schema.get("format")
        if form == "date-time":
            return st.sampled_from(STARTS if name in ("start", "from") else ENDS)
        if form == "date":
            return st.sampled_from(DAYS if name in ("from", "since", "first_day", "day") else LATER_DAYS)
        if form == "time":
            return st.sampled_from(("08:00", "09:30") if name in ("starts", "opens") else ("10:00", "23:59"))
        ids = st.sampled_from(self.known.get(name) or self.known["*"])
        return st.one_of(ids, ids, ids, st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))


def as_json(value: object) -> bytes:
    """Return JSON as a careless client would send it: NaN, infinities and lone surrogates included."""
    return json.dumps(value).encode()
