"""What a technician set, checked against what the driver's manifest allows."""

import math
from collections.abc import Mapping

from device_drivers.errors import InvalidSettings
from telemetry.manifest import Manifest, SettingSpec
from telemetry.metrics import Value

MAX_TEXT = 500


def check(manifest: Manifest, given: Mapping[str, Value]) -> dict[str, Value]:
    """Return every setting of the manifest, given or by default.

    Raises: InvalidSettings naming the first setting that is unknown, missing, mistyped or out of bounds.
    """
    known = {spec.name: spec for spec in manifest.settings}
    for name in given:
        if name not in known:
            raise InvalidSettings(f"{manifest.key} has no setting {name[:40]}")
    return {name: _checked(spec, given.get(name)) for name, spec in known.items()}


def _checked(spec: SettingSpec, value: Value) -> Value:
    if value is None:
        if spec.required:
            raise InvalidSettings(f"{spec.name} must be set")
        return spec.default
    if spec.kind in ("text", "secret"):
        return _checked_text(spec, value)
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise InvalidSettings(f"{spec.name} is true or false")
        return value
    return _checked_number(spec, value)


def _checked_text(spec: SettingSpec, value: Value) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        raise InvalidSettings(f"{spec.name} is a line of at most {MAX_TEXT} characters")
    if spec.required and not value.strip():
        raise InvalidSettings(f"{spec.name} must be set")
    return value


def _checked_number(spec: SettingSpec, value: Value) -> int | float:
    kinds = (int,) if spec.kind == "integer" else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
        raise InvalidSettings(f"{spec.name} is a {spec.kind}")
    low, high = spec.low, spec.high
    if (low is not None and value < low) or (high is not None and value > high):
        raise InvalidSettings(f"{spec.name} lies between {low} and {high}")
    return value


def text_of(settings: Mapping[str, Value], name: str) -> str:
    """Return a checked text; empty where it was left out."""
    value = settings.get(name)
    return value if isinstance(value, str) else ""


def number_of(settings: Mapping[str, Value], name: str) -> float:
    """Return a checked number; 0 where it was left out."""
    value = settings.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0


def flag_of(settings: Mapping[str, Value], name: str) -> bool:
    """Return a checked flag; false where it was left out."""
    return settings.get(name) is True
