"""A driver's manifest crosses the wire as text, and hostile text is refused."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.births import manifest_from_json, manifest_to_json
from telemetry.errors import InvalidManifest
from telemetry.manifest import CommandSpec, Manifest, MetricSpec, SettingSpec, Titles
from telemetry.metrics import DataType

TITLES = Titles("打印机", "Printer")
MANIFEST = Manifest(
    key="printer_marlin",
    kind="printer",
    link="serial",
    titles=TITLES,
    metrics=(MetricSpec("Telemetry/Nozzle", DataType.DOUBLE, TITLES, "°C", 0, 300.5, False),),
    settings=(SettingSpec("port", "text", TITLES, required=True), SettingSpec("baud", "integer", TITLES, 115200)),
    commands=(CommandSpec("pause", TITLES, hazardous=True),),
    shares_power=True,
)


def test_a_manifest_comes_back_as_it_was_sent() -> None:
    assert manifest_from_json(manifest_to_json(MANIFEST)) == MANIFEST


def test_a_newer_agents_extra_keys_are_passed_over() -> None:
    raw = {**json.loads(manifest_to_json(MANIFEST)), "invented_later": [1, 2]}
    assert manifest_from_json(json.dumps(raw)) == MANIFEST


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("key", 3),
        ("key", "k" * 201),
        ("kind", "\x00"),
        ("kind", "\ud800"),
        ("titles", {"zh": "一"}),
        ("metrics", [{}]),
        ("metrics", "all"),
        ("metrics", [{"name": "m", "datatype": 99, "titles": {"zh": "", "en": ""}}]),
        ("settings", [{"name": "m", "kind": "text", "titles": {"zh": "", "en": ""}, "default": [1]}]),
        ("commands", [{"verb": "v", "titles": {"zh": "", "en": ""}, "hazardous": "no"}]),
        ("commands", [{}] * 201),
        ("shares_power", 1),
    ],
)
def test_a_manifest_with_a_wrong_part_is_refused(key: str, value: object) -> None:
    raw = {**json.loads(manifest_to_json(MANIFEST)), key: value}
    with pytest.raises(InvalidManifest):
        manifest_from_json(json.dumps(raw))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 60_000, "x" * 64_001, '{"key":NaN}'])
def test_text_that_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(InvalidManifest):
        manifest_from_json(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["key", "kind", "titles", "metrics", "settings"]), _JSON))
def test_any_object_is_a_manifest_or_refused(part: dict[str, object]) -> None:
    with contextlib.suppress(InvalidManifest):
        manifest_from_json(json.dumps({**json.loads(manifest_to_json(MANIFEST)), **part}))
