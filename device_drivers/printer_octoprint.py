"""A 3D printer behind OctoPrint's REST interface (OctoPrint 1.11, docs.octoprint.org/en/master/api).

The key should be an application key that may read the status and the file list, nothing else. File names serve to ask
OctoPrint for a job's outcome and go nowhere else.
"""

from collections.abc import Mapping
from urllib.parse import quote

from device_drivers import measures
from device_drivers.answers import number, part, text
from device_drivers.api import Driver as DriverContract
from device_drivers.api import DriverEntry, Identity, Reading, Settings
from device_drivers.errors import BadAnswer, CommandRefused
from device_drivers.links import HttpAnswer, HttpLink, Links
from device_drivers.meters import HourMeter
from device_drivers.octoprint_jobs import FileRecord, Heat, JobCounter, warmed_up
from device_drivers.orders import admit
from device_drivers.settings import check, flag_of, text_of
from telemetry.manifest import CommandSpec, Manifest, SettingSpec, Titles
from telemetry.metrics import Value
from telemetry.states import DeviceState

REMAINING = measures.gauge("Time Remaining", "剩余时间", "Time remaining", "s", 0)

MANIFEST = Manifest(
    key="printer_octoprint",
    kind="printer_3d",
    link="http",
    titles=Titles("三维打印机（OctoPrint）", "3D printer (OctoPrint)"),
    metrics=(
        measures.NOZZLE,
        measures.NOZZLE_TARGET,
        measures.BED,
        measures.BED_TARGET,
        measures.PROGRESS,
        REMAINING,
        measures.HOURS,
        measures.JOBS_FINISHED,
        measures.JOBS_FAILED,
        measures.FILAMENT,
        measures.EPOCH,
    ),
    settings=(
        SettingSpec("url", "text", Titles("OctoPrint 地址", "Address of OctoPrint"), required=True),
        SettingSpec("api_key", "secret", Titles("应用密钥", "Application key"), required=True),
        SettingSpec("make", "text", Titles("品牌", "Make"), ""),
        SettingSpec("model", "text", Titles("型号", "Model"), ""),
        SettingSpec("serial", "text", Titles("铭牌序列号", "Serial on the nameplate"), ""),
        SettingSpec("offline_is_off", "flag", Titles("断开即视为关机", "Disconnected means switched off"), False),
    ),
    commands=(
        CommandSpec("pause", Titles("暂停打印", "Pause the print"), hazardous=True),
        CommandSpec("resume", Titles("继续打印", "Resume the print"), hazardous=True),
        CommandSpec("cancel", Titles("取消打印", "Cancel the print"), hazardous=True),
    ),
)

_BUSY = ("Printing", "Pausing", "Paused", "Resuming", "Finishing", "Cancelling", "Starting", "Transferring")
_CONNECTING = ("Opening serial", "Detecting", "Connecting")

_ORDERS: dict[str, dict[str, object]] = {
    "pause": {"command": "pause", "action": "pause"},
    "resume": {"command": "pause", "action": "resume"},
    "cancel": {"command": "cancel"},
}


