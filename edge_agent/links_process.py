"""A look at this computer and its processes for drivers (psutil); names of files, people and commands stay in here."""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from device_drivers.errors import LinkLost
from device_drivers.links import DiskSample, MachineSample, Nameplate, OpenFile, ProcessSample

MAX_PROCESSES = 8
MAX_FILES = 16

_DMI = Path("/sys/class/dmi/id")
_TREE = Path("/proc/device-tree")


class LocalProcesses:
    """A look at this computer; the first processor load after opening is that since the start of the computer."""

    def __init__(self) -> None:
        psutil.cpu_percent(None)

    def machine(self) -> MachineSample:
        """Measure the computer once."""
        return MachineSample(
            cpu_percent=psutil.cpu_percent(None),
            memory_percent=psutil.virtual_memory().percent,
            uptime_s=max(time.time() - psutil.boot_time(), 0.0),
            temperature=_hottest(),
            signed_in=bool(psutil.users()),
        )

    def nameplate(self) -> Nameplate:
        """Read what the firmware says; empty where it does not say."""
        if _TREE.is_dir():
            return Nameplate("", _text(_TREE / "model"), _text(_TREE / "serial-number"))
        return Nameplate(
            _text(_DMI / "sys_vendor"),
            _text(_DMI / "product_name"),
            _text(_DMI / "product_serial"),
            _text(_DMI / "bios_version"),
        )

    def disk(self, folder: str) -> DiskSample:
        """Measure the disk under a folder.

        Raises: LinkLost when the folder is not there.
        """
        try:
            usage = psutil.disk_usage(folder)
        except (OSError, ValueError) as error:
            raise LinkLost("the folder cannot be looked at") from error
        return DiskSample(usage.total, usage.free)

    def processes(self, match: str, folder: str) -> tuple[ProcessSample, ...]:
        """Find up to 8 processes whose command line contains `match`, and up to 16 files each writes under `folder`.

        Raises: LinkLost when a matching process may not be looked into.
        """
        below = os.path.join(os.path.realpath(folder), "")
        found = []
        for process in _matching(match):
            try:
                found.append(_sample(process, below))
            except psutil.AccessDenied as error:
                raise LinkLost("the recording program belongs to another user; the agent may not look at it") from error
            except psutil.NoSuchProcess:
                continue
            if len(found) == MAX_PROCESSES:
                break
        return tuple(found)


def _matching(match: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["cmdline"]):
        if process.pid != os.getpid() and match in " ".join(process.info["cmdline"] or ()):
            yield process


def _sample(process: psutil.Process, below: str) -> ProcessSample:
    with process.oneshot():
        stopped = process.status() == psutil.STATUS_STOPPED
        key = _hash(f"{process.pid}/{process.create_time()}")
    return ProcessSample(key, stopped, tuple(_written(process, below)))


def _written(process: psutil.Process, below: str) -> Iterator[OpenFile]:
    """Yield the files a process holds open for writing below a folder, told apart by disk and inode."""
    count = 0
    for file in process.open_files():
        mode = getattr(file, "mode", "")
        if count < MAX_FILES and file.path.startswith(below) and any(letter in mode for letter in "wa+"):
            try:
                facts = os.stat(file.path)
            except OSError:
                continue
            count += 1
            idle_s = max(time.time() - facts.st_mtime, 0.0)
            yield OpenFile(_hash(f"{facts.st_dev}/{facts.st_ino}"), facts.st_size, idle_s)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _hottest() -> float | None:
    """Return the highest sensible temperature; None on machines without sensors."""
    read = getattr(psutil, "sensors_temperatures", dict)
    seen = [sensor.current for group in read().values() for sensor in group if 0 < sensor.current < 150]
    return max(seen, default=None)


def _text(path: Path) -> str:
    try:
        return path.read_bytes()[:200].decode("utf-8", "replace").strip("\0\n ")
    except OSError:
        return ""
