"""The computer the agent runs on: a recording host, a teacher's computer, a lab machine (psutil).

A computer does not say whether a person uses it, so the technician declares the rule: `never` (only figures),
`signed_in` (somebody has a session) or `busy` (load above a threshold for a dwell time).
"""

from collections.abc import Mapping

from device_drivers import measures
from device_drivers.api import Driver as DriverContract
from device_drivers.api import DriverEntry, Identity, Reading, Settings
from device_drivers.errors import CommandRefused, InvalidSettings
from device_drivers.identifiers import one_line, serial_or_nothing
from device_drivers.links import Links, MachineSample, ProcessLink
from device_drivers.meters import HourMeter
from device_drivers.orders import admit
from device_drivers.settings import check, number_of, text_of
from telemetry.manifest import Manifest, SettingSpec, Titles
from telemetry.metrics import Value
from telemetry.states import DeviceState

GB = 1_000_000_000
RULES = ("never", "signed_in", "busy")

UPTIME = measures.gauge("Uptime", "本次开机时长", "Time since start", "s", 0)

MANIFEST = Manifest(
    key="host",
    kind="computer",
    link="process",
    titles=Titles("本机", "This computer"),
    metrics=(
        measures.CPU,
        measures.MEMORY,
        measures.DISK,
        measures.DISK_FREE,
        measures.TEMPERATURE,
        UPTIME,
        measures.HOURS,
        measures.EPOCH,
    ),
    settings=(
        SettingSpec("in_use_when", "text", Titles("何时算使用", "What counts as in use"), "never"),
        SettingSpec("busy_percent", "number", Titles("繁忙阈值（%）", "Busy above (%)"), 40, 1, 100),
        SettingSpec("dwell_seconds", "integer", Titles("持续时间（秒）", "For at least (s)"), 60, 10, 3600),
        SettingSpec("folder", "text", Titles("数据目录", "Folder whose disk is watched"), "/"),
    ),
    shares_power=True,
)


class Dwell:
    """A yes or no that changes only after the other has held for a while."""

    def __init__(self, seconds: float) -> None:
        self.on = False
        self._seconds = seconds
        self._since: float | None = None

    def see(self, on: bool, at_s: float) -> bool:
        """Note what is seen and return what holds."""
        if on == self.on:
            self._since = None
        elif self._since is None:
            self._since = at_s
        elif at_s - self._since >= self._seconds:
            self.on, self._since = on, None
        return self.on


class Driver:
    """Looks at this computer."""

    def __init__(self, link: ProcessLink, settings: Settings, links: Links) -> None:
        self._link = link
        self._links = links
        self._rule = text_of(settings, "in_use_when")
        if self._rule not in RULES:
            raise InvalidSettings(f"in_use_when is one of {', '.join(RULES)}")
        self._busy_percent = number_of(settings, "busy_percent")
        self._folder = text_of(settings, "folder")
        self._busy = Dwell(number_of(settings, "dwell_seconds"))
        self._hours = HourMeter()
        self._epoch = str(links.wall_ms())

    def read(self) -> Reading:
        """Measure once.

        Raises: LinkLost when the watched folder is gone.
        """
        now = self._links.monotonic()
        sample, disk = self._link.machine(), self._link.disk(self._folder)
        state = self._state(sample, now)
        values: dict[str, Value] = {
            measures.CPU.name: round(sample.cpu_percent, 1),
            measures.MEMORY.name: round(sample.memory_percent, 1),
            measures.DISK.name: disk.used_percent,
            measures.DISK_FREE.name: round(disk.free / GB, 2),
            UPTIME.name: round(sample.uptime_s),
            measures.HOURS.name: self._hours.count(state, now),
            measures.EPOCH.name: self._epoch,
        }
        if sample.temperature is not None:
            values[measures.TEMPERATURE.name] = round(sample.temperature, 1)
        return Reading(state, values, identity=self._identity())

    def _state(self, sample: MachineSample, now: float) -> DeviceState:
        busy = self._busy.see(sample.cpu_percent >= self._busy_percent, now)
        used = {"signed_in": sample.signed_in, "busy": busy}.get(self._rule, False)
        return DeviceState.IN_USE if used else DeviceState.STANDBY

    def _identity(self) -> Identity:
        plate = self._link.nameplate()
        return Identity(
            one_line(plate.make), one_line(plate.model), serial_or_nothing(plate.serial), one_line(plate.firmware)
        )

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        """Refuse: what may be asked of the box itself is the agent's own affair.

        Raises: CommandRefused.
        """
        admit(MANIFEST, verb, args, self._links)
        raise CommandRefused(verb)

    def close(self) -> None:
        """Do nothing: there is no connection."""


def _open(settings: Settings, links: Links) -> DriverContract:
    return Driver(links.process(), check(MANIFEST, settings), links)


ENTRY = DriverEntry(MANIFEST, _open)
