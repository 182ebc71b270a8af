"""The command `fleet-server`: serve, ingest, migrate, create-admin, verify-log, backup, restore, demo, openapi."""

import argparse
import getpass
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import uvicorn
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from fleet_server.app import all_messages, build_jobs, create_app
from fleet_server.changes import sealing
from fleet_server.core import backup
from fleet_server.core.clock import utc_now
from fleet_server.core.db import Database, open_database
from fleet_server.core.errors import FleetError
from fleet_server.core.problems import text_of
from fleet_server.core.scope import SYSTEM, Role
from fleet_server.core.settings import SECRETS, Settings, Sourced, load_settings
from fleet_server.demo import command as demo_command
from fleet_server.ingest import runner
from fleet_server.migrations.apply import upgrade
from fleet_server.organizations import service as organizations
from fleet_server.organizations.models import Organization
from fleet_server.people import service as people

DONE, FAILED, WRONG_USE = 0, 1, 2
_GRACE_S = 5
Command = Callable[[argparse.Namespace, Settings], None]


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run one command; return 0 when done, 1 after a reason on standard error, 2 for wrong use."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        path = chosen.settings or environment.get("FLEET_SETTINGS")
        settings, rows = load_settings(environment, Path(path) if path else None)
        if chosen.print_settings:
            print(_shown(rows))
            return DONE
        if chosen.command is None:
            parser.print_help(sys.stderr)
            return WRONG_USE
        chosen.command(chosen, settings)
    except FleetError as error:
        return _failed(text_of(all_messages(), error.code, error.params, _language(environment)))
    except (SQLAlchemyError, OSError) as error:
        return _failed(str(error).strip().splitlines()[0])
    except KeyboardInterrupt:
        return FAILED
    return DONE


def serve(chosen: argparse.Namespace, settings: Settings) -> None:
    """Serve pages and API; unless told otherwise also take what boxes send and do the periodic work."""
    _log()
    database = _opened(settings)
    app = create_app(database, settings)
    closing: list[Callable[[], None]] = [database.dispose]
    if not chosen.no_ingest:
        jobs = build_jobs(database, settings)
        jobs.start()
        app.state.ingest = runner.start(database, settings, utc_now)
        closing += [jobs.stop, app.state.ingest.stop]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # uvicorn raises again what it caught; the work below still has to end
    try:
        uvicorn.run(
            app,
            host=chosen.host or settings.host,
            port=chosen.port or settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
    finally:
        for close in reversed(closing):
            close()


def ingest(_: argparse.Namespace, settings: Settings) -> None:
    """Take what boxes send, without pages."""
    _log()
    database = _opened(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    running = runner.start(database, settings, utc_now)
    stop.wait()
    running.stop()
    database.dispose()


def migrate(_: argparse.Namespace, settings: Settings) -> None:
    """Bring the database to the newest schema."""
    _opened(settings).dispose()


def create_admin(chosen: argparse.Namespace, settings: Settings) -> None:
    """Create the first administrator, and the bureau at the top of the tree if there is no organization yet."""
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    database = _opened(settings)
    now = utc_now()
    with database.writing() as session:
        root = session.exec(select(Organization).where(col(Organization.parent_id).is_(None))).first()
        root = root or organizations.create(
            session, SYSTEM, kind="bureau", name_zh=chosen.bureau_zh, name_en=chosen.bureau_en, now=now
        )
        place = chosen.organization or root.id
        names = (chosen.name_zh or chosen.username, chosen.name_en or chosen.username)
        person = people.create_person(session, chosen.username, *names, password, now)
        people.grant(session, person.id, place, Role.ADMINISTRATOR, now)
        token = people.issue_token(session, person.id, chosen.token, now) if chosen.token else None
    database.dispose()
    print(f"{person.username} {place}" + (f" {token}" if token else ""))


def demo(chosen: argparse.Namespace, _: Settings) -> None:
    """Run a whole demo district on this machine."""
    demo_command.demo(chosen, upgrade)


def verify_log(_: argparse.Namespace, settings: Settings) -> None:
    """Walk the chain of change records; say how many hold and the hash that stands for them, or where it breaks."""
    database = _opened(settings)
    with database.reading() as session:
        count = sealing.verify(session)
        print(count, sealing.head(session, utc_now()).chain_hash)
    database.dispose()


def back_up(chosen: argparse.Namespace, settings: Settings) -> None:
    """Write a consistent copy of the whole database to a new file; the server may go on running."""
    backup.backup(settings.database_url, chosen.file)


def restore(chosen: argparse.Namespace, settings: Settings) -> None:
    """Bring a backup into an empty database, then check that its change records hold."""
    backup.restore(settings.database_url, chosen.file)
    verify_log(chosen, settings)


def openapi(_: argparse.Namespace, settings: Settings) -> None:
    """Print the description of the API."""
    app = create_app(open_database(settings.database_url), settings)
    print(json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fleet-server",
        description="Classroom Fleet (同器): the server. Settings come from FLEET_… in the environment or a TOML file.",
    )
    parser.add_argument("--settings", metavar="FILE", help="TOML file of settings; FLEET_SETTINGS names it too")
    parser.add_argument("--print-settings", action="store_true", help="show each setting with its source and end")
    parser.set_defaults(command=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serving = _add(commands, "serve", serve)
    serving.add_argument("--host", help="address to listen on")
    serving.add_argument("--port", type=int, help="port to listen on")
    serving.add_argument(
        "--no-ingest",
        action="store_true",
        help="pages and API only: start several on other ports beside one full server that shares the database",
    )
    _add(commands, "ingest", ingest)
    _add(commands, "migrate", migrate)
    _add_admin_options(_add(commands, "create-admin", create_admin))
    demo_command.add_options(_add(commands, "demo", demo))
    _add(commands, "verify-log", verify_log)
    for name, run in (("backup", back_up), ("restore", restore)):
        _add(commands, name, run).add_argument("file", type=Path, help="the backup file")
    _add(commands, "openapi", openapi)
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, run: Command
) -> argparse.ArgumentParser:
    what = (run.__doc__ or "").strip()
    parser = commands.add_parser(name, help=what, description=what)
    parser.set_defaults(command=run)
    return parser


def _add_admin_options(parser: argparse.ArgumentParser) -> None:
    parser.description = f"{parser.description} The password is read from the terminal or the first line of input."
    parser.add_argument("username", help="what the administrator signs in with")
    parser.add_argument("--name-zh", default="", help="name in Chinese")
    parser.add_argument("--name-en", default="", help="name in English")
    parser.add_argument("--organization", metavar="ID", help="where the role starts; the top of the tree by default")
    parser.add_argument("--bureau-zh", default="教育局", help="Chinese name of the bureau if it has to be made")
    parser.add_argument("--bureau-en", default="Education Bureau", help="its English name")
    parser.add_argument("--token", metavar="NAME", help="also make an API token of this name and print it")


def _opened(settings: Settings) -> Database:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    database = open_database(settings.database_url)
    upgrade(database)
    return database


def _shown(rows: Sequence[Sourced]) -> str:
    return "\n".join(f"{row.name} = {_masked(row)!r}  # {row.source}" for row in rows)


def _masked(row: Sourced) -> object:
    if row.name == "database_url":
        return make_url(str(row.value)).render_as_string(hide_password=True)
    return "***" if row.name in SECRETS and row.value else row.value


def _log() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def _language(environment: Mapping[str, str]) -> int:
    named = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return 0 if named.startswith("zh") else 1


def _failed(reason: str) -> int:
    print(f"fleet-server: {reason}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
