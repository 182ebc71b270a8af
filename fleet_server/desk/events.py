"""One reader for all browsers: a thread looks once a second and hands each listener what it may hear."""

import asyncio
import json
import logging
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from fleet_server.core.clock import Clock
from fleet_server.core.db import Database
from fleet_server.core.errors import TooMany
from fleet_server.desk.watching import LiveDevice, News, bookings_after, changed, last_booking_event, live_devices

log = logging.getLogger(__name__)

MOST_LISTENERS = 200
KEPT = 2000
QUEUED = 300
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 15.0
LONGEST_S = 900.0
"""A stream ends after this time, so that the browser's right to listen is looked at again."""
RESET = "event: reset\ndata: {}\n\n"


class TooManyStreams(TooMany):
    """As many browsers listen as this server serves; the page asks now and then instead."""

    code = "too_many_streams"


@dataclass(slots=True, eq=False)
class Listener:
    """One open stream: what it may hear, and what waits to be sent; `lost` once it fell behind."""

    places: frozenset[str]
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(QUEUED))
    lost: bool = False

    def hears(self, news: News) -> bool:
        """Return whether the news concerns a place it may hear of."""
        return not self.places.isdisjoint(news.places)

    def put(self, text: str) -> None:
        """Queue a message; runs in the stream's own loop."""
        try:
            self.queue.put_nowait(text)
        except asyncio.QueueFull:
            self.lost = True


class Hub:
    """Looks for news while anybody listens, and keeps the latest for browsers that come back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._guard = threading.Lock()
        self._listeners: set[Listener] = set()
        self._boot = secrets.token_hex(4)
        self._kept: deque[tuple[int, News]] = deque(maxlen=KEPT)
        self._number = 0
        self._devices: dict[str, LiveDevice] = {}
        self._booking = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def join(self, places: frozenset[str], last_id: str) -> Listener:
        """Add a listener, with what it missed since the event it names.

        Raises: TooManyStreams.
        """
        listener = Listener(places, asyncio.get_running_loop())
        with self._guard:
            if len(self._listeners) >= MOST_LISTENERS:
                raise TooManyStreams(retry_after_s=30)
            for text in self._missed(listener, last_id):
                listener.put(text)
            self._listeners.add(listener)
            if self._thread is None:
                self._stop.clear()
                self._thread = threading.Thread(target=self._watch, name="event reader", daemon=True)
                self._thread.start()
        return listener

    def leave(self, listener: Listener) -> None:
        """Drop a listener; with the last one the reader stops."""
        with self._guard:
            self._listeners.discard(listener)
            if not self._listeners:
                self._stop.set()

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    def _missed(self, listener: Listener, last_id: str) -> list[str]:
        if not last_id:
            return []
        boot, _, number = last_id.partition("-")
        oldest = self._kept[0][0] if self._kept else self._number + 1
        if boot != self._boot or not number.isdigit() or not oldest - 1 <= int(number) <= self._number:
            return [RESET]
        return [self._text(at, news) for at, news in self._kept if at > int(number) and listener.hears(news)]

    def _text(self, number: int, news: News) -> str:
        body = json.dumps(news.body, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self._boot}-{number}\nevent: {news.name}\ndata: {body}\n\n"

    def _watch(self) -> None:
        self._look(first=True)
        while not self._done():
            self._look(first=False)

    def _done(self) -> bool:
        if not self._stop.wait(LOOK_EVERY_S):
            return False
        with self._guard:
            if self._listeners:
                self._stop.clear()
                return False
            self._thread = None
            return True

    def _look(self, *, first: bool) -> None:
        try:
            self.tell(self._read(first=first))
        except SQLAlchemyError as error:
            log.warning("the event reader could not read: %s", type(error).__name__)

    def _read(self, *, first: bool) -> list[News]:
        with self._database.reading() as session:
            devices = live_devices(session, self._clock())
            if first:
                self._devices, self._booking = devices, last_booking_event(session)
                return []
            bookings, self._booking = bookings_after(session, self._booking)
        news = changed(self._devices, devices) + bookings
        self._devices = devices
        return news

    def tell(self, news: list[News]) -> None:
        """Number the news, keep it, and hand it to everyone who may hear it."""
        with self._guard:
            for item in news:
                self._number += 1
                self._kept.append((self._number, item))
                text = self._text(self._number, item)
                for listener in self._listeners:
                    if listener.hears(item):
                        listener.loop.call_soon_threadsafe(listener.put, text)


async def stream(hub: Hub, places: frozenset[str], last_id: str) -> AsyncIterator[str]:
    """Yield events as text until the browser goes or the stream has lasted its time."""
    listener = hub.join(places, last_id)
    ends = listener.loop.time() + LONGEST_S
    try:
        yield "retry: 3000\n\n"
        while listener.loop.time() < ends:
            yield await _next(listener)
            if listener.lost:
                yield RESET
                return
    finally:
        hub.leave(listener)


async def _next(listener: Listener) -> str:
    try:
        return await asyncio.wait_for(listener.queue.get(), HEARTBEAT_S)
    except TimeoutError:
        return ": still here\n\n"
