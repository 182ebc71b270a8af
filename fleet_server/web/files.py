"""Files the browser loads: read once at start, addressed by the hash of their content."""

import functools
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "static"
COMPRESSED = frozenset({".css", ".js", ".svg", ".json"})
mimetypes.add_type("text/javascript", ".js")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file with its address, and its gzip form where that is worth sending."""

    name: str
    digest: str
    media_type: str
    body: bytes
    packed: bytes | None

    @property
    def url(self) -> str:
        """The address that changes with the content."""
        return f"/static/{self.digest}/{self.name}"


@functools.cache
def static_files() -> dict[str, StaticFile]:
    """Return every file below `static/` by its relative name."""
    return {name: _read(name, path) for path in sorted(FOLDER.rglob("*")) if path.is_file() and (name := _name(path))}


def static_url(name: str) -> str:
    """Return the address of a file; raises KeyError for one that is not there."""
    return static_files()[name].url


def has_static(name: str) -> bool:
    """Return whether a file was built; those of others live in `vendor/` and may be absent."""
    return name in static_files()


def _name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def _read(name: str, path: Path) -> StaticFile:
    body = path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSED else None
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return StaticFile(name, hashlib.sha256(body).hexdigest()[:12], media_type, body, packed)
