"""Real servers for tests: Mosquitto and PostgreSQL on free loopback ports, stopped at the end."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = 20) -> None:
    """Wait until something accepts connections on the port; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port} after {seconds} s")


def find_program(name: str) -> str:
    """Return a program's path, looking in sbin too; raises FileNotFoundError saying how to get it."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if path is None:
        raise FileNotFoundError(f"{name} is missing: run `make setup`, which installs what the tests need")
    return path


@dataclass
class Broker:
    """A Mosquitto of our own; can be killed and started again on the same port with its data."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_interval 1\nautosave_on_changes true\n"
            "max_queued_messages 0\nmax_queued_bytes 67108864\nmax_inflight_messages 1000\nlog_type error\n"
            "log_dest stderr\nuser root\n",
            encoding="utf-8",
        )
        log = (self.folder / "broker.log").open("ab")
        self.process = subprocess.Popen([find_program("mosquitto"), "-c", str(config)], stdout=log, stderr=log)
        log.close()
        wait_for_port(self.port)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.stop(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None


@contextlib.contextmanager
def running_broker() -> Iterator[Broker]:
    """Run a Mosquitto while the block lasts."""
    with tempfile.TemporaryDirectory(prefix="fleet-broker-") as folder:
        broker = Broker(free_port(), Path(folder))
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()


@dataclass
class Postgres:
    """A PostgreSQL cluster of our own; databases are made from a template."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://fleet@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str) -> None:
        """Run one administrative statement."""
        with psycopg.connect(
            host="127.0.0.1", port=self.port, user="fleet", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        """Start the server and wait until it listens."""
        command = [_postgres_program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"]
        command += ["-c", "max_connections=200"]
        log = (self.folder / "postgres.log").open("ab")
        self.process = subprocess.Popen(_as_postgres(command), stdout=log, stderr=log)
        log.close()
        self._wait_ready()

    def _wait_ready(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server and wait."""
        if self.process is not None:
            postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
            os.kill(postmaster, how)
            self.process.wait(30)
            self.process = None


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL while the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-postgres-"))
    server = Postgres(free_port(), folder)
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data = ["-D", str(folder / "data"), "-U", "fleet", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust"]
        subprocess.run(_as_postgres([_postgres_program("initdb"), *data]), check=True, capture_output=True)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _postgres_program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    return str(installed[-1]) if installed else find_program(name)


def _as_postgres(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    pwd.getpwnam("postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *command]
