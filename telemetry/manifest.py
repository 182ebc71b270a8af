"""What a driver offers: its metrics, controls, commands and settings, in both languages."""

from dataclasses import dataclass

from telemetry.metrics import DataType


@dataclass(frozen=True, slots=True)
class Titles:
    """A text in both languages of the product."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric a driver reads; `counter` marks a cumulative figure that never falls within an epoch."""

    name: str
    datatype: DataType
    titles: Titles
    unit: str = ""
    low: float | None = None
    high: float | None = None
    counter: bool = False


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One setting a technician gives a driver; `kind` is text, secret, integer, number or flag."""

    name: str
    kind: str
    titles: Titles
    default: str | int | float | bool | None = None
    low: float | None = None
    high: float | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One order a device accepts; `hazardous` needs a local consent that expires."""

    verb: str
    titles: Titles
    hazardous: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """A driver's whole offer; `kind` is the equipment kind, `link` one of process, tcp, http, serial, none."""

    key: str
    kind: str
    link: str
    titles: Titles
    metrics: tuple[MetricSpec, ...]
    settings: tuple[SettingSpec, ...] = ()
    commands: tuple[CommandSpec, ...] = ()
    shares_power: bool = False
