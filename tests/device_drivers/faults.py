"""Links that count exchanges and break at one of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

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
from tests.device_drivers.doubles import StubLinks


class Counting:
    """Passes everything on to other links and loses the link at exchange `cut_at` and after, until it is None."""

    def __init__(self, links: StubLinks, cut_at: int | None) -> None:
        self.links = links
        self.cut_at = cut_at
        self.exchanges = 0

    def count(self) -> None:
        """Note an exchange, or break."""
        if self.cut_at is not None and self.exchanges + 1 >= self.cut_at:
            raise LinkLost("unplugged")
        self.exchanges += 1

    def http(self, base_url: str, headers: Mapping[str, str]) -> HttpLink:
        return _Http(self)

    def tcp(self, host: str, port: int, ending: bytes) -> TcpLink:
        return _Tcp(self)

    def serial(self, path: str, baud: int) -> SerialLink:
        return _Serial(self)

    def process(self) -> ProcessLink:
        return _Processes(self)

    def monotonic(self) -> float:
        return self.links.monotonic()

    def wall_ms(self) -> int:
        return self.links.wall_ms()

    def consented(self, verb: str) -> bool:
        return self.links.consented(verb)


class _Http:
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def get_json(self, path: str) -> HttpAnswer:
        self._counting.count()
        return self._counting.links.answers(path, None)

    def post_json(self, path: str, body: Mapping[str, object]) -> HttpAnswer:
        self._counting.count()
        return self._counting.links.answers(path, body)

    def close(self) -> None:
        return


class _Tcp:
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    @contextmanager
    def session(self) -> Iterator[TcpSession]:
        with self._counting.links.device.session() as session:
            yield _Session(self._counting, session)


class _Session:
    def __init__(self, counting: Counting, session: TcpSession) -> None:
        self._counting = counting
        self._session = session

    def send(self, data: bytes) -> None:
        self._session.send(data)

    def receive_line(self) -> bytes:
        self._counting.count()
        return self._session.receive_line()


class _Serial:
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def _link(self) -> SerialLink:
        return self._counting.links.serial("", 0)

    def send(self, data: bytes) -> None:
        self._counting.count()
        self._link().send(data)

    def receive_line(self, seconds: float) -> bytes | None:
        return self._link().receive_line(seconds)

    def close(self) -> None:
        return


class _Processes:
    def __init__(self, counting: Counting) -> None:
        self._counting = counting

    def machine(self) -> MachineSample:
        self._counting.count()
        return self._counting.links.computer.machine()

    def nameplate(self) -> Nameplate:
        self._counting.count()
        return self._counting.links.computer.nameplate()

    def disk(self, folder: str) -> DiskSample:
        self._counting.count()
        return self._counting.links.computer.disk(folder)

    def processes(self, match: str, folder: str) -> tuple[ProcessSample, ...]:
        self._counting.count()
        return self._counting.links.computer.processes(match, folder)
