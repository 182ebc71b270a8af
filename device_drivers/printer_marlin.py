"""A 3D printer with Marlin firmware or a relative on a serial port of this box, printing from its own card.

Only questions are sent (M105, M27, M78, M115). A printer that OctoPrint or another host drives belongs to that host:
the port is then held and the link is lost, which is no fault. Opening a port can reset a board, so it is opened once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from device_drivers import measures
from device_drivers.api import Driver as DriverContract
from device_drivers.api import DriverEntry, Identity, Reading, Settings
from device_drivers.errors import BadAnswer, CommandRefused, InvalidSettings, LinkLost
from device_drivers.identifiers import serial_or_nothing
from device_drivers.links import Links, SerialLink
from device_drivers.marlin_protocol import (
    Heat,
    fault,
    fields,
    filament_m,
    halts,
    heaters,
    is_ok,
    progress,
    shows_life,
)
from device_drivers.meters import HourMeter
from device_drivers.orders import admit
from device_drivers.settings import check, number_of, text_of
from telemetry.manifest import Manifest, SettingSpec, Titles
from telemetry.metrics import Value
from telemetry.states import DeviceState

BY_ID = "/dev/serial/by-id/"
ANSWER_S = 5.0
LOOK_S = 12.0
BOOT_S = 3.0
WARM_WITHIN = 5.0

MANIFEST = Manifest(
    key="printer_marlin",
    kind="printer_3d",
    link="serial",
    titles=Titles("三维打印机（串口 Marlin）", "3D printer (Marlin, serial)"),
    metrics=(
        measures.NOZZLE,
        measures.NOZZLE_TARGET,
        measures.BED,
        measures.BED_TARGET,
        measures.PROGRESS,
        measures.HOURS,
        measures.JOBS_FINISHED,
        measures.JOBS_FAILED,
        measures.FILAMENT,
        measures.EPOCH,
    ),
    settings=(
        SettingSpec("port", "text", Titles("串口（by-id）", "Port (by id)"), required=True),
        SettingSpec("baud", "integer", Titles("波特率", "Baud rate"), 115200, 2400, 2_000_000),
        SettingSpec("make", "text", Titles("品牌", "Make"), ""),
        SettingSpec("model", "text", Titles("型号", "Model"), ""),
        SettingSpec("serial", "text", Titles("铭牌序列号", "Serial on the nameplate"), ""),
    ),
)


@dataclass(slots=True)
class Job:
    """The job from the card: how far it is, in bytes, and whether its heaters were warm once."""

    at: int
    size: int
    warm: bool = False

    @property
    def share(self) -> float:
        """Tell how much of it is done, 0 to 1."""
        return min(self.at / self.size, 1.0) if self.size else 0.0


class Driver:
    """Asks one printer; a question in flight is never followed by another before its `ok`."""

    def __init__(self, link: SerialLink, settings: Settings, links: Links) -> None:
        self._link, self._settings, self._links = link, settings, links
        self._hours = HourMeter()
        self._identity: Identity | None = None
        self._heat: dict[str, Heat] = {}
        self._job: Job | None = None
        self._fault = ""
        self._done_heard = False
        self._in_flight = False
        self._finished = self._failed = 0
        self._filament: float | None = None
        self._run = 0
        self._epoch = links.wall_ms()

    def read(self) -> Reading:
        """Ask how warm it is and how far the card's job is.

        Raises: LinkLost, BadAnswer when it does not answer.
        """
        try:
            return self._look()
        except LinkLost:
            self._identity, self._in_flight = None, False
            raise
        except BadAnswer:
            if not self._fault:
                raise
            return self._reading(DeviceState.FAULT)

    def _look(self) -> Reading:
        before, self._fault = self._fault, self._fault if halts(self._fault) else ""
        end = self._links.monotonic() + LOOK_S
        if self._identity is None:
            self._identify(end)
        busy = self._ask("M105", end) is None or not self._ask_progress(end)
        if self._fault or (busy and before):
            self._fault = self._fault or before
            return self._reading(DeviceState.FAULT)
        return self._reading(self._state(busy))

    def _ask_progress(self, end: float) -> bool:
        answer = self._ask("M27", end)
        if answer is None:
            return False
        found = next((found for line in answer if (found := progress(line))), None)
        if found is not None:
            self._job = Job(*found, warm=self._job.warm if self._job else False)
        elif self._job is not None:
            self._end_job(self._done_heard or self._job.share >= 0.99)
            self._ask_filament(end)
        self._done_heard = False
        return True

    def _end_job(self, finished: bool) -> None:
        self._finished += finished
        self._failed += not finished
        self._job = None

    def _ask_filament(self, end: float) -> None:
        """Ask a printer that keeps a print counter for it; most do not, and answer just `ok`."""
        for line in self._ask("M78", end) or ():
            used = filament_m(line)
            if used is not None:
                self._run += self._filament is not None and used < self._filament
                self._filament = used

    def _identify(self, end: float) -> None:
        """Let a board that was reset by the opening come up, then ask who it is."""
        booted = self._links.monotonic() + BOOT_S
        while (now := self._links.monotonic()) < booted:
            line = self._link.receive_line(booted - now)
            self._hear((line or b"").decode("utf-8", "replace"))
        said: dict[str, str] = {}
        for answer in self._ask("M115", end) or ():
            said |= {} if answer.startswith("Cap:") else fields(answer)
        make, model, serial = (text_of(self._settings, name) for name in ("make", "model", "serial"))
        serial = serial or serial_or_nothing(said.get("UUID", ""))
        self._identity = Identity(make, model or said.get("MACHINE_TYPE", ""), serial, said.get("FIRMWARE_NAME", ""))
        self._ask_filament(end)

    def _ask(self, question: str, end: float) -> list[str] | None:
        """Send a question and return the lines of its answer; None while the printer is busy with something long.

        Raises: LinkLost, BadAnswer.
        """
        if self._in_flight:
            self._listen(end)
            if self._in_flight:
                return None
        self._drain()
        self._link.send(question.encode() + b"\n")
        self._in_flight = True
        return self._listen(end)

    def _drain(self) -> None:
        """Take in what came unasked, at most a few hundred lines."""
        for _ in range(200):
            line = self._link.receive_line(0.02)
            if line is None:
                return
            self._hear(line.decode("utf-8", "replace"))

    def _listen(self, end: float) -> list[str] | None:
        """Collect lines up to the `ok`; None when it has not come and the printer says that it works on something."""
        lines: list[str] = []
        alive, end = False, min(end, self._links.monotonic() + ANSWER_S)
        while (left := end - self._links.monotonic()) > 0:
            raw = self._link.receive_line(left)
            line = (raw or b"").decode("utf-8", "replace").strip()
            self._hear(line)
            lines.append(line)
            alive = alive or shows_life(line)
            if is_ok(line):
                self._in_flight = False
                return lines
        if alive:
            return None
        self._in_flight = False
        raise BadAnswer("the printer does not answer")

    def _hear(self, line: str) -> None:
        """Take note of what a line says, whoever asked."""
        self._heat |= heaters(line, self._heat)
        words = fault(line)
        self._fault = self._fault or words
        if line.strip() == "start":
            self._fault = ""
            if self._job is not None:
                # A board that was reset goes on to claim that the file is done; the job ended here, unfinished.
                self._end_job(finished=False)
        elif line.startswith("Done printing file"):
            self._done_heard = True

    def _state(self, busy: bool) -> DeviceState:
        """Judge by job and heaters; a printer too busy to answer is not idle: it heats or homes."""
        wanted = [heat for heat in self._heat.values() if heat.target > 0]
        if self._job is None:
            return DeviceState.SETUP if wanted or busy else DeviceState.STANDBY
        nozzle = self._heat.get("T")
        hot = nozzle is not None and nozzle.target > 0
        self._job.warm = self._job.warm or (hot and all(one.actual >= one.target - WARM_WITHIN for one in wanted))
        cold_job = not wanted and self._job.share > 0
        return DeviceState.IN_USE if self._job.warm or cold_job else DeviceState.SETUP

    def _reading(self, state: DeviceState) -> Reading:
        values: dict[str, Value] = {
            measures.HOURS.name: self._hours.count(state, self._links.monotonic()),
            measures.JOBS_FINISHED.name: self._finished,
            measures.JOBS_FAILED.name: self._failed,
            measures.EPOCH.name: f"{self._epoch}-{self._run}",
        }
        for letter, actual, target in (
            ("T", measures.NOZZLE, measures.NOZZLE_TARGET),
            ("B", measures.BED, measures.BED_TARGET),
        ):
            heat = self._heat.get(letter)
            if heat is not None and -50 <= heat.actual <= 500:
                values |= {actual.name: heat.actual, target.name: max(heat.target, 0.0)}
        if self._job is not None:
            values[measures.PROGRESS.name] = round(100 * self._job.share, 1)
        if self._filament is not None:
            values[measures.FILAMENT.name] = self._filament
        return Reading(state, values, self._fault if state is DeviceState.FAULT else "", self._identity)

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        """Refuse: nothing is heated, moved, started or ended over a serial port.

        Raises: CommandRefused.
        """
        admit(MANIFEST, verb, args, self._links)
        raise CommandRefused(verb)

    def close(self) -> None:
        """Let go of the port."""
        self._link.close()


def _open(settings: Settings, links: Links) -> DriverContract:
    checked = check(MANIFEST, settings)
    port = text_of(checked, "port")
    if not port.startswith(BY_ID) or ".." in port:
        raise InvalidSettings(f"port is a stable name under {BY_ID}, so that no other board is opened by mistake")
    return Driver(links.serial(port, int(number_of(checked, "baud"))), checked, links)


ENTRY = DriverEntry(MANIFEST, _open)
