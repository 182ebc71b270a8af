import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from fleet_server.demo.children import FIRST_WAIT_S, LONGEST_WAIT_S, Child, end_together, next_wait

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")
DEAF = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
SUPERVISOR = """
import sys, time
from pathlib import Path
from fleet_server.demo.children import Child
child = Child("sleeper", (sys.executable, "-c", "import time; time.sleep(600)"), Path(sys.argv[1]))
child.start()
print(child.process.pid, flush=True)
time.sleep(600)
"""


def until(done: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if done():
            return True
        time.sleep(0.02)
    return False


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps the leash in the kernel")
def test_a_child_dies_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path / "log")], stdout=subprocess.PIPE)
    assert supervisor.stdout is not None
    with supervisor, supervisor.stdout:
        child = int(supervisor.stdout.readline())
        assert not gone(child)
        supervisor.kill()
        assert until(lambda: gone(child))


def test_a_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    child = Child("sleeper", SLEEPER, tmp_path / "log")
    child.start()
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    assert until(child.watch)
    assert child.process is not None
    assert child.process.pid != first
    assert child.restarts == 1
    end_together([child], 5)


def test_children_end_when_asked_and_are_killed_when_they_do_not(tmp_path: Path) -> None:
    deaf = (sys.executable, "-c", DEAF + "print(1, flush=True); time.sleep(600)")
    children = [Child("willing", SLEEPER, tmp_path / "a"), Child("deaf", deaf, tmp_path / "b")]
    for child in children:
        child.start()
    assert until(lambda: (tmp_path / "b").read_text() == "1\n")
    pids = [child.process.pid for child in children if child.process]
    end_together(children, 0.5)
    assert all(gone(pid) for pid in pids)


def test_a_child_reads_the_end_of_its_pipe_before_it_is_asked_to_end(tmp_path: Path) -> None:
    reader = (sys.executable, "-c", DEAF + "print(1, flush=True); sys.stdin.read(); print('eof')")
    child = Child("reader", reader, tmp_path / "log")
    child.start()
    assert until(lambda: (tmp_path / "log").read_text() == "1\n")
    end_together([child], 10)
    assert (tmp_path / "log").read_text() == "1\neof\n"


def test_waits_double_up_to_a_limit_and_start_afresh_after_a_steady_life() -> None:
    wait, waits = FIRST_WAIT_S, []
    for _ in range(8):
        wait = next_wait(wait, 1.0)
        waits.append(wait)
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_S
    assert next_wait(LONGEST_WAIT_S, 31.0) == FIRST_WAIT_S
