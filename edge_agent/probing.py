"""The technician's first tool: one driver in a terminal, without server or journal."""

import time
from collections.abc import Iterable, Mapping

from device_drivers.api import Driver, DriverEntry, Reading
from device_drivers.errors import DriverError
from edge_agent.device import fit
from edge_agent.links import LocalLinks
from edge_agent.running import check_device
from edge_agent.settings import DeviceSettings, SettingsError
from edge_agent.terminal import complain, is_chinese, say, say_line, state_word
from telemetry.manifest import Manifest, MetricSpec
from telemetry.metrics import Value

_PAUSE_S = 2.0


def parse_assignments(entry: DriverEntry, given: Iterable[str]) -> dict[str, Value]:
    """Return settings written as name=value, read as the kind the driver declares.

    Raises: SettingsError.
    """
    kinds = {spec.name: spec.kind for spec in entry.manifest.settings}
    return dict(_assignment(text, kinds) for text in given)


def _assignment(text: str, kinds: Mapping[str, str]) -> tuple[str, Value]:
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"{text!r} is not name=value")
    try:
        return name, _typed(kinds.get(name, "text"), value)
    except ValueError:
        raise SettingsError(f"{name} must be a {kinds[name]}") from None


def _typed(kind: str, value: str) -> Value:
    if kind == "integer":
        return int(value)
    if kind == "number":
        return float(value)
    if kind == "flag":
        return {"true": True, "false": False}[value] if value in ("true", "false") else value
    return value


def probe(entry: DriverEntry, given: Iterable[str], looks: int) -> bool:
    """Look at a device `looks` times, 0 for ever, and show what it says; False when the last look failed.

    Raises: SettingsError.
    """
    settings = DeviceSettings(entry.manifest.key, entry.manifest.key, parse_assignments(entry, given))
    filled = check_device(settings, entry)
    driver: Driver | None = None
    count, good = 0, False
    try:
        while looks == 0 or count < looks:
            if count:
                time.sleep(_PAUSE_S)
            count += 1
            try:
                driver = driver or entry.open(filled, LocalLinks())
                _show(driver.read(), entry.manifest)
                good = True
            except DriverError as error:
                complain("probe_failed", kind=type(error).__name__, reason=error)
                good = False
    except KeyboardInterrupt:
        return good
    finally:
        if driver is not None:
            driver.close()
    return good


def _show(reading: Reading, manifest: Manifest) -> None:
    say("probe_reading", state=state_word(reading.state.value), cause=reading.cause)
    if reading.identity is not None:
        named = reading.identity
        say("probe_identity", make=named.make, model=named.model, serial=named.serial)
    for spec in manifest.metrics:
        if spec.name in reading.values:
            say_line(f"  {_title(spec)}: {fit(reading.values[spec.name], spec.datatype)!s} {spec.unit}".rstrip())


def _title(spec: MetricSpec) -> str:
    return spec.titles.zh if is_chinese() else spec.titles.en
