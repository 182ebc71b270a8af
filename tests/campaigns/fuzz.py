"""Arbitrary and almost right bytes for everything that reads what others sent; only the declared errors may escape."""

import argparse
import json
import random
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from device_drivers.api import Driver
from device_drivers.catalog import load
from device_drivers.errors import DriverError
from device_drivers.links import HttpAnswer
from telemetry.births import manifest_from_json, manifest_to_json
from telemetry.errors import WireError
from telemetry.journal import from_metric
from telemetry.metrics import DataType, Metric, Payload, Property, Value
from telemetry.payload import decode, encode
from telemetry.topics import parse_topic
from tests.device_drivers.benches import bench
from tests.device_drivers.doubles import StubLinks, StubTcp

ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    0,
    2**70,
    float("nan"),
    float("inf"),
    "",
    "\0",
    "\ud800",
    "x" * 10_000,
    [],
    {},
)


@dataclass(frozen=True, slots=True)
class Target:
    """One reader of foreign input: a name and a function that reads one made-up input."""

    name: str
    read: Callable[[random.Random], None]


def seed_payload() -> bytes:
    """Return a payload with every type and property the project writes."""
    properties = {"j": Property(DataType.UINT64, 7), "boot": Property(DataType.STRING, "b-1")}
    properties |= {"boottime_ms": Property(DataType.INT64, 5), "prev_ms": Property(DataType.INT64, 60_000)}
    metrics = (
        Metric("State", "in_use", DataType.STRING, 1_800_000_000_000, is_historical=True, properties=properties),
        Metric("Telemetry/Nozzle", 214.5, DataType.DOUBLE, 1_800_000_000_000, alias=3),
        Metric("Journal/Job", '{"done": true}', DataType.STRING, 1_800_000_000_000, properties=properties),
        Metric("Health/Uptime", -5, DataType.INT32, 1_800_000_000_000),
        Metric("Telemetry/Lit", None, DataType.BOOLEAN, 1_800_000_000_000),
    )
    return encode(Payload(metrics, 1_800_000_000_000, 3))


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with some flipped, cut, doubled or inserted."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(out) + 1)
        kind = chance.randrange(4)
        if kind == 0 and place < len(out):
            out[place] = chance.randrange(256)
        elif kind == 1:
            del out[place : place + chance.randint(1, 6)]
        elif kind == 2:
            out[place:place] = chance.randbytes(chance.randint(1, 6))
        else:
            out[place:place] = out[place : place + chance.randint(1, 20)]
    return bytes(out)


def twisted(tree: object, chance: random.Random) -> object:
    """Return a JSON tree with one part replaced by something odd."""
    if isinstance(tree, dict) and tree and chance.random() < 0.8:
        key = chance.choice(sorted(tree))
        return {**tree, key: twisted(tree[key], chance)}
    return chance.choice(ODD)


def _payload_target() -> Target:
    seed = seed_payload()

    def read(chance: random.Random) -> None:
        data = mutated(seed, chance) if chance.random() < 0.8 else chance.randbytes(chance.randint(0, 200))
        for metric in decode(data).metrics:
            from_metric(metric, "device")

    return Target("payload", read)


def _topic_target() -> Target:
    return Target(
        "topic", lambda chance: _ignore(parse_topic(mutated(b"spBv1.0/s-1/DDATA/n-1/d", chance).decode("latin1")))
    )


def _manifest_target() -> Target:
    seed = json.loads(manifest_to_json(load("printer_octoprint").manifest))
    return Target("manifest", lambda chance: _ignore(manifest_from_json(json.dumps(twisted(seed, chance)))))


def _octoprint_target() -> Target:
    looks = bench("printer_octoprint", Path()).looks
    settings: dict[str, Value] = {"url": "http://127.0.0.1", "api_key": "k"}

    def read(chance: random.Random) -> None:
        said = chance.choice(looks).said["answers"]

        def answers(path: str, _sent: object) -> HttpAnswer:
            status, body = said.get(path, (404, None))
            return HttpAnswer(chance.choice((status, status, 500)), twisted(body, chance))

        _look(load("printer_octoprint").open(settings, StubLinks(answers)))

    return Target("printer_octoprint", read)


def _pjlink_target() -> Target:
    settings: dict[str, Value] = {"host": "127.0.0.1", "password": "p"}

    def read(chance: random.Random) -> None:
        greeting = mutated(b"PJLINK 1 498e4a67", chance)
        device = StubTcp(greeting, lambda sent: mutated(sent[-7:-2] + b"=1200 1", chance))
        _look(load("projector_pjlink").open(settings, StubLinks(device=device)))

    return Target("projector_pjlink", read)


def _look(driver: Driver) -> None:
    for _ in range(2):
        try:
            reading = driver.read()
        except DriverError:
            continue
        json.dumps(dict(reading.values), allow_nan=False).encode()
        reading.cause.encode()


def _ignore(_: object) -> None:
    return


def targets() -> list[Target]:
    """Return every reader of foreign input."""
    return [_payload_target(), _topic_target(), _manifest_target(), _octoprint_target(), _pjlink_target()]


@dataclass
class Tally:
    """What a run found."""

    executions: int = 0
    uncaught: int = 0
    seconds: float = 0.0


def fuzz(seconds: float, seed: int, chosen: list[Target] | None = None) -> Tally:
    """Feed each target in turn for its share of the time; uncaught errors are printed with their target."""
    tally, chance = Tally(), random.Random(seed)
    chosen = targets() if chosen is None else chosen
    began = time.monotonic()
    for number, target in enumerate(chosen, start=1):
        while time.monotonic() < began + seconds * number / len(chosen):
            for _ in range(50):
                tally.executions += 1
                tally.uncaught += _escapes(target, chance)
    tally.seconds = time.monotonic() - began
    return tally


def _escapes(target: Target, chance: random.Random) -> bool:
    state = chance.getstate()
    try:
        target.read(chance)
    except WireError:
        return False
    except Exception:
        print(f"{target.name} let this escape for the random state {hash(state)}:", file=sys.stderr)
        traceback.print_exc()
        return True
    return False


def main() -> int:
    """Run from the command line; the last line holds the figures, exit 1 if anything escaped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=round(time.time()))
    arguments = parser.parse_args()
    tally = fuzz(arguments.seconds, arguments.seed)
    print(f"seed {arguments.seed}, {tally.executions / tally.seconds:.0f} executions a second")
    print(f"fuzz: targets {len(targets())} executions {tally.executions} uncaught {tally.uncaught}")
    return 1 if tally.uncaught else 0


if __name__ == "__main__":
    sys.exit(main())