class Driver:
    """Asks one OctoPrint about its one printer."""

    def __init__(self, link: HttpLink, settings: Settings, links: Links) -> None:
        self._link = link
        self._links = links
        self._settings = settings
        self._jobs = JobCounter(self._record)
        self._hours = HourMeter()
        self._epoch = str(links.wall_ms())
        self._version: str | None = None

    def read(self) -> Reading:
        """Ask for job, temperatures and, where something broke, the error.

        Raises: LinkLost, BadAnswer.
        """
        answer = self._link.get_json("/api/job")
        if answer.status in (401, 403):
            return Reading(DeviceState.UNKNOWN, cause="OctoPrint refuses the application key")
        job = _body(answer)
        state, cause, values = self._judge(job, text(job, "state"))
        self._jobs.settle()
        values |= {
            measures.HOURS.name: self._hours.count(state, self._links.monotonic()),
            measures.JOBS_FINISHED.name: self._jobs.finished,
            measures.JOBS_FAILED.name: self._jobs.failed,
            measures.FILAMENT.name: round(self._jobs.filament_m, 3),
            measures.EPOCH.name: self._epoch,
        }
        return Reading(state, values, cause, self._identity())

    def _judge(self, job: object, says: str) -> tuple[DeviceState, str, dict[str, Value]]:
        if says.startswith(_BUSY):
            return self._judge_job(job)
        self._jobs.idle()
        if "error" in says.lower():
            return DeviceState.FAULT, self._error(says), {}
        if says.startswith("Operational"):
            nozzle, bed, values = self._temperatures()
            heating = any(heater is not None and heater.target > 0 for heater in (nozzle, bed))
            return DeviceState.SETUP if heating else DeviceState.STANDBY, "", values
        if says.startswith(("Offline", "Closed")):
            off = flag_of(self._settings, "offline_is_off")
            cause = "" if off else "OctoPrint is not connected to the printer"
            return DeviceState.OFF if off else DeviceState.UNKNOWN, cause, {}
        if says.startswith(_CONNECTING):
            return DeviceState.UNKNOWN, "OctoPrint is connecting to the printer", {}
        return DeviceState.UNKNOWN, f"OctoPrint says {says or 'nothing'}", {}

    def _judge_job(self, job: object) -> tuple[DeviceState, str, dict[str, Value]]:
        done = number(job, "progress", "completion", low=0, high=100) or 0.0
        elapsed = number(job, "progress", "printTime", low=0, high=1e8) or 0.0
        origin, path = _text(job, "origin"), _text(job, "path")
        running = self._jobs.running(origin, path, done / 100)
        nozzle, bed, values = self._temperatures()
        values[measures.PROGRESS.name] = round(done, 1)
        left = number(job, "progress", "printTimeLeft", low=0, high=1e8)
        if left is not None:
            values[REMAINING.name] = left
        warm = warmed_up(running, nozzle, bed, elapsed)
        return DeviceState.IN_USE if warm else DeviceState.SETUP, "", values

    def _temperatures(self) -> tuple[Heat | None, Heat | None, dict[str, Value]]:
        """Ask how warm it is; 409 means that the printer went away between two questions."""
        answer = self._link.get_json("/api/printer?exclude=sd")
        if answer.status == 409:
            return None, None, {}
        body = _body(answer)
        tool, bed = _heat(body, "tool0"), _heat(body, "bed")
        values: dict[str, Value] = {}
        if tool is not None:
            values |= {measures.NOZZLE.name: tool.actual, measures.NOZZLE_TARGET.name: tool.target}
        if bed is not None:
            values |= {measures.BED.name: bed.actual, measures.BED_TARGET.name: bed.target}
        return tool, bed, values

    def _error(self, says: str) -> str:
        answer = self._link.get_json("/api/printer/error")
        return (text(answer.body, "error") if answer.status == 200 else "") or says

    def _record(self, origin: str, path: str) -> FileRecord | None:
        if origin not in ("local", "sdcard") or not path:
            return None
        answer = self._link.get_json(f"/api/files/{origin}/{quote(path)}")
        if answer.status != 200:
            return None
        success = number(answer.body, "prints", "success", low=0, high=1e9) or 0
        failure = number(answer.body, "prints", "failure", low=0, high=1e9) or 0
        return FileRecord(int(success), int(failure), _filament_m(answer.body))

    def _identity(self) -> Identity:
        if self._version is None:
            answer = self._link.get_json("/api/version")
            self._version = text(answer.body, "text", limit=60) if answer.status == 200 else ""
        make, model, serial = (text_of(self._settings, name) for name in ("make", "model", "serial"))
        return Identity(make, model, serial, self._version)

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        """Pause, resume or cancel the running print, with consent.

        Raises: NotConsented, CommandRefused, LinkLost, BadAnswer.
        """
        admit(MANIFEST, verb, args, self._links)
        answer = self._link.post_json("/api/job", _ORDERS[verb])
        if answer.status == 409:
            raise CommandRefused("no print is running")
        if answer.status in (401, 403):
            raise CommandRefused("the application key does not allow it")
        if answer.status not in (200, 204):
            raise BadAnswer(f"OctoPrint answered {answer.status}")
        return f"{verb} accepted by OctoPrint"

    def close(self) -> None:
        """Let go of the link."""
        self._link.close()


def _body(answer: HttpAnswer) -> Mapping[str, object]:
    if answer.status != 200 or not isinstance(answer.body, dict):
        raise BadAnswer(f"OctoPrint answered {answer.status} without what was asked for")
    return answer.body


def _text(job: object, name: str) -> str:
    """Return a file's origin or path as it is, for asking back; it is published nowhere."""
    found = part(job, "job", "file", name)
    return found if isinstance(found, str) and len(found) <= 1000 and found.isprintable() else ""


def _heat(body: object, heater: str) -> Heat | None:
    actual = number(body, "temperature", heater, "actual", low=-100, high=2000)
    if actual is None:
        return None
    return Heat(actual, number(body, "temperature", heater, "target", low=0, high=2000) or 0.0)


def _filament_m(file: object) -> float | None:
    """Add up the filament of all tools by OctoPrint's analysis of the file; None before it is analyzed."""
    tools = part(file, "gcodeAnalysis", "filament")
    if not isinstance(tools, dict):
        return None
    lengths = [number(tool, "length", low=0, high=1e8) for tool in tools.values()]
    known = [length for length in lengths if length is not None]
    return sum(known) / 1000 if known else None


def _open(settings: Settings, links: Links) -> DriverContract:
    checked = check(MANIFEST, settings)
    link = links.http(text_of(checked, "url"), {"X-Api-Key": text_of(checked, "api_key")})
    return Driver(link, checked, links)


ENTRY = DriverEntry(MANIFEST, _open)
