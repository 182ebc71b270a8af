"""Kills server, broker, boxes and the real agent of a running demo, round after round, then checks its books."""

import argparse
import contextlib
import sys
import time
from pathlib import Path

import psutil

from tests.system.running import Demo, misses, torn, until

PARTS = ("fleet_server serve", "mosquitto", "edge-agent simulate", "edge-agent run")


class Running(Demo):
    """A demo that somebody else started, found by its folder."""

    def children(self) -> list[psutil.Process]:
        """Every process below the supervisor that holds the folder."""
        return self.supervisor().children(recursive=True)

    def supervisor(self) -> psutil.Process:
        """Return the process that runs the demo of this folder."""
        wanted = (self.folder / "plan.json").resolve()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if wanted in (Path(process.cwd(), word).resolve() for word in process.cmdline()):
                    return next(above for above in process.parents() if "demo" in above.cmdline())
        raise LookupError(f"no demo runs in {self.folder}")


def main() -> int:
    """Kill for as many rounds as asked; the last line holds the figures, exit 1 if any is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the demo's folder")
    parser.add_argument("--rounds", type=int, default=10)
    arguments = parser.parse_args()
    demo = Running(arguments.folder.resolve())
    for number in range(arguments.rounds):
        for words in PARTS:
            demo.kill_child(words)
            time.sleep(2)
        print(f"round {number + 1} of {arguments.rounds}", flush=True)
    until(lambda: demo.number("SELECT count(*) FROM node WHERE NOT online") <= 1, "boxes on line again", 300)
    until(demo.drained, "every journal acknowledged to its end", 300)
    holes, gaps = torn(demo), misses(demo)
    kills = arguments.rounds * len(PARTS)
    print(
        f"demo kills: {kills} devices {demo.number('SELECT count(*) FROM device')} torn {len(holes)} gaps {len(gaps)}"
    )
    return 1 if holes or gaps else 0


if __name__ == "__main__":
    sys.exit(main())
