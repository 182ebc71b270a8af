"""Any recording program on this computer, known by its command line and by the file it writes (psutil).

A recorder records when a file under its folder is open for writing and grows. A program that sleeps between frames
looks idle, and one that hangs still holds its file, so growth is the judge. Observed with ffmpeg 5.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from device_drivers import measures
from device_drivers.api import Driver as DriverContract
from device_drivers.api import DriverEntry, Reading, Settings
from device_drivers.errors import CommandRefused
from device_drivers.links import DiskSample, Links, OpenFile, ProcessLink, ProcessSample
from device_drivers.meters import HourMeter
from device_drivers.orders import admit
from device_drivers.settings import check, flag_of, number_of, text_of
from telemetry.manifest import Manifest, SettingSpec, Titles
from telemetry.metrics import Value
from telemetry.states import DeviceState

GB = 1_000_000_000

MANIFEST = Manifest(
    key="recorder_process",
    kind="recorder",
    link="process",
    titles=Titles("录制程序", "Recording program"),
    metrics=(
        measures.RECORDING,
        measures.RECORDED_SECONDS,
        measures.DISK,
        measures.DISK_FREE,
        measures.HOURS,
        measures.RECORDINGS,
        measures.EPOCH,
    ),
    settings=(
        SettingSpec("match", "text", Titles("命令行包含", "Command line contains"), required=True),
        SettingSpec("folder", "text", Titles("录像目录", "Folder of the recordings"), required=True),
        SettingSpec("stall_seconds", "integer", Titles("多久不写入算故障（秒）", "Stalled after (s)"), 20, 5, 600),
        SettingSpec("always_running", "flag", Titles("程序应常驻", "The program should always run"), False),
        SettingSpec("disk_floor_gb", "number", Titles("最低剩余空间（GB）", "Least disk space (GB)"), 2, 0, 100_000),
    ),
    shares_power=True,
)


@dataclass(slots=True)
class Episode:
    """What one process records: the sizes of its open files, and when any of them last grew."""

    sizes: dict[str, int]
    opened_at: float
    began_at: float
    grew_at: float | None


@dataclass(slots=True)
class Ledger:
    """The recordings under way, one a process, and how many are done.

    A recorder that cuts its file into segments has one recording, not one a segment.
    """

    episodes: dict[str, Episode] = field(default_factory=dict)
    finished: int = 0

    def see(self, found: tuple[ProcessSample, ...], now: float, stall_s: float) -> None:
        """Take in what is open now; a process that wrote and holds no file any longer has made one recording."""
        writing = {one.key: one for one in found if one.writing}
        for key in self.episodes.keys() - writing.keys():
            self.finished += self.episodes.pop(key).grew_at is not None
        for key, one in writing.items():
            self._measure(key, one.writing, now, stall_s)

    def _measure(self, key: str, files: tuple[OpenFile, ...], now: float, stall_s: float) -> None:
        sizes = {file.key: file.size for file in files}
        episode = self.episodes.get(key)
        if episode is None:
            fresh = [file.idle_s for file in files if file.size > 0 and file.idle_s <= stall_s]
            self.episodes[key] = Episode(sizes, now, now, now - min(fresh) if fresh else None)
            return
        if any(size > episode.sizes.get(file, 0) for file, size in sizes.items()):
            episode.began_at = now if episode.grew_at is None else episode.began_at
            episode.grew_at = now
        episode.sizes = sizes

    def growing_since(self, now: float, stall_s: float) -> float | None:
        """Tell since when the longest of the recordings that grow has been growing; None when none does."""
        live = [e.began_at for e in self.episodes.values() if e.grew_at is not None and now - e.grew_at <= stall_s]
        return min(live, default=None)

    def waiting(self, now: float, stall_s: float) -> bool:
        """Tell whether a file was opened so lately that it need not have grown yet."""
        return any(e.grew_at is None and now - e.opened_at <= stall_s for e in self.episodes.values())


class Driver:
    """Watches the program a technician named."""

    def __init__(self, link: ProcessLink, settings: Settings, links: Links) -> None:
        self._link = link
        self._links = links
        self._match, self._folder = text_of(settings, "match"), text_of(settings, "folder")
        self._stall_s = number_of(settings, "stall_seconds")
        self._resident = flag_of(settings, "always_running")
        self._floor = number_of(settings, "disk_floor_gb") * GB
        self._ledger = Ledger()
        self._hours = HourMeter()
        self._epoch = str(links.wall_ms())

    def read(self) -> Reading:
        """Look for the program and at what it writes.

        Raises: LinkLost when the folder is gone or the program may not be looked into.
        """
        now = self._links.monotonic()
        found, disk = self._link.processes(self._match, self._folder), self._link.disk(self._folder)
        self._ledger.see(found, now, self._stall_s)
        state, cause = self._judge(found, disk, now)
        return Reading(state, self._values(state, disk, now), cause)

    def _judge(self, found: tuple[ProcessSample, ...], disk: DiskSample, now: float) -> tuple[DeviceState, str]:
        if self._ledger.episodes:
            return self._judge_recording(found, now)
        if not found and self._resident:
            return DeviceState.FAULT, "the recording program is not running"
        if disk.free < self._floor:
            return DeviceState.FAULT, f"only {disk.free / GB:.1f} GB are left for recordings"
        return DeviceState.STANDBY, ""

    def _judge_recording(self, found: tuple[ProcessSample, ...], now: float) -> tuple[DeviceState, str]:
        if all(one.stopped for one in found if one.writing):
            return DeviceState.FAULT, "the recording program is suspended while its file is open"
        if self._ledger.growing_since(now, self._stall_s) is not None:
            return DeviceState.IN_USE, ""
        if self._ledger.waiting(now, self._stall_s):
            return DeviceState.SETUP, ""
        return DeviceState.FAULT, f"the recording has not grown for {self._stall_s:.0f} s"

    def _values(self, state: DeviceState, disk: DiskSample, now: float) -> dict[str, Value]:
        since = self._ledger.growing_since(now, self._stall_s)
        recording = state is DeviceState.IN_USE and since is not None
        return {
            measures.RECORDING.name: recording,
            measures.RECORDED_SECONDS.name: round(now - since, 1) if recording and since is not None else 0.0,
            measures.DISK.name: disk.used_percent,
            measures.DISK_FREE.name: round(disk.free / GB, 2),
            measures.HOURS.name: self._hours.count(state, now),
            measures.RECORDINGS.name: self._ledger.finished,
            measures.EPOCH.name: self._epoch,
        }

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        """Refuse: a recording is never started or ended from afar by this driver.

        Raises: CommandRefused.
        """
        admit(MANIFEST, verb, args, self._links)
        raise CommandRefused(verb)

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _open(settings: Settings, links: Links) -> DriverContract:
    return Driver(links.process(), check(MANIFEST, settings), links)


ENTRY = DriverEntry(MANIFEST, _open)
