"""The command `fleet-server demo`: its options and what it does."""

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from fleet_server.core.db import Database
from fleet_server.demo.setup import Wishes
from fleet_server.demo.sizes import DEFAULT, SIZES
from fleet_server.demo.state import Folder
from fleet_server.demo.supervisor import run
from fleet_server.demo.terminal import Terminal


def add_options(parser: argparse.ArgumentParser, environment: Mapping[str, str] = os.environ) -> None:
    """Add the demo's options; PORT, MQTT_PORT, DEMO_DIR and DISTRICT in the environment set their defaults."""
    parser.add_argument("--port", type=int, default=environment.get("PORT", "8000"), help="port of the pages")
    mqtt_port = environment.get("MQTT_PORT", "18883")
    parser.add_argument("--mqtt-port", type=int, default=mqtt_port, help="port of the broker")
    folder = Path(environment.get("DEMO_DIR", "var/demo"))
    parser.add_argument("--dir", type=Path, default=folder, help="folder the demo keeps its data in")
    district = environment.get("DISTRICT", DEFAULT)
    parser.add_argument("--district", default=district, help=f"one of {', '.join(SIZES)}")
    parser.add_argument("--schools", type=int, help="a smaller district of this many schools")


def demo(arguments: argparse.Namespace, migrate: Callable[[Database], None]) -> None:
    """Run the demo until it is asked to end; raises what `supervisor.run` raises.

    `migrate` brings its database to the newest schema, of which this storey knows nothing.
    """
    folder = Folder(arguments.dir)
    wishes = Wishes(arguments.district, folder, arguments.port, arguments.mqtt_port, migrate, arguments.schools)
    run(wishes, Terminal())
