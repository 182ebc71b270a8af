"""Makes a demo from nothing, or takes up the one the folder holds: database, plan, users, settings."""

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlmodel import select

from fleet_server.core.clock import to_ms
from fleet_server.core.db import Database, open_database
from fleet_server.demo import history, liveness
from fleet_server.demo.access import DemoUser, read_users, write_access
from fleet_server.demo.bells import days_between, local_ms, shift_for
from fleet_server.demo.building import build
from fleet_server.demo.daily import MINUTE, Promise, Span
from fleet_server.demo.district import ZONE, District
from fleet_server.demo.history import Weeks
from fleet_server.demo.promises import write_lessons, write_promises
from fleet_server.demo.registry import Year, tree_of, write_district, write_marked
from fleet_server.demo.sizes import size_of
from fleet_server.demo.state import SEED, Folder, State, save_state, write_private
from fleet_server.demo.stock import HOST_DEVICE
from fleet_server.demo.terms import local_minute, marked_days, shown_days, terms_around
from fleet_server.organizations.calendar import CalendarCache
from fleet_server.schedule.models import Claim
from telemetry.plan import Activity, Plan, PlannedDevice, load_plan, save_plan

HOST = "127.0.0.1"
NO_SHOW_GRACE_S = 120
_CALM_MS = 15 * MINUTE
_MADE = ("fleet.db", "fleet.db-wal", "fleet.db-shm", "plan.json", "access.json")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asked for."""

    district: str
    folder: Folder
    port: int
    mqtt_port: int
    migrate: Callable[[Database], None]
    schools: int | None = None

    @property
    def url(self) -> str:
        """Return the address of the pages."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A demo ready to run; `finish` writes what the boxes need not wait for."""

    state: State
    plan: Plan
    users: list[DemoUser]
    finish: Callable[[], int]


def first_start(wishes: Wishes, now: datetime) -> Prepared:
    """Make a new demo; what an earlier set-up that was cut short left is removed."""
    _clear(wishes.folder)
    local = now.astimezone(ZONE)
    size = size_of(wishes.district, wishes.schools)
    district = build(size, SEED, local.date())
    first = history.first_history_day(local.date(), size.weeks)
    last = local.date() + timedelta(days=size.days_ahead)
    state = State(
        district=wishes.district,
        schools=wishes.schools,
        seed=SEED,
        shift=shift_for(local),
        first_day=first,
        created_day=local.date(),
        last_day=last,
        created_ms=to_ms(now),
        agent_node="n-" + secrets.token_hex(6),
    )
    database = open_database(f"sqlite:///{wishes.folder.database}")
    wishes.migrate(database)
    marked = list(marked_days(shown_days(local.date(), local_minute(local)), first, last))
    year = Year(terms_around(first, last), marked, state.shift)
    opened = datetime.fromtimestamp(local_ms(first, 0, ZONE) / 1000, UTC)
    with database.writing() as session:
        users = write_district(session, district, year, state.agent_node, opened, now)
    found = _weeks(database, district, state, days_between(first, last), local.date())
    history.break_down(found, history.broken(district), to_ms(now) - 20 * MINUTE)
    for spans in (found.outages, found.blind):
        for name in spans:
            spans[name] = history.quiet(spans[name], to_ms(now) - _CALM_MS, to_ms(now) + _CALM_MS)
    liveness.clear_stage(district, found, to_ms(now))
    plan = history.plan_of(district, found, HOST, wishes.mqtt_port, to_ms(now), to_ms(opened))
    scene = liveness.stage(district, plan, liveness.promised(found.promises), to_ms(now))
    save_plan(scene.plan, wishes.folder.plan)
    _settings(wishes, district, state)
    write_access(wishes.folder.access, wishes.url, (HOST, wishes.mqtt_port), users)

    def finish() -> int:
        count = _promise(database, district, found, scene.missed, now)
        database.dispose()
        save_state(wishes.folder, state)
        return count

    return Prepared(state, scene.plan, users, finish)


