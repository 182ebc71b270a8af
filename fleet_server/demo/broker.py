"""The demo's broker: Mosquitto where it is installed, else the embedded one from PyPI."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

PAYLOAD_LIMIT = 1 << 20
_QUEUE_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class BrokerChoice:
    """Which broker runs, and the command that starts it."""

    name: str
    command: tuple[str, ...]


def find_mosquitto() -> str | None:
    """Return Mosquitto's path, looking in the sbin folders a plain user's PATH leaves out."""
    return shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def choose(folder: Path, port: int, mosquitto: str | None) -> BrokerChoice:
    """Return how to run the broker on a loopback port; Mosquitto's settings are written to `folder`.

    Neither set-up is for a school's real use: anyone on this computer may connect, nothing is encrypted.
    """
    if mosquitto is None:
        return BrokerChoice("iotcore (rumqttd)", (sys.executable, "-m", "fleet_server.demo.embedded_broker", str(port)))
    settings = folder / "mosquitto.conf"
    settings.write_text(mosquitto_settings(port), encoding="utf-8")
    return BrokerChoice("Mosquitto", (mosquitto, "-c", str(settings)))


def mosquitto_settings(port: int) -> str:
    """Return settings for a broker that only this computer reaches and that keeps nothing.

    Mosquitto's own queue limit of 1,000 messages would drop what a paused server should get; the boxes' journals are
    what survives a restart, so nothing is written to disk.
    """
    lines = (
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "persistence false",
        "max_queued_messages 0",
        f"max_queued_bytes {_QUEUE_BYTES}",
        "max_inflight_messages 1000",
        f"max_packet_size {PAYLOAD_LIMIT}",
        "log_type error",
        "log_type warning",
        "log_dest stderr",
        # Started by root it would become another user, and that would cut the leash (the kernel forgets the wish).
        *(("user root",) if os.geteuid() == 0 else ()),
    )
    return "\n".join(lines) + "\n"
