"""This computer and its processes as drivers see them: figures and hashes, no names."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from device_drivers.errors import LinkLost
from edge_agent.links_process import LocalProcesses

_WRITER = """
import sys
kept = open(sys.argv[1], "wb", buffering=0)
kept.write(b"x" * 300)
other = open(sys.argv[2], "wb", buffering=0)
read = open(sys.argv[3], "rb")
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def writer(inside: Path, outside: Path) -> Iterator[None]:
    """Run a program that writes one file inside a folder, one outside, and reads one inside."""
    inside.mkdir()
    (inside / "read.txt").write_text("read", encoding="utf-8")
    files = [str(inside / "Li Si.mkv"), str(outside / "debug.log"), str(inside / "read.txt")]
    command = [sys.executable, "-c", _WRITER, *files]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        process.kill()


def test_only_files_under_the_folder_that_are_open_for_writing_are_seen_and_none_by_name(tmp_path: Path) -> None:
    inside = tmp_path / "recordings"
    with writer(inside, tmp_path):
        found = LocalProcesses().processes(str(inside), str(inside))
    assert [file.size for one in found for file in one.writing] == [300]
    assert "Li Si" not in repr(found)
    assert str(tmp_path) not in repr(found)


def test_the_same_process_and_file_keep_their_keys(tmp_path: Path) -> None:
    inside = tmp_path / "recordings"
    with writer(inside, tmp_path):
        first, second = (LocalProcesses().processes(str(inside), str(inside))[0] for _ in range(2))
    assert first.key == second.key
    assert first.writing[0].key == second.writing[0].key


def test_a_program_nobody_runs_is_not_found(tmp_path: Path) -> None:
    assert LocalProcesses().processes(str(tmp_path / "nothing"), str(tmp_path)) == ()


def test_a_folder_that_is_gone_is_a_lost_link(tmp_path: Path) -> None:
    with pytest.raises(LinkLost):
        LocalProcesses().disk(str(tmp_path / "gone"))


def test_the_computer_answers_plausible_figures(tmp_path: Path) -> None:
    link = LocalProcesses()
    sample, disk = link.machine(), link.disk(str(tmp_path))
    assert 0 <= sample.cpu_percent <= 100
    assert 0 < sample.memory_percent <= 100
    assert sample.uptime_s > 0
    assert 0 <= disk.used_percent <= 100
    assert link.nameplate().make.isprintable()