def next_start(wishes: Wishes, state: State, now: datetime) -> Prepared:
    """Take up a demo: its days are planned on to two weeks from now, and the first minutes get their events again."""
    local = now.astimezone(ZONE)
    size = size_of(state.district, state.schools)
    district = build(size, state.seed, state.created_day)
    last = max(state.last_day, local.date() + timedelta(days=size.days_ahead))
    database = open_database(f"sqlite:///{wishes.folder.database}")
    wishes.migrate(database)
    fresh = days_between(state.last_day + timedelta(days=1), last)
    with database.writing() as session:
        write_marked(session, district, list(marked_days((), fresh[0], last)) if fresh else [])
    found = _weeks(database, district, state, fresh, None)
    plan = replace(extended(load_plan(wishes.folder.plan), district, found), mqtt_port=wishes.mqtt_port)
    scene = liveness.stage(district, plan, _claimed(database, now), to_ms(now))
    save_plan(scene.plan, wishes.folder.plan)
    users = read_users(wishes.folder.access)
    _settings(wishes, district, state)
    write_access(wishes.folder.access, wishes.url, (HOST, wishes.mqtt_port), users)
    continued = replace(state, last_day=last)

    def finish() -> int:
        count = _promise(database, district, found, scene.missed, now)
        database.dispose()
        save_state(wishes.folder, continued)
        return count

    return Prepared(continued, scene.plan, users, finish)


def extended(plan: Plan, district: District, found: Weeks) -> Plan:
    """Return a plan with later days added to every device and box."""
    items = {item.serial: item.id for item in district.items}

    def device(one: PlannedDevice) -> PlannedDevice:
        more: list[Activity] = found.activities.get(items[one.serial], [])
        power = found.power.get(items[one.serial], [])
        blind = found.blind.get(items[one.serial], [])
        return replace(one, activities=(*one.activities, *more), on=(*one.on, *power), blind=(*one.blind, *blind))

    nodes = tuple(
        replace(
            node,
            devices=tuple(device(one) for one in node.devices),
            outages=(*node.outages, *found.outages.get(node.node_id, ())),
        )
        for node in plan.nodes
    )
    return replace(plan, nodes=nodes)


def _weeks(database: Database, district: District, state: State, days: Iterable[date], broken_on: date | None) -> Weeks:
    bureau = tree_of(district).bureau
    with database.reading() as session:
        calendar = CalendarCache(session, [bureau])

    def school_day(day: date) -> int | None:
        found = calendar.day(bureau, day)
        if not found.is_school_day:
            return None
        return found.follows_weekday if found.follows_weekday is not None else day.weekday()

    return history.weeks(district, state.shift, days, school_day, broken_on)


def _claimed(database: Database, now: datetime) -> dict[str, list[Span]]:
    """Return what is promised of each asset around now."""
    around = timedelta(milliseconds=liveness.STAGE_MS + 60 * MINUTE)
    touching = select(Claim).where(
        Claim.status != "released", Claim.busy_until > now - around, Claim.busy_from < now + around
    )
    taken: dict[str, list[Span]] = {}
    with database.reading() as session:
        for claim in session.exec(touching):
            taken.setdefault(claim.resource_id, []).append((to_ms(claim.busy_from), to_ms(claim.busy_until)))
    return taken


def _promise(database: Database, district: District, found: Weeks, missed: Promise | None, now: datetime) -> int:
    with database.writing() as session:
        promises = found.promises if missed is None else [*found.promises, missed]
        count = write_promises(session, district, promises, now)
        write_lessons(session, district, found.lessons, now)
    return count


def _settings(wishes: Wishes, district: District, state: State) -> None:
    folder = wishes.folder
    server = {
        "database_url": f"sqlite:///{folder.database.resolve()}",
        "host": HOST,
        "port": wishes.port,
        "mqtt_host": HOST,
        "mqtt_port": wishes.mqtt_port,
        "secret_key": secrets.token_urlsafe(32),
        "public_url": wishes.url,
        "no_show_grace_s": NO_SHOW_GRACE_S,
        "demo": True,
    }
    write_private(folder.server_settings, _toml(server))
    data = folder.box_data("this-computer").resolve()
    node: dict[str, object] = {"id": state.agent_node, "site": tree_of(district).office_site, "data": str(data)}
    agent = f"[node]\n{_toml(node)}\n[broker]\n{_toml({'host': HOST, 'port': wishes.mqtt_port})}\n"
    agent += f"[[device]]\n{_toml({'key': HOST_DEVICE, 'driver': 'host'})}"
    write_private(folder.agent_settings, agent)


def _toml(values: dict[str, object]) -> str:
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items())


def _clear(folder: Folder) -> None:
    for name in _MADE:
        (folder.path / name).unlink(missing_ok=True)
    for journal in _files_below(folder.path / "boxes"):
        journal.unlink()


def _files_below(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()] if path.exists() else []
