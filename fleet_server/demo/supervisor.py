"""Runs a demo: starts broker, server, simulated boxes and a real agent, keeps them alive, ends them in order."""

import contextlib
import fcntl
import signal
import socket
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TextIO

from fleet_server.core.errors import Conflict
from fleet_server.demo import processes
from fleet_server.demo.broker import choose, find_mosquitto
from fleet_server.demo.children import Child, end_together
from fleet_server.demo.setup import HOST, Prepared, Wishes, first_start, next_start
from fleet_server.demo.state import Folder, load_state
from fleet_server.demo.terminal import Terminal
from fleet_server.demo.visitors import print_for
from fleet_server.demo.watching import arrival, check_outs
from telemetry.plan import Plan, load_plan, save_plan

TICK_S = 0.5
VISITORS_EVERY_S = 2.0
SERVER_WAIT_S = 120.0
BOXES_WAIT_S = 300.0
END_S = 15.0
_BUSY = sqlite3.Error
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NotReady(Conflict):
    """A child did not come up in time."""

    code = "demo_not_ready"


class PortTaken(Conflict):
    """Something else listens on a port the demo needs."""

    code = "demo_port_taken"


class AlreadyRunning(Conflict):
    """Another demo uses the folder."""

    code = "demo_running"


def run(wishes: Wishes, terminal: Terminal) -> None:
    """Run a demo until it is asked to end.

    Raises: PortTaken, AlreadyRunning, NotReady, state.OtherDistrict, sizes.UnknownDistrict.
    """
    stop = threading.Event()
    for number in _STOPPING:
        signal.signal(number, lambda *_: stop.set())
    wishes.folder.prepare()
    with _alone(wishes.folder):
        for port in (wishes.port, wishes.mqtt_port):
            check_free(port)
        Demo(wishes, terminal, stop).run()


class Demo:
    """One running demo; everything happens in the thread that made it, which is the one that holds the leashes."""

    def __init__(self, wishes: Wishes, terminal: Terminal, stop: threading.Event) -> None:
        self._wishes = wishes
        self._terminal = terminal
        self._stop = stop
        self._children: list[Child] = []
        self._began = time.monotonic()
        self._began_text = _text(datetime.now(UTC))
        self._answered: set[str] = set()
        self._drained = False
        self._first_pending = 0

    def run(self) -> None:
        """Prepare, start, watch, end."""
        try:
            prepared = self._prepare()
            if self._start(prepared):
                self._tell(prepared)
                self._watch()
        finally:
            self._terminal.say("ending")
            self._end()
        self._terminal.say("ended", folder=self._wishes.folder.path)

    def _prepare(self) -> Prepared:
        wishes, terminal = self._wishes, self._terminal
        terminal.say("title", district=wishes.district)
        state = load_state(wishes.folder, wishes.district, wishes.schools)
        now = datetime.now(UTC)
        if state is None:
            terminal.say("prepare")
            return first_start(wishes, now)
        terminal.say("continue", folder=wishes.folder.path)
        return next_start(wishes, state, now)

    def _start(self, prepared: Prepared) -> bool:
        """Start every child; return whether the demo is still wanted."""
        folder, terminal = self._wishes.folder, self._terminal
        choice = choose(folder.path, self._wishes.mqtt_port, find_mosquitto())
        terminal.say("broker", name=choice.name)
        boxes = len(prepared.plan.nodes)
        terminal.say("starting", boxes=boxes)
        self._begin(processes.broker(folder, choice))
        self._until(lambda: _listens(self._wishes.mqtt_port), SERVER_WAIT_S)
        bookings = prepared.finish()
        self._begin(processes.server(folder))
        for child in processes.simulators(folder, boxes):
            self._begin(child)
        self._begin(processes.agent(folder))
        devices = [device for node in prepared.plan.nodes for device in node.devices]
        uses = sum(len(device.activities) for device in devices)
        sites = len({node.site_id for node in prepared.plan.nodes})
        terminal.say("counts", sites=sites, items=len(devices), bookings=bookings, uses=uses)
        self._until(lambda: answers(self._wishes.url + "/readyz"), SERVER_WAIT_S)
        with contextlib.suppress(NotReady):
            self._until(lambda: self._all_born(prepared.plan), BOXES_WAIT_S)
        return not self._stop.is_set()

    def _tell(self, prepared: Prepared) -> None:
        terminal = self._terminal
        terminal.say("ready", seconds=round(time.monotonic() - self._began), url=self._wishes.url)
        terminal.users(prepared.users)
        terminal.say("access", file=self._wishes.folder.access)
        terminal.say("shifted")
        terminal.say("stop")

    def _watch(self) -> None:
        visitors_due = 0.0
        while not self._stop.wait(TICK_S):
            self._revive()
            with contextlib.suppress(OSError, _BUSY):
                self._show_arrival()
                if time.monotonic() >= visitors_due:
                    visitors_due = time.monotonic() + VISITORS_EVERY_S
                    self._serve_visitors()

    def _begin(self, child: Child) -> None:
        self._children.append(child)
        child.start()

    def _revive(self) -> None:
        for child in self._children:
            if child.watch():
                self._terminal.say("restarted", name=child.name, count=child.restarts)

    def _until(self, done: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self._stop.is_set() and not done():
            if time.monotonic() > deadline:
                raise NotReady(seconds=round(seconds), folder=str(self._wishes.folder.path / "logs"))
            self._revive()
            self._stop.wait(0.2)

    def _all_born(self, plan: Plan) -> bool:
        """Return whether every box with a link is on line, and this computer's agent."""
        now = round(time.time() * 1000)
        boxes = 1 + sum(not any(start <= now < end for start, end in node.outages) for node in plan.nodes)
        try:
            born = arrival(self._wishes.folder.database, self._began_text).born
        except _BUSY:
            return False
        self._terminal.bar("born", born, boxes)
        return born >= boxes

    def _show_arrival(self) -> None:
        if self._drained:
            return
        now = arrival(self._wishes.folder.database, self._began_text)
        self._first_pending = max(self._first_pending, now.pending)
        if now.pending > len(self._children) * 20:
            self._terminal.bar("history", self._first_pending - now.pending, self._first_pending)
            return
        self._drained = True
        self._terminal.say("drained", seconds=round(time.monotonic() - self._began))

    def _serve_visitors(self) -> None:
        folder = self._wishes.folder
        for one in check_outs(folder.database, self._began_text):
            if one.booking_id in self._answered:
                continue
            self._answered.add(one.booking_id)
            plan = print_for(load_plan(folder.plan), one, round(time.time() * 1000))
            if plan is not None:
                save_plan(plan, folder.plan)
                self._terminal.say("job", serial=one.serial)

    def _end(self) -> None:
        """End the boxes first, so that their last words still arrive; then the server, then the broker."""
        broker = [child for child in self._children if child.name == "broker"]
        server = [child for child in self._children if child.name == "server"]
        boxes = [child for child in self._children if child not in (*broker, *server)]
        for group in (boxes, server, broker):
            end_together(group, END_S)


def answers(url: str) -> bool:
    """Return whether a page answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def check_free(port: int) -> None:
    """Let a port pass that nothing listens on.

    Raises: PortTaken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortTaken(port=port) from None


@contextlib.contextmanager
def _alone(folder: Folder) -> Iterator[TextIO]:
    with (folder.path / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(folder=str(folder.path)) from None
        yield lock


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(sep=" ")
