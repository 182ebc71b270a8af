"""A demo district in memory: schools, rooms, equipment, boxes and staff, the same for the same seed."""

import hashlib
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class School:
    """One school; `zeal` scales how much it uses what it has."""

    id: str
    site_id: str
    name_zh: str
    name_en: str
    remoteness: str
    stage: str
    pupils: int
    zeal: float
    village_bell: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A room of a school."""

    id: str
    school_id: str
    use: str
    name_zh: str
    name_en: str
    capacity: int
    bookable: bool


@dataclass(frozen=True, slots=True)
class Stint:
    """A school that holds an asset from a day on."""

    school_id: str
    room_id: str
    since: date


@dataclass(frozen=True, slots=True)
class Item:
    """One asset with the device and box that meter it; the last stint is where it is now."""

    id: str
    number: int
    kind: str
    type_key: str
    serial: str
    owner_id: str
    stints: tuple[Stint, ...]
    node_id: str
    device_id: str
    purchased_on: date
    value: int

    @property
    def now(self) -> Stint:
        """Return where the asset is now."""
        return self.stints[-1]

    def held_on(self, day: date) -> Stint:
        """Return where the asset is on a day."""
        return next((stint for stint in reversed(self.stints) if stint.since <= day), self.stints[0])


@dataclass(frozen=True, slots=True)
class Box:
    """One edge node and the school it stands in."""

    node_id: str
    school_id: str
    site_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Staff:
    """One person; `role` is empty for teachers who only book."""

    id: str
    school_id: str
    username: str
    name_zh: str
    name_en: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class District:
    """Everything that does not change from day to day."""

    key: str
    seed: str
    schools: tuple[School, ...]
    pairs: tuple[tuple[School, School], ...]
    rooms: tuple[Place, ...]
    boxes: tuple[Box, ...]
    items: tuple[Item, ...]
    staff: tuple[Staff, ...]

    def ident(self, prefix: str, *parts: object) -> str:
        """Return an opaque id that is the same for the same seed and parts."""
        return ident(self.seed, prefix, *parts)

    def school(self, school_id: str) -> School:
        """Return a school by id."""
        return next(school for school in self.schools if school.id == school_id)


def ident(seed: str, prefix: str, *parts: object) -> str:
    """Return `prefix_` and 16 letters drawn from the seed and the parts."""
    digest = hashlib.sha256(":".join([seed, prefix, *map(str, parts)]).encode()).digest()
    return f"{prefix}_" + "".join(_LETTERS[byte & 31] for byte in digest[:16])


def short_ident(seed: str, letters: int, *parts: object) -> str:
    """Return letters for a site or node name drawn from the seed and the parts."""
    digest = hashlib.sha256(":".join([seed, *map(str, parts)]).encode()).digest()
    return "".join(_LETTERS[byte & 31] for byte in digest[:letters])


def device_key(serial: str) -> str:
    """Return the Sparkplug device id of a serial."""
    return serial.lower()
