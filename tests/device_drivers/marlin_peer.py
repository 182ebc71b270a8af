"""OctoPrint's virtual Marlin on a pseudo terminal, in its own environment and process; its input takes orders."""

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.peers import peer_python

_PROGRAM = """
import os, pty, sys, threading, tty
from types import SimpleNamespace
from octoprint.plugins.virtual_printer import VirtualPrinterPlugin, virtual

folder = sys.argv[1]
values = VirtualPrinterPlugin().get_settings_defaults() | {"sendBusy": True}

class Settings:
    def get(self, path, merged=False):
        found = values
        for key in path:
            found = found.get(key)
        return found
    def get_int(self, path): return int(self.get(path) or 0)
    def get_float(self, path): return float(self.get(path) or 0)
    def get_boolean(self, path): return bool(self.get(path))
    def global_get_basefolder(self, name): return folder

virtual.plugin_manager = lambda: SimpleNamespace(get_hooks=lambda name: {})
profiles = SimpleNamespace(get_current_or_default=lambda: {"volume": {"width": 200, "depth": 200, "height": 200}})
printer = virtual.VirtualPrinter(Settings(), profiles, folder, read_timeout=1.0)
master, slave = pty.openpty()
tty.setraw(slave)
print(os.ttyname(slave), flush=True)

def from_printer():
    while True:
        line = printer.readline()
        if line:
            os.write(master, line.rstrip(b"\\n") + b"\\n")

def from_port():
    held = b""
    while True:
        held += os.read(master, 1024)
        *lines, held = held.split(b"\\n")
        for line in lines:
            printer.write(line + b"\\n")

for work in (from_printer, from_port):
    threading.Thread(target=work, daemon=True).start()
for line in sys.stdin:
    printer.write(line.encode())
os._exit(0)
"""


@dataclass
class VirtualMarlin:
    """The running printer; what a person does at its knob goes in as G-code."""

    port: str
    process: subprocess.Popen[str]

    def turn_knob(self, *lines: str) -> None:
        assert self.process.stdin is not None
        for line in lines:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def unplug(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def running_marlin(folder: Path) -> Iterator[VirtualMarlin]:
    """Start it with the folder as its card."""
    python = peer_python("octoprint==1.11.8")
    command = [str(python), "-c", _PROGRAM, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield VirtualMarlin(process.stdout.readline().strip(), process)
        finally:
            process.kill()
