"""A projector that speaks PJLink class 1 or 2 over TCP, port 4352 (JBMIA, PJLink Specifications 2.10).

In use is a picture: power on, picture not muted, and a signal where the projector can tell (class 2).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from device_drivers import measures
from device_drivers.api import Driver as DriverContract
from device_drivers.api import DriverEntry, Identity, Reading, Settings
from device_drivers.errors import BadAnswer, CommandRefused, LinkLost
from device_drivers.identifiers import serial_or_nothing
from device_drivers.links import Links, TcpLink
from device_drivers.meters import HourMeter
from device_drivers.orders import admit
from device_drivers.pjlink_protocol import ENDING, PORT, Conversation, Refusal, WrongPassword
from device_drivers.settings import check, number_of, text_of
from telemetry.manifest import CommandSpec, Manifest, SettingSpec, Titles
from telemetry.metrics import Value
from telemetry.states import DeviceState

FILTER_HOURS = measures.gauge("Filter Hours", "滤网时数", "Filter hours", "h", 0)
POWER = measures.words("Power", "电源状态", "Power")
INPUT = measures.words("Input", "输入源", "Input")
MUTED = measures.flag("Picture Muted", "画面遮黑", "Picture muted")

MANIFEST = Manifest(
    key="projector_pjlink",
    kind="projector",
    link="tcp",
    titles=Titles("投影机（PJLink）", "Projector (PJLink)"),
    metrics=(
        POWER,
        INPUT,
        MUTED,
        measures.SIGNAL,
        measures.WARNINGS,
        FILTER_HOURS,
        measures.HOURS,
        measures.LAMP_HOURS,
        measures.EPOCH,
    ),
    settings=(
        SettingSpec("host", "text", Titles("地址", "Address"), required=True),
        SettingSpec("port", "integer", Titles("端口", "Port"), PORT, 1, 65535),
        SettingSpec("password", "secret", Titles("PJLink 密码", "PJLink password"), ""),
        SettingSpec("serial", "text", Titles("铭牌序列号", "Serial on the nameplate"), ""),
    ),
    commands=(
        CommandSpec("power_off", Titles("关机", "Switch off"), hazardous=True),
        CommandSpec("power_on", Titles("开机", "Switch on"), hazardous=True),
    ),
)

_POWER = {"0": "standby", "1": "on", "2": "cooling", "3": "warming"}
_PARTS = ("fan", "lamp", "temperature", "cover", "filter", "other")
_PICTURE_MUTED = ("11", "31")


class Driver:
    """Dials a projector, asks, and hangs up: many serve one client only."""

    def __init__(self, link: TcpLink, settings: Settings, links: Links) -> None:
        self._link = link
        self._links = links
        self._password = text_of(settings, "password")
        self._serial = text_of(settings, "serial")
        self._identity: Identity | None = None
        self._class = 1
        self._hours = HourMeter()
        self._lamp: int | None = None
        self._epoch = links.wall_ms()

    def read(self) -> Reading:
        """Ask for power, errors, lamp and picture.

        Raises: LinkLost, BadAnswer.
        """
        try:
            with self._conversation() as talk:
                self._identify(talk)
                reading = self._look(talk)
        except LinkLost:
            self._identity = None
            raise
        except WrongPassword:
            return Reading(DeviceState.UNKNOWN, cause="the projector refuses the PJLink password")
        hours = self._hours.count(reading.state, self._links.monotonic())
        counters: dict[str, Value] = {measures.HOURS.name: hours, measures.EPOCH.name: str(self._epoch)}
        return Reading(reading.state, {**reading.values, **counters}, reading.cause, self._identity)

    @contextmanager
    def _conversation(self) -> Iterator[Conversation]:
        with self._link.session() as session:
            yield Conversation(session, self._password)

    def _identify(self, talk: Conversation) -> None:
        """Ask who it is, once for as long as it can be reached: behind an address another may stand later."""
        if self._identity is not None:
            return
        self._class = 2 if talk.ask("CLSS") == "2" else 1
        make, model = _said(talk.ask("INF1")), _said(talk.ask("INF2"))
        serial, firmware = self._serial, ""
        if self._class == 2:
            serial = self._serial or serial_or_nothing(_said(talk.ask("SNUM", pj_class=2)))
            firmware = _said(talk.ask("SVER", pj_class=2))
        self._identity = Identity(make, model, serial, firmware)

    def _look(self, talk: Conversation) -> Reading:
        power = talk.ask("POWR")
        if power is Refusal.FAILURE:
            return Reading(DeviceState.FAULT, cause="ERR4: projector or display failure")
        if not isinstance(power, str) or power not in _POWER:
            raise BadAnswer("the power state makes no sense")
        errors, warnings = _errors(talk.ask("ERST"))
        values: dict[str, Value] = {POWER.name: _POWER[power], measures.WARNINGS.name: ", ".join(warnings)}
        values |= self._lamp_hours(talk.ask("LAMP")) | self._filter_hours(talk)
        picture = False
        if power == "1":
            seen = self._picture(talk)
            values |= seen
            picture = not seen[MUTED.name] and seen.get(measures.SIGNAL.name) is not False
        return _judged(power, picture, errors, values)

    def _lamp_hours(self, answer: str | Refusal) -> dict[str, Value]:
        """Read the hours of the oldest lamp; fewer than before is a new lamp and a new run of counters."""
        words = answer.split() if isinstance(answer, str) else []
        hours = [int(word) for word in words[::2] if word.isdecimal() and word.isascii() and len(word) <= 6]
        if not hours:
            return {}
        oldest = max(hours)
        if self._lamp is not None and oldest < self._lamp:
            self._epoch = max(self._links.wall_ms(), self._epoch + 1)
        self._lamp = oldest
        return {measures.LAMP_HOURS.name: oldest}

    def _filter_hours(self, talk: Conversation) -> dict[str, Value]:
        answer = talk.ask("FILT", pj_class=2) if self._class == 2 else Refusal.UNDEFINED
        if isinstance(answer, str) and answer.isdecimal() and answer.isascii() and len(answer) <= 6:
            return {FILTER_HOURS.name: float(answer)}
        return {}

    def _picture(self, talk: Conversation) -> dict[str, Value]:
        """Ask what a projector that is on shows; without class 2 nothing is said about the signal."""
        seen: dict[str, Value] = {MUTED.name: talk.ask("AVMT") in _PICTURE_MUTED}
        source = talk.ask("INPT")
        if isinstance(source, str):
            seen[INPUT.name] = source[:8]
        resolution = talk.ask("IRES", pj_class=2) if self._class == 2 else Refusal.UNDEFINED
        if isinstance(resolution, str):
            seen[measures.SIGNAL.name] = resolution != "-"
        return seen

    def perform(self, verb: str, args: Mapping[str, Value]) -> str:
        """Switch on or off with consent, never while the lamp warms or cools.

        Raises: NotConsented, CommandRefused, LinkLost, BadAnswer.
        """
        admit(MANIFEST, verb, args, self._links)
        try:
            with self._conversation() as talk:
                if talk.ask("POWR") not in ("0", "1"):
                    raise CommandRefused("the lamp is warming or cooling: wait until it is done")
                answer = talk.ask("POWR", "1" if verb == "power_on" else "0")
        except WrongPassword:
            raise CommandRefused("the projector refuses the PJLink password") from None
        if answer != "OK":
            raise CommandRefused(f"the projector answered {_said(answer) or answer}")
        return "accepted; the lamp takes its time"

    def close(self) -> None:
        """Do nothing: each look hangs up."""


def _judged(power: str, picture: bool, errors: list[str], values: dict[str, Value]) -> Reading:
    if errors:
        return Reading(DeviceState.FAULT, values, f"ERST error: {', '.join(errors)}")
    if power in ("2", "3"):
        return Reading(DeviceState.SETUP, values)
    return Reading(DeviceState.IN_USE if picture else DeviceState.STANDBY, values)


def _errors(answer: str | Refusal) -> tuple[list[str], list[str]]:
    """Split ERST's six digits into errors (2) and warnings (1)."""
    digits = answer if isinstance(answer, str) else ""
    marked = list(zip(_PARTS, digits, strict=False))
    return [part for part, digit in marked if digit == "2"], [part for part, digit in marked if digit == "1"]


def _said(answer: str | Refusal) -> str:
    return answer if isinstance(answer, str) else ""


def _open(settings: Settings, links: Links) -> DriverContract:
    checked = check(MANIFEST, settings)
    link = links.tcp(text_of(checked, "host"), int(number_of(checked, "port")), ENDING)
    return Driver(link, checked, links)


ENTRY = DriverEntry(MANIFEST, _open)
