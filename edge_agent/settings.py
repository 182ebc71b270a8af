"""The settings file of a box: which node it is, where the broker is, which devices hang on it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telemetry.errors import InvalidTopic
from telemetry.metrics import Value
from telemetry.topics import check_name


class SettingsError(Exception):
    """A settings file that cannot be used; the text names the file and the key."""


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """Where the broker is and how to come back to it; times in seconds."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    keepalive_s: int = 30
    reconnect_least_s: float = 0.5
    reconnect_spread_s: float = 30.0
    reconnect_most_s: float = 120.0


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """One device: its name on this box, the driver, and what the driver wants to know."""

    key: str
    driver: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    poll_s: float = 10.0
    stuck_after_s: float = 60.0


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """A whole settings file; `data` is the folder of the journal."""

    node_id: str
    site_id: str
    data: Path
    broker: BrokerSettings
    devices: tuple[DeviceSettings, ...]
    make: str = ""
    model: str = ""
    serial: str = ""
    primary_host: str = ""
    heartbeat_s: float = 30.0
    journal_records: int = 400_000


def load_settings(path: Path) -> AgentSettings:
    """Read a settings file (TOML).

    Raises: SettingsError naming the file and the key.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    try:
        return _agent(_Table(raw, ""), path.parent)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None


class _Table:
    """One table of the file; remembers what was asked for, so that a misspelled key is noticed."""

    def __init__(self, raw: Mapping[str, Any], name: str) -> None:
        self._raw, self._name, self._asked = raw, name, set[str]()

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or "\x00" in value:
            raise ValueError(f"{self._path(key)} must be a text in quotes")
        return value

    def name(self, key: str) -> str:
        try:
            return check_name(self.text(key))
        except InvalidTopic:
            raise ValueError(f"{self._path(key)} must be 1 to 120 characters without + # /") from None

    def number(self, key: str, default: float | None, low: float, high: float) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"{self._path(key)} must be a number from {low:g} to {high:g}")
        return value

    def integer(self, key: str, default: int | None, low: int, high: int) -> int:
        value = self.number(key, default, low, high)
        if not isinstance(value, int):
            raise ValueError(f"{self._path(key)} must be a whole number")
        return value

    def file(self, key: str, base: Path) -> Path | None:
        return base / self.text(key) if key in self._raw else None

    def table(self, key: str, required: bool = True) -> "_Table":
        value = self._take(key, None if required else {})
        if not isinstance(value, dict):
            raise ValueError(f"{self._path(key)} must be a table, written [{self._path(key)}]")
        return _Table(value, self._path(key))

    def tables(self, key: str) -> list["_Table"]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise ValueError(f"{self._path(key)} must be a list of tables, each written [[{self._path(key)}]]")
        return [_Table(item, f"{self._path(key)}[{place}]") for place, item in enumerate(value, start=1)]

    def values(self) -> dict[str, Value]:
        for key, value in self._raw.items():
            if not isinstance(value, str | int | float | bool):
                raise ValueError(f"{self._path(key)} must be a text, a number, true or false")
        return dict(self._raw)

    def end(self) -> None:
        for key in self._raw:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                raise ValueError(f"{self._path(key)} is not a setting; known here: {known}")

    def _take(self, key: str, default: object) -> object:
        self._asked.add(key)
        if key in self._raw:
            return self._raw[key]
        if default is None:
            raise ValueError(f"{self._path(key)} is missing")
        return default

    def _path(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key


def _agent(top: _Table, base: Path) -> AgentSettings:
    node, devices = top.table("node"), tuple(_device(table) for table in top.tables("device"))
    keys = [device.key for device in devices]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"device: the key {key!r} is given twice")
    found = AgentSettings(
        node_id=node.name("id"),
        site_id=node.name("site"),
        data=base / node.text("data"),
        broker=_broker(top.table("broker"), base),
        devices=devices,
        make=node.text("make", ""),
        model=node.text("model", ""),
        serial=node.text("serial", ""),
        primary_host=node.text("primary_host", ""),
        heartbeat_s=node.number("heartbeat_seconds", 30.0, 1, 300),
        journal_records=node.integer("journal_records", 400_000, 1_000, 100_000_000),
    )
    node.end()
    top.end()
    return found


def _broker(table: _Table, base: Path) -> BrokerSettings:
    found = BrokerSettings(
        host=table.text("host"),
        port=table.integer("port", 1883, 1, 65_535),
        username=table.text("username", ""),
        password=table.text("password", ""),
        ca_file=table.file("ca_file", base),
        cert_file=table.file("cert_file", base),
        key_file=table.file("key_file", base),
        keepalive_s=table.integer("keepalive_seconds", 30, 5, 600),
        reconnect_least_s=table.number("reconnect_least_seconds", 0.5, 0.1, 60),
        reconnect_spread_s=table.number("reconnect_spread_seconds", 30.0, 0.1, 600),
        reconnect_most_s=table.number("reconnect_most_seconds", 120.0, 1, 3_600),
    )
    table.end()
    return found


def _device(table: _Table) -> DeviceSettings:
    found = DeviceSettings(
        key=table.name("key"),
        driver=table.text("driver"),
        settings=table.table("settings", required=False).values(),
        poll_s=table.number("poll_seconds", 10.0, 0.2, 3_600),
        stuck_after_s=table.number("stuck_after_seconds", 60.0, 1, 3_600),
    )
    table.end()
    return found
