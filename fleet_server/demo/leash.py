"""Starts a command that dies with its parent: `python -m fleet_server.demo.leash PARENT COMMAND …`.

On Linux the kernel keeps the leash (prctl, PR_SET_PDEATHSIG): even a supervisor killed at once leaves no process.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def hold(parent: int) -> None:
    """Ask the kernel to kill this process when the thread that started it ends.

    Raises: ProcessLookupError when `parent` is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        raise ProcessLookupError(parent)


def run(arguments: list[str]) -> None:
    """Take the leash of the parent named first, then become the command."""
    hold(int(arguments[0]))
    os.execv(arguments[1], arguments[1:])


if __name__ == "__main__":
    run(sys.argv[1:])
