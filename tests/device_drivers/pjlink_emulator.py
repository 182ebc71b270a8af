"""The PJLink emulator of `pjlink-advance` in a Python 3.13 of its own; lines of JSON set what it shows."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from tests.peers import find_interpreter, peer_python

PASSWORD = "JBMIAProjectorLink"

HOW_TO_GET_IT = (
    "NOT TESTED against the PJLink emulator: it needs Python 3.13 beside 3.11. Install one (Debian 13: "
    "`apt-get install python3.13-venv`; anywhere: `pyenv install 3.13`), or name it in CLASSROOM_FLEET_PYTHON313."
)

_PROGRAM = """
import asyncio, json, sys
from pjlink_advance.emulator import PJLinkEmulator
from pjlink_advance.models import ErrorLevel, Lamp, MuteState

async def main(pj_class, password):
    emulator = PJLinkEmulator(pj_class=pj_class, password=password, transition_delay=1.5)
    async with emulator:
        print(emulator.port, flush=True)
        loop, state = asyncio.get_running_loop(), emulator.state
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            for name, value in json.loads(line).items():
                if name == "lamps":
                    state.lamps = [Lamp(hours, False) for hours in value]
                elif name == "picture_muted":
                    state.mute = MuteState(video=value, audio=value)
                elif name == "errors":
                    levels = {**state.errors.as_dict(), **{k: ErrorLevel[v] for k, v in value.items()}}
                    state.errors = type(state.errors)(**levels)
                elif name == "resolution":
                    state.input_resolution = value
                elif name in ("unsupported", "unavailable"):
                    setattr(emulator, name, set(value))
                else:
                    setattr(emulator, name, value)
            print("done", flush=True)

asyncio.run(main(int(sys.argv[1]), sys.argv[2] or None))
"""


@dataclass
class Emulator:
    """The running emulator."""

    port: int
    process: subprocess.Popen[str]

    def show(self, **what: object) -> None:
        """Change what it shows and wait until that is so."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@contextlib.contextmanager
def running_emulator(pj_class: int = 2, password: str = PASSWORD) -> Iterator[Emulator | None]:
    """Start it, or yield None where there is no Python 3.13."""
    interpreter = find_interpreter("3.13")
    if interpreter is None:
        yield None
        return
    python = peer_python("pjlink-advance==0.2.0", interpreter=interpreter)
    command = [str(python), "-c", _PROGRAM, str(pj_class), password]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Emulator(int(process.stdout.readline()), process)
        finally:
            process.kill()
