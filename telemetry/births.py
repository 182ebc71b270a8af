"""Metric names of births and commands, and a driver's manifest as text."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from telemetry.errors import InvalidManifest
from telemetry.manifest import CommandSpec, Manifest, MetricSpec, SettingSpec, Titles
from telemetry.metrics import DataType, Value

PROFILE = "1"
"""The version of the fleet profile this code speaks."""

BD_SEQ = "bdSeq"
REBIRTH = "Node Control/Rebirth"
REBOOT = "Node Control/Reboot"
DEVICE_REBIRTH = "Device Control/Rebirth"
PROFILE_VERSION = "Profile/Version"

AGENT_VERSION = "Properties/Agent Version"
OPERATING_SYSTEM = "Properties/OS"
HARDWARE_MAKE = "Properties/Hardware Make"
HARDWARE_MODEL = "Properties/Hardware Model"
NODE_SERIAL = "Properties/Serial"

KIND = "Properties/Kind"
MAKE = "Properties/Make"
MODEL = "Properties/Model"
SERIAL = "Properties/Serial"
FIRMWARE = "Properties/Firmware"
DRIVER = "Properties/Driver"
MANIFEST = "Properties/Manifest"
SHARES_POWER = "Properties/Shares Power"

CPU_PERCENT = "Health/CPU Percent"
MEMORY_PERCENT = "Health/Memory Percent"
DISK_PERCENT = "Health/Disk Percent"
TEMPERATURE = "Health/Temperature"
UPTIME = "Health/Uptime"
CLOCK_OFFSET = "Health/Clock Offset"

JOURNAL_EPOCH = "Journal/Epoch"
JOURNAL_NEXT = "Journal/Next"
JOURNAL_FIRST = "Journal/First"
JOURNAL_PENDING = "Journal/Pending"
JOURNAL_ACK = "Journal/Ack"
JOURNAL_DIGEST = "Journal/Digest"
JOURNAL_CREDIT = "Journal/Credit"
JOURNAL_BOOT = "Journal/Boot"
JOURNAL_BOOTTIME = "Journal/Boottime"
SERVER_TIME = "Server Time"

CONFIG_DESIRED = "Config/Desired"
CONFIG_VERSION = "Config/Reported Version"
CONFIG_HASH = "Config/Reported Hash"
CONFIG_STATE = "Config/State"
CONFIG_ERROR = "Config/Error"

COMMAND_REQUEST = "Command/Request"
COMMAND_RESULT = "Command/Result"

STATE = "State"
TELEMETRY_PREFIX = "Telemetry/"
USAGE_PREFIX = "Usage/"

MAX_MANIFEST_CHARS = 64_000
_MAX_ITEMS = 200
_MAX_TEXT = 200


def manifest_to_json(manifest: Manifest) -> str:
    """Return the manifest as one line of JSON."""
    return json.dumps(asdict(manifest), ensure_ascii=False, separators=(",", ":"))


def manifest_from_json(text: str) -> Manifest:
    """Return the manifest in the text; unknown keys are passed over, so that newer agents stay readable.

    Raises: InvalidManifest for anything else, also for more than 64,000 characters, 200 entries of a kind or texts
    of more than 200 characters.
    """
    if len(text) > MAX_MANIFEST_CHARS:
        raise InvalidManifest(f"{len(text)} characters, more than {MAX_MANIFEST_CHARS}")
    try:
        raw = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidManifest(f"not JSON: {error}"[:200]) from None
    return _manifest(_mapping(raw, "manifest"))


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number of JSON")


def _manifest(raw: Mapping[str, Any]) -> Manifest:
    return Manifest(
        key=_text(raw, "key"),
        kind=_text(raw, "kind"),
        link=_text(raw, "link"),
        titles=_titles(raw),
        metrics=tuple(_metric(item) for item in _items(raw, "metrics")),
        settings=tuple(_setting(item) for item in _items(raw, "settings")),
        commands=tuple(_command(item) for item in _items(raw, "commands")),
        shares_power=_flag(raw, "shares_power"),
    )


def _metric(raw: Mapping[str, Any]) -> MetricSpec:
    try:
        datatype = DataType(raw.get("datatype", 0))
    except ValueError:
        raise InvalidManifest(f"unknown datatype {raw.get('datatype')!r}"[:200]) from None
    return MetricSpec(
        name=_text(raw, "name"),
        datatype=datatype,
        titles=_titles(raw),
        unit=_text(raw, "unit", ""),
        low=_number(raw, "low"),
        high=_number(raw, "high"),
        counter=_flag(raw, "counter"),
    )


def _setting(raw: Mapping[str, Any]) -> SettingSpec:
    default: Value = raw.get("default")
    if not isinstance(default, str | int | float | bool | None) or len(str(default)) > _MAX_TEXT:
        raise InvalidManifest("a default is not a plain value")
    return SettingSpec(
        name=_text(raw, "name"),
        kind=_text(raw, "kind"),
        titles=_titles(raw),
        default=default,
        low=_number(raw, "low"),
        high=_number(raw, "high"),
        required=_flag(raw, "required"),
    )


def _command(raw: Mapping[str, Any]) -> CommandSpec:
    return CommandSpec(verb=_text(raw, "verb"), titles=_titles(raw), hazardous=_flag(raw, "hazardous"))


def _titles(raw: Mapping[str, Any]) -> Titles:
    titles = _mapping(raw.get("titles"), "titles")
    return Titles(_text(titles, "zh"), _text(titles, "en"))


def _mapping(raw: object, what: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise InvalidManifest(f"{what} is not an object")
    return raw


def _items(raw: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    items = raw.get(key, [])
    if not isinstance(items, list) or len(items) > _MAX_ITEMS:
        raise InvalidManifest(f"{key} is not a list of at most {_MAX_ITEMS}")
    return [_mapping(item, key) for item in items]


def _text(raw: Mapping[str, Any], key: str, default: str | None = None) -> str:
    text = raw.get(key, default)
    if not isinstance(text, str) or len(text) > _MAX_TEXT or not _is_clean(text):
        raise InvalidManifest(f"{key} is not a text of at most {_MAX_TEXT} characters")
    return text


def _is_clean(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _number(raw: Mapping[str, Any], key: str) -> float | None:
    number = raw.get(key)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > 1e18:
        raise InvalidManifest(f"{key} is not a usable number")
    return number


def _flag(raw: Mapping[str, Any], key: str) -> bool:
    flag = raw.get(key, False)
    if not isinstance(flag, bool):
        raise InvalidManifest(f"{key} is neither true nor false")
    return flag
