"""Whether an order may be carried out at all, before a driver asks its device."""

from collections.abc import Mapping

from device_drivers.errors import CommandRefused, NotConsented
from device_drivers.links import Links
from telemetry.manifest import Manifest
from telemetry.metrics import Value


def admit(manifest: Manifest, verb: str, args: Mapping[str, Value], links: Links) -> None:
    """Let an order pass that the manifest offers, without arguments, and with consent where it is hazardous.

    Raises: CommandRefused, NotConsented.
    """
    spec = next((spec for spec in manifest.commands if spec.verb == verb), None)
    if spec is None:
        raise CommandRefused(f"{manifest.key} knows no order {verb[:40]}")
    if args:
        raise CommandRefused(f"{verb} takes no arguments")
    if spec.hazardous and not links.consented(verb):
        raise NotConsented(f"{verb} needs the consent of a person on site")
