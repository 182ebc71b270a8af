"""The server's settings: from the environment (`FLEET_…`) or a TOML file."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

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


def load_settings(environment: Mapping[str, str], path: Path | None = None) -> tuple[Settings, list[Sourced]]:
    """Read the settings; the environment wins over the file.

    Raises: Invalid naming the culprit for an unknown key, a wrong type or an unreadable file.
    """
    known = {field.name: field.type for field in fields(Settings)}
    sourced: dict[str, Sourced] = {}
    for name, value in _file(path).items():
        if name not in known:
            raise Invalid("setting_unknown", field=name, file=str(path))
        sourced[name] = Sourced(name, _convert(name, known[name], value), f"file {path}")
    for name, kind in known.items():
        variable = f"FLEET_{name.upper()}"
        if variable in environment:
            sourced[name] = Sourced(name, _convert(name, kind, environment[variable]), f"environment {variable}")
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
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid("settings_file_unreadable", file=str(path), reason=str(error)) from error


def _convert(name: str, kind: object, value: object) -> object:
    wanted = kind if isinstance(kind, type) else {"int": int, "bool": bool, "float": float}.get(str(kind), str)
    try:
        if wanted is bool and isinstance(value, str):
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[value.lower()]
        if isinstance(value, bool) and wanted is not bool:
            raise ValueError("a yes or no where another value belongs")
        return wanted(value)
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid("setting_wrong", field=name, value=str(value)[:80], wanted=wanted.__name__) from error
