"""ffmpeg records a test picture beside an agent; the server knows when it recorded, stalled and ended."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from telemetry.metrics import Value
from tests.servers import find_program
from tests.system.peers.conftest import Site
from tests.system.peers.processes import BoxDevice, agent_settings, running_agent

pytestmark = pytest.mark.peer

NODE = "n-recorder"
POLL_S = 1.0
LATE_S = 1.5
"""What a look may be late on a machine that does much else."""


@contextmanager
def recording(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Record moving noise until the test ends it."""
    source = ["-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25,noise=alls=60:allf=t"]
    sink = ["-c:v", "mpeg4", "-b:v", "4M", "-flush_packets", "1", str(folder / "lesson.mkv")]
    command = [find_program("ffmpeg"), "-nostdin", "-loglevel", "error", *source, *sink]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def test_times_of_a_real_recording_are_what_happened_within_a_poll(site: Site, tmp_path: Path) -> None:
    server, films = site.server, tmp_path / "films"
    films.mkdir()
    settings: dict[str, Value] = {"match": str(films), "folder": str(films), "stall_seconds": 10, "disk_floor_gb": 0}
    device = BoxDevice("rec", "recorder_process", settings)
    did: list[tuple[str, datetime]] = []

    def now(state: str) -> None:
        did.append((state, datetime.now(UTC)))

    with running_agent(agent_settings(tmp_path / "agent", NODE, site.broker.port, [device], POLL_S)):
        begun = datetime.now(UTC)
        server.wait_for(NODE, "standby")
        with recording(films) as ffmpeg:
            file = films / "lesson.mkv"
            server.until(lambda: file.exists() and file.stat().st_size > 0, "a growing file")
            now("in_use")
            server.wait_for(NODE, "in_use")
            ffmpeg.send_signal(signal.SIGSTOP)
            now("fault")
            assert "suspended" in server.wait_for(NODE, "fault")["state_cause"]
            ffmpeg.send_signal(signal.SIGCONT)
            now("in_use")
            server.wait_for(NODE, "in_use")
            ffmpeg.send_signal(signal.SIGINT)
            ffmpeg.wait(20)
            now("standby")
        server.wait_for(NODE, "standby")
        server.until(lambda: server.metric(NODE, "Usage/Recordings") == 1, "the recording counted")
        shown = server.device(NODE)
    spans = server.spans(shown["id"], begun, datetime.now(UTC))
    seen = [(span["state"], datetime.fromisoformat(span["start"])) for span in spans]
    after = [one for one in seen if one[0] in ("in_use", "fault", "standby")][1:]
    assert [state for state, _ in after][: len(did)] == [state for state, _ in did]
    for (state, told), (_, happened) in zip(after, did, strict=False):
        assert -LATE_S <= (told - happened).total_seconds() <= POLL_S + LATE_S, (state, told, happened)
