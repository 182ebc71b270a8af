"""Every driver of the catalogue on a bench: its settings, and links that replay what a real peer once said."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_drivers.api import Driver
from device_drivers.catalog import load
from device_drivers.links import DiskSample, HttpAnswer, MachineSample, Nameplate, OpenFile, ProcessSample
from telemetry.metrics import Value
from telemetry.plan import Activity, Plan, PlannedDevice, PlannedNode, save_plan
from tests.device_drivers.doubles import StubLinks, StubProcesses, StubTcp
from tests.device_drivers.faults import Counting

_TRANSCRIPTS = Path(__file__).parent / "transcripts"

T0 = 1_795_000_000_000


@dataclass
class Look:
    """One recorded look: what the peer said, and what it amounts to."""

    at_s: float
    said: dict[str, Any]
    state: str
    cause: str
    values: dict[str, Value]


@dataclass
class Bench:
    """A driver with its links in hand."""

    key: str
    links: StubLinks
    settings: dict[str, Value]
    looks: list[Look]

    def open(self) -> Driver:
        return load(self.key).open(self.settings, Counting(self.links, None))

    def replay(self) -> Iterator[Look]:
        """Let the links say what the peer said, look after look."""
        for look in self.looks:
            self.links.seconds = 1_000.0 + look.at_s
            self.links.ms = T0 + int(look.at_s * 1000)
            set_up(self.links, look.said)
            yield look


def bench(key: str, folder: Path) -> Bench:
    """Set up one driver."""
    if key.startswith("simulated_"):
        return _simulated(key, folder)
    raw = json.loads((_TRANSCRIPTS / f"{key}.json").read_text(encoding="utf-8"))
    looks = [Look(one["at_s"], one, one["state"], one["cause"], one["values"]) for one in raw["looks"]]
    return Bench(key, StubLinks(), raw["settings"], looks)


def _simulated(key: str, folder: Path) -> Bench:
    jobs = tuple(Activity(T0 + n * 7_200_000, T0 + n * 7_200_000 + 3_600_000, out) for n, out in enumerate(_OUTCOMES))
    device = PlannedDevice("d1", key.removeprefix("simulated_"), "Acme", "One", "SN-77", "1.0", (), jobs)
    path = folder / "plan.json"
    save_plan(Plan("127.0.0.1", 1883, T0, T0, (PlannedNode("n-1", "s-1", (device,)),)), path)
    looks = [Look(minute * 60.0, {}, "", "", {}) for minute in range(0, 600, 25)]
    return Bench(key, StubLinks(), {"plan": str(path), "device": "d1"}, looks)


_OUTCOMES = ("done", "failed", "done", "fault")


def set_up(links: StubLinks, said: Mapping[str, Any]) -> None:
    """Put what a peer said into the links."""
    if "answers" in said:
        links.answers = http_answers(said["answers"])
    if "lines" in said:
        links.device = TcpReplay(said["lines"]).device()
    if "serial" in said:
        replay_serial(links, said["serial"])
    if "samples" in said:
        links.computer = samples(said["samples"])


class HttpReplay:
    """Answers paths as recorded; what was never asked is not there."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def __call__(self, path: str, body: Mapping[str, object] | None) -> HttpAnswer:
        status, said = self._answers.get(path, (404, None))
        return HttpAnswer(status, said)


def http_answers(answers: Mapping[str, Any]) -> HttpReplay:
    return HttpReplay(answers)


class TcpReplay:
    """Answers each line as recorded, the greeting first; any question may be the first and then comes signed."""

    def __init__(self, lines: list[list[str]]) -> None:
        said = [line for way, line in lines if way == "<"]
        asked = [line for way, line in lines if way == ">"]
        self._greeting = said[0].encode() if said else None
        self._table = _LASTING | {line[line.find("%") :]: back for line, back in zip(asked, said[1:], strict=False)}
        self._signature = asked[0][: asked[0].find("%")] if asked else ""

    def device(self) -> StubTcp:
        return StubTcp(self._greeting, self._answer)

    def _answer(self, data: bytes) -> bytes | None:
        line = data.decode().rstrip("\r")
        signature, question = line[: line.find("%")], line[line.find("%") :]
        found = self._table.get(question) if signature in ("", self._signature) else "PJLINK ERRA"
        return None if found is None else found.encode()


_LASTING = {
    "%1CLSS ?": "%1CLSS=2",
    "%1INF1 ?": "%1INF1=EPSON",
    "%1INF2 ?": "%1INF2=EB-L735U",
    "%2SNUM ?": "%2SNUM=X8JK0000001",
    "%2SVER ?": "%2SVER=1.00",
}
"""What a driver asks once and a later look has no answer to."""


def replay_serial(links: StubLinks, lines: list[list[str]]) -> None:
    """Let the lines before the first question wait, and let those after each question follow it."""
    answers: dict[str, list[bytes]] = {"M115": [b"ok"], "M78": [b"ok"], "M105": [b"ok"], "M27": [b"ok"]}
    links.waiting.clear()
    target = links.waiting
    for way, line in lines:
        if way == ">":
            target = answers[line] = []
        else:
            target.append(line.encode())
    links.answer_line = lambda data: list(answers[data.decode().strip()])


def samples(said: Mapping[str, Any]) -> StubProcesses:
    computer = StubProcesses()
    if "machine" in said:
        computer.sample = MachineSample(**said["machine"])
    if "nameplate" in said:
        computer.plate = Nameplate(**said["nameplate"])
    if "disk" in said:
        computer.disk_sample = DiskSample(**said["disk"])
    computer.found = tuple(_process(one) for one in said.get("processes", ()))
    return computer


def _process(raw: Mapping[str, Any]) -> ProcessSample:
    return ProcessSample(raw["key"], raw["stopped"], tuple(OpenFile(**file) for file in raw["writing"]))
