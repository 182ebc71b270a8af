"""What the demo remembers between two starts, beside its database and plan."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from fleet_server.core.errors import Conflict, Invalid

SEED = "tongqi"


class OtherDistrict(Conflict):
    """The folder holds another district's data."""

    code = "demo_other_district"


@dataclass(frozen=True, slots=True)
class State:
    """One demo's life: which district, how its bells are turned, up to which day it is planned."""

    district: str
    schools: int | None
    seed: str
    shift: int
    first_day: date
    created_day: date
    last_day: date
    created_ms: int
    agent_node: str


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one demo."""

    path: Path

    @property
    def state(self) -> Path:
        """What is remembered between starts."""
        return self.path / "demo.json"

    @property
    def plan(self) -> Path:
        """The simulators' plan."""
        return self.path / "plan.json"

    @property
    def database(self) -> Path:
        """The server's SQLite file."""
        return self.path / "fleet.db"

    @property
    def access(self) -> Path:
        """Users with passwords and tokens."""
        return self.path / "access.json"

    @property
    def server_settings(self) -> Path:
        """The server's settings."""
        return self.path / "server.toml"

    @property
    def agent_settings(self) -> Path:
        """The settings of this computer's agent."""
        return self.path / "agent.toml"

    def log(self, name: str) -> Path:
        """The log of one child."""
        return self.path / "logs" / f"{name}.log"

    def box_data(self, part: str) -> Path:
        """Where one simulator or agent keeps its journals."""
        return self.path / "boxes" / part

    def prepare(self) -> None:
        """Make the folders and empty the logs."""
        for folder in (self.path, self.path / "logs", self.path / "boxes"):
            folder.mkdir(parents=True, exist_ok=True)
        for log in (self.path / "logs").glob("*.log"):
            log.unlink()


def load_state(folder: Folder, district: str, schools: int | None) -> State | None:
    """Return what an earlier start left; None for a folder without a finished set-up.

    Raises: OtherDistrict; Invalid when the file cannot be read.
    """
    if not folder.state.exists():
        return None
    try:
        raw = json.loads(folder.state.read_text(encoding="utf-8"))
        raw |= {name: date.fromisoformat(raw[name]) for name in ("first_day", "created_day", "last_day")}
        state = State(**raw)
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid("demo_state_unreadable", file=str(folder.state)) from error
    if (state.district, state.schools) != (district, schools):
        raise OtherDistrict(folder=str(folder.path), district=state.district)
    return state


def save_state(folder: Folder, state: State) -> None:
    """Remember a demo; written last, so that a set-up cut short starts afresh."""
    write_private(folder.state, json.dumps(asdict(state), default=date.isoformat, indent=1))


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner reads, whole or not at all."""
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
