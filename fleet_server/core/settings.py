"""The server's settings: from the environment (`FLEET_…`) or a TOML file."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from fleet_server.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set; each field is `FLEET_<NAME>` in the environment or a key of the file."""

    database_url: str = "sqlite:///var/fleet.db"
    host: str = "127.0.0.1"
    port: int = 8000
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    mqtt_username: str = ""
    mqtt_password: str = ""
    host_id: str = "fleet"
    secret_key: str = ""
    public_url: str = ""
    secure_cookies: bool = False
    default_locale: str = "zh-CN"
    stale_after_s: int = 90
    offline_after_s: int = 300
    no_show_grace_s: int = 900
    coverage_floor: float = 0.8
    writes_per_minute: int = 120
    write_burst: int = 200
    demo: bool = False


SECRETS = frozenset({"secret_key", "mqtt_password", "database_url"})


@dataclass(frozen=True, slots=True)
class Sourced:
    """One setting with where it came from: default, file or environment."""

    name: str
    value: object
    source: str


BOUNDS: Mapping[str, tuple[float, float]] = {
    "port": (1, 65_535),
    "mqtt_port": (1, 65_535),
    "stale_after_s": (1, 86_400),
    "offline_after_s": (1, 86_400),
    "no_show_grace_s": (0, 86_400),
    "coverage_floor": (0, 1),
    "writes_per_minute": (1, 1_000_000),
    "write_burst": (1, 1_000_000),
}
"""The least and the most each number may be."""
CHOICES: Mapping[str, tuple[str, ...]] = {"default_locale": ("zh-CN", "en")}
_WORDS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def load_settings(environment: Mapping[str, str], path: Path | None = None) -> tuple[Settings, list[Sourced]]:
    """Read the settings; the environment wins over the file.

    Raises: Invalid naming file or variable and the setting, for an unknown key, a value that does not fit or an
    unreadable file.
    """
    known = {field.name: field.type for field in fields(Settings)}
    sourced: dict[str, Sourced] = {}
    for name, value in _file(path).items():
        if name not in known:
            raise Invalid("setting_unknown", field=name, file=str(path))
        sourced[name] = _sourced(name, known[name], value, f"file {path}")
    for name, kind in known.items():
        variable = f"FLEET_{name.upper()}"
        if variable in environment:
            sourced[name] = _sourced(name, kind, environment[variable], f"environment {variable}")
    settings = Settings(**{name: item.value for name, item in sourced.items()})  # type: ignore[arg-type]
    rows = [sourced.get(name, Sourced(name, getattr(settings, name), "default")) for name in known]
    return settings, rows


def environment_settings() -> Settings:
    """Read the settings of this process; `FLEET_SETTINGS` may name a TOML file."""
    path = os.environ.get("FLEET_SETTINGS")
    return load_settings(os.environ, Path(path) if path else None)[0]


def _file(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Invalid("settings_file_unreadable", file=str(path), reason=str(error)) from error


def _sourced(name: str, kind: object, value: object, source: str) -> Sourced:
    wanted = kind.__name__ if isinstance(kind, type) else str(kind)
    try:
        found = _read(wanted, value)
        _check(name, found)
    except (KeyError, ValueError, ArgumentError) as error:
        raise Invalid("setting_wrong", field=name, source=source, wanted=_wanted(name, wanted)) from error
    return Sourced(name, found, source)


def _read(wanted: str, value: object) -> object:
    """Return a value as its setting's type; text stands for a number or a yes or no, as in the environment."""
    if wanted == "bool":
        return value if isinstance(value, bool) else _WORDS[str(value).lower()]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("a value of another kind")
    if wanted == "str":
        return str(value)
    if wanted == "int" and isinstance(value, float):
        raise ValueError("not a whole number")
    return int(value) if wanted == "int" else float(value)


def _check(name: str, value: object) -> None:
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("NUL is no text")
    if name in BOUNDS and not (isinstance(value, int | float) and BOUNDS[name][0] <= value <= BOUNDS[name][1]):
        raise ValueError("out of bounds")
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError("not one of the choices")
    if name == "database_url":
        make_url(str(value))


def _wanted(name: str, kind: str) -> str:
    if name in CHOICES:
        return " | ".join(CHOICES[name])
    if name == "database_url":
        return "sqlite:///… | postgresql+psycopg://…"
    return f"{kind} {BOUNDS[name][0]}–{BOUNDS[name][1]}" if name in BOUNDS else kind
