"""Who may sign in to the demo: passwords and tokens drawn at set-up, kept in one private file."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from fleet_server.demo.state import write_private


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One user as written to `access.json`."""

    role: str
    username: str
    password: str
    api_token: str


def new_password() -> str:
    """Return a password with 70 random bits that can be typed from a terminal."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(3))


def write_access(path: Path, url: str, mqtt: tuple[str, int], users: list[DemoUser]) -> None:
    """Write the file, readable by its owner only."""
    content = {
        "url": url,
        "mqtt": {"host": mqtt[0], "port": mqtt[1]},
        "users": [asdict(user) for user in users],
    }
    write_private(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read_users(path: Path) -> list[DemoUser]:
    """Return the users of an earlier start."""
    return [DemoUser(**raw) for raw in json.loads(path.read_text(encoding="utf-8"))["users"]]
