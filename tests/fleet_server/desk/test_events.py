"""The stream of events: who hears what, what a returning browser gets, how many may listen."""

import asyncio
from collections.abc import Callable

import pytest
from fastapi import FastAPI

from fleet_server.bookings.models import BookingEvent
from fleet_server.core.db import Database
from fleet_server.desk import events
from fleet_server.desk.events import Hub, Listener, TooManyStreams
from fleet_server.desk.watching import News, bookings_after, changed, last_booking_event, live_devices
from fleet_server.nodes.models import Device, Node
from tests.conftest import StillClock
from tests.fleet_server.desk.conftest import SignedIn
from tests.fleet_server.desk.district import NOW, seed

NORTH, HILL = frozenset({"north"}), frozenset({"hill"})
FAULT = News("device", {"id": "d1", "state": "fault"}, NORTH)


@pytest.fixture
def hub(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setattr(Hub, "_watch", lambda self: None)
    return Hub(sqlite_database, StillClock(NOW))


async def received(listener: Listener) -> list[str]:
    await asyncio.sleep(0)
    texts = []
    while not listener.queue.empty():
        texts.append(listener.queue.get_nowait())
    return texts


def run(play: Callable[[], object]) -> None:
    async def stage() -> None:
        await play()  # type: ignore[misc]

    asyncio.run(stage())


def test_a_listener_hears_of_its_own_places_only(hub: Hub) -> None:
    async def play() -> None:
        own, other = hub.join(NORTH, ""), hub.join(HILL, "")
        hub.tell([FAULT])
        (text,) = await received(own)
        assert 'event: device\ndata: {"id":"d1","state":"fault"}\n\n' in text
        assert await received(other) == []

    run(play)


def test_a_returning_browser_gets_what_it_missed_and_nothing_twice(hub: Hub) -> None:
    async def play() -> None:
        first = hub.join(NORTH, "")
        hub.tell([FAULT])
        (seen,) = await received(first)
        hub.leave(first)
        hub.tell([News("device", {"id": "d2"}, NORTH), News("device", {"id": "d3"}, HILL)])
        last_id = seen.splitlines()[0].removeprefix("id: ")
        texts = await received(hub.join(NORTH, last_id))
        assert ["d2" in text for text in texts] == [True]

    run(play)


@pytest.mark.parametrize("last_id", ["other-1", "nonsense", "-", "x" * 40])
def test_a_browser_that_heard_another_server_is_told_to_look_anew(hub: Hub, last_id: str) -> None:
    async def play() -> None:
        assert await received(hub.join(NORTH, last_id)) == [events.RESET]

    run(play)


def test_a_browser_that_falls_behind_is_told_to_look_anew(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.01)

    async def play() -> None:
        texts = events.stream(hub, NORTH, "")
        await anext(texts)
        hub.tell([FAULT] * (events.QUEUED + 5))
        await asyncio.sleep(0)
        rest = [text async for text in texts]
        assert rest[-1] == events.RESET
        assert hub.listening == 0

    run(play)


def test_one_listener_too_many_is_refused(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_LISTENERS", 1)

    async def play() -> None:
        hub.join(NORTH, "")
        with pytest.raises(TooManyStreams):
            hub.join(NORTH, "")

    run(play)


def test_a_stream_ends_in_time_and_leaves(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LONGEST_S", 0.05)
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.01)

    async def play() -> None:
        texts = [text async for text in events.stream(hub, NORTH, "")]
        assert texts[0].startswith("retry:")
        assert ": still here" in texts[1]
        assert hub.listening == 0

    run(play)


def test_a_change_of_state_or_liveness_is_news_and_being_heard_again_is_not(database: Database) -> None:
    with database.writing() as session:
        seed(session)
    with database.writing() as session:
        before = live_devices(session, NOW)
        session.get_one(Device, "river-1.recorder").state = "fault"
        session.get_one(Node, "river-2").liveness = "offline"
        session.get_one(Device, "north-1.recorder").last_seen = NOW.replace(second=30)
        session.flush()
        news = changed(before, live_devices(session, NOW))
    assert [(item.body["id"], item.body["state"]) for item in news] == [
        ("river-1.recorder", "fault"),
        ("river-2.printer", "unknown"),
    ]


def test_news_of_an_asset_goes_to_its_holder_and_its_owner(database: Database) -> None:
    with database.writing() as session:
        seed(session)
        found = live_devices(session, NOW)
    assert found["north-1.printer"].places == {"north"}
    assert found["loose"].places == {"north"}


def test_a_transition_of_a_booking_is_news_once(database: Database) -> None:
    with database.writing() as session:
        seed(session)
        number = last_booking_event(session)
        session.add(BookingEvent(booking_id="asked", at=NOW, actor_id="coord", to_state="approved"))
        session.flush()
        news, following = bookings_after(session, number)
        assert [(item.body["id"], item.body["state"]) for item in news] == [("asked", "approved")]
        assert bookings_after(session, following) == ([], following)


def test_who_asks_now_and_then_is_told_of_own_devices_only(served: FastAPI, as_person: SignedIn) -> None:
    client = as_person("hilltech")
    found = client.get("/events/now", params={"device": ["hill-1.printer", "north-1.printer"]}).json()
    assert [device["id"] for device in found["devices"]] == ["hill-1.printer"]
    assert found["devices"][0]["state"] == "unknown"
