"""Links that answer what a test wants, for drivers under test."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from device_drivers.errors import LinkLost
from device_drivers.links import (
    DiskSample,
    HttpAnswer,
    HttpLink,
    MachineSample,
    Nameplate,
    ProcessLink,
    ProcessSample,
    SerialLink,
    TcpLink,
    TcpSession,
)

Answers = Callable[[str, Mapping[str, object] | None], HttpAnswer]


@dataclass
class StubHttp:
    """An HTTP server that is a function of path and body."""

    answers: Answers

    def get_json(self, path: str) -> HttpAnswer:
        return self.answers(path, None)

    def post_json(self, path: str, body: Mapping[str, object]) -> HttpAnswer:
        return self.answers(path, body)

    def close(self) -> None:
        return


@dataclass
class StubTcp:
    """A device of lines: a greeting, then an answer to each line sent; None hangs up."""

    greeting: bytes | None
    answer: Callable[[bytes], bytes | None]

    @contextmanager
    def session(self) -> Iterator[TcpSession]:
        yield StubSession(self)


class StubSession:
    def __init__(self, device: StubTcp) -> None:
        self._device = device
        self._waiting: list[bytes | None] = [device.greeting]

    def send(self, data: bytes) -> None:
        self._waiting.append(self._device.answer(data))

    def receive_line(self) -> bytes:
        line = self._waiting.pop(0) if self._waiting else None
        if line is None:
            raise LinkLost("the connection was closed")
        return line


@dataclass
class StubSerial:
    """A device on a serial port: lines that wait, and the lines that follow each line sent; waiting takes its time."""

    waiting: list[bytes]
    answer: Callable[[bytes], list[bytes]]
    links: "StubLinks"

    def send(self, data: bytes) -> None:
        self.waiting.extend(self.answer(data))

    def receive_line(self, seconds: float) -> bytes | None:
        if not self.waiting:
            self.links.advance(max(seconds, 0.001))
            return None
        self.links.advance(0.001)
        return self.waiting.pop(0)

    def close(self) -> None:
        return


@dataclass
class StubProcesses:
    """A computer whose figures a test sets."""

    sample: MachineSample = field(default_factory=lambda: MachineSample(5.0, 40.0, 1_000.0, None, False))
    disk_sample: DiskSample = field(default_factory=lambda: DiskSample(1_000_000_000_000, 400_000_000_000))
    plate: Nameplate = field(default_factory=lambda: Nameplate("Acme", "Box 1", "AC-1234", "1.0"))
    found: tuple[ProcessSample, ...] = ()
    trouble: LinkLost | None = None

    def machine(self) -> MachineSample:
        return self.sample

    def nameplate(self) -> Nameplate:
        return self.plate

    def disk(self, folder: str) -> DiskSample:
        return self.disk_sample

    def processes(self, match: str, folder: str) -> tuple[ProcessSample, ...]:
        if self.trouble is not None:
            raise self.trouble
        return self.found


def silent(path: str, body: Mapping[str, object] | None) -> HttpAnswer:
    raise LinkLost("nothing answers")


@dataclass
class StubLinks:
    """Everything a driver may ask for, in a test's hands; clocks move when told."""

    answers: Answers = silent
    device: StubTcp = field(default_factory=lambda: StubTcp(None, lambda _: None))
    computer: StubProcesses = field(default_factory=StubProcesses)
    seconds: float = 1_000.0
    waiting: list[bytes] = field(default_factory=list)
    answer_line: Callable[[bytes], list[bytes]] = lambda data: []
    ms: int = 1_795_000_000_000
    consents: frozenset[str] = frozenset()

    def http(self, base_url: str, headers: Mapping[str, str]) -> HttpLink:
        return StubHttp(self.answers)

    def tcp(self, host: str, port: int, ending: bytes) -> TcpLink:
        return self.device

    def serial(self, path: str, baud: int) -> SerialLink:
        return StubSerial(self.waiting, lambda data: self.answer_line(data), self)

    def process(self) -> ProcessLink:
        return self.computer

    def monotonic(self) -> float:
        return self.seconds

    def wall_ms(self) -> int:
        return self.ms

    def consented(self, verb: str) -> bool:
        return verb in self.consents

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self.ms += int(seconds * 1000)
