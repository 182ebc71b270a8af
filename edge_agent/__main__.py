"""The command line of the box: edge-agent run | check | probe | consent | drivers | status | simulate."""

import argparse
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from device_drivers import catalog
from edge_agent.clocks import box_clock
from edge_agent.consents import MAX_MINUTES, Consents
from edge_agent.outbox_schema import OutboxBusy
from edge_agent.probing import probe
from edge_agent.running import check_device, find_driver, run, status_path
from edge_agent.settings import AgentSettings, SettingsError, load_settings
from edge_agent.simulating import Pace, simulate
from edge_agent.terminal import complain, is_chinese, say, say_line, state_word

GOOD, FAILED, MISUSED = 0, 1, 2
_STALE_S = 60


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; 0 when it went well, 1 when it did not, 2 when settings or arguments are wrong."""
    options = _parser().parse_args(arguments)
    level = logging.DEBUG if options.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    try:
        return int(options.command(options))
    except SettingsError as error:
        complain("settings_bad", reason=_naming(str(error), getattr(options, "settings", None)))
        return MISUSED
    except OutboxBusy as error:
        complain("busy", reason=error)
        return FAILED
    except (KeyboardInterrupt, BrokenPipeError):
        return GOOD


def _naming(reason: str, path: Path | None) -> str:
    """Return a reason with the file it is about, if any, also where only the device and its key were known."""
    return reason if path is None or reason.startswith(f"{path}: ") else f"{path}: {reason}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="edge-agent", description="The agent on a box that watches school equipment.")
    parser.add_argument("--verbose", action="store_true", help="log every connection and look")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, work, purpose in (
        ("run", _run, "watch the devices of a settings file and report to the server"),
        ("check", _check, "tell whether a settings file is good"),
        ("status", _status, "tell how the running agent is"),
    ):
        command = commands.add_parser(name, help=purpose, description=purpose)
        command.add_argument("--settings", type=Path, required=True, help="settings file (TOML)")
        command.set_defaults(command=work)
    _add_probe(commands.add_parser("probe", help="show what one device says, without server or settings file"))
    _add_consent(commands.add_parser("consent", help="allow a hazardous order to a device for some minutes"))
    drivers = commands.add_parser("drivers", help="list the drivers and their settings")
    drivers.set_defaults(command=_drivers)
    _add_simulate(commands.add_parser("simulate", help="run the boxes of a planned district"))
    return parser


def _add_probe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("driver", help="key of the driver; edge-agent drivers lists them")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the driver")
    parser.add_argument("--looks", type=int, default=0, help="how often to look; 0, the default, is for ever")
    parser.set_defaults(command=_probe)


def _add_consent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", help="key of the device in the settings file")
    parser.add_argument("verb", help="the order, for example cancel")
    parser.add_argument("--settings", type=Path, required=True, help="settings file (TOML)")
    parser.add_argument("--minutes", type=int, default=10, help="1 to 60; 0 takes the consent back")
    parser.set_defaults(command=_consent)


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", type=Path, help="plan file (JSON)")
    parser.add_argument("--data", type=Path, required=True, help="folder of the journals")
    parser.add_argument("--part", type=_part, default=(1, 1), metavar="K/N", help="only every N-th box, from the K-th")
    parser.add_argument("--until-eof", action="store_true", help="end when standard input ends")
    parser.add_argument("--poll", type=float, default=10.0, metavar="SECONDS", help="pause between looks")
    parser.add_argument(
        "--samples-every", type=int, default=0, metavar="SECONDS", help="sample the last 24 h of history this densely"
    )
    parser.set_defaults(command=_simulate)


def _part(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    if not (part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is not K/N with 1 <= K <= N")
    return int(part), int(parts)


def _run(options: argparse.Namespace) -> int:
    run(load_settings(options.settings))
    return GOOD


def _check(options: argparse.Namespace) -> int:
    settings = load_settings(options.settings)
    for device in settings.devices:
        check_device(device, find_driver(device))
    say("settings_good", devices=len(settings.devices), node=settings.node_id)
    return GOOD


def _status(options: argparse.Namespace) -> int:
    settings = load_settings(options.settings)
    path = status_path(settings)
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        complain("no_status", path=path)
        return FAILED
    return _tell(said, settings)


def _tell(said: dict[str, object], settings: AgentSettings) -> int:
    age_s = round(time.time() - int(str(said["at_ms"])) / 1000)
    if age_s > _STALE_S:
        complain("stale_status", seconds=age_s)
        return FAILED
    say("online" if said["connected"] else "offline", pending=said["pending"])
    devices = said["devices"]
    for device in settings.devices:
        entry = devices.get(device.key) if isinstance(devices, dict) else None
        if entry is not None:
            say("device_line", key=device.key, state=state_word(entry["state"]), cause=entry["cause"])
    return GOOD if said["connected"] else FAILED


def _probe(options: argparse.Namespace) -> int:
    try:
        entry = catalog.load(options.driver)
    except catalog.UnknownDriver:
        complain("driver_unknown", key=options.driver)
        return MISUSED
    return GOOD if probe(entry, options.set, options.looks) else FAILED


def _consent(options: argparse.Namespace) -> int:
    settings = load_settings(options.settings)
    hazards = {
        (device.key, command.verb)
        for device in settings.devices
        for command in find_driver(device).manifest.commands
        if command.hazardous
    }
    if (options.device, options.verb) not in hazards or not 0 <= options.minutes <= MAX_MINUTES:
        complain("consent_odd", device=options.device, verb=options.verb)
        return MISUSED
    try:
        Consents(settings.data).give(options.device, options.verb, options.minutes, box_clock()())
    except OSError as error:
        complain("consent_failed", reason=error)
        return FAILED
    say("consent_given", device=options.device, verb=options.verb, minutes=options.minutes)
    return GOOD


def _drivers(_options: argparse.Namespace) -> int:
    for key in catalog.installed():
        manifest = catalog.load(key).manifest
        say_line(f"{key}: {manifest.titles.zh if is_chinese() else manifest.titles.en}")
        for spec in manifest.settings:
            title = spec.titles.zh if is_chinese() else spec.titles.en
            say_line(f"    {spec.name}{'*' if spec.required else ''} ({spec.kind}): {title}")
    return GOOD


def _simulate(options: argparse.Namespace) -> int:
    try:
        simulate(options.plan, options.data, options.part, Pace(options.poll, options.samples_every), options.until_eof)
    except (OSError, ValueError) as error:
        complain("plan_bad", reason=error)
        return MISUSED
    return GOOD


if __name__ == "__main__":
    sys.exit(main())
