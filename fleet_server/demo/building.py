"""Builds a demo district from its size and a seed: who has what, where it stands, who works there."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from fleet_server.demo import places
from fleet_server.demo.catalog import BOARD_TYPES, PRINTER_TYPES, RECORDER_TYPES, TYPES
from fleet_server.demo.district import Box, District, Item, Place, School, Staff, Stint, ident, short_ident
from fleet_server.demo.sizes import Size, shared_out

_PUPILS = {"city": (900, 1900), "town": (280, 760), "village": (42, 190)}
_ZEAL = {"city": 0.86, "town": 0.7, "village": 0.44}
_BOARD_WEIGHT = {"city": 9.0, "town": 4.0, "village": 2.2}
_PRINTER_WEIGHT = {"city": 6.0, "town": 2.0, "village": 0.4}
_GRADES = ("一", "二", "三", "四", "五", "六")
ROLES = ("administrator", "technician", "coordinator", "teacher", "auditor")


def build(size: Size, seed: str, today: date) -> District:
    """Return the district; `today` sets when roaming printers last moved."""
    rng = Random(f"{seed}:{size.key}")
    schools = tuple(_schools(size, seed, rng))
    rooms: dict[str, Place] = {}
    maker = _Maker(seed, schools, rooms, rng, today)
    items = [*maker.recorders(size.recorders), *maker.printers(size.printers), *maker.boards(size)]
    return District(
        key=size.key,
        seed=seed,
        schools=schools,
        pairs=tuple(_pairs(size, schools)),
        rooms=tuple(rooms.values()),
        boxes=tuple(maker.boxes.values()),
        items=tuple(items),
        staff=tuple(_staff(seed, schools, rng)),
    )


def _schools(size: Size, seed: str, rng: Random) -> Iterator[School]:
    for remoteness, count in (("city", size.city), ("town", size.town), ("village", size.village)):
        for number in range(count):
            zh, en, stage = _school_name(remoteness, number)
            low, high = _PUPILS[remoteness]
            yield School(
                id=ident(seed, "org", remoteness, number),
                site_id="s-" + short_ident(seed, 5, "site", remoteness, number),
                name_zh=zh,
                name_en=en,
                remoteness=remoteness,
                stage=stage,
                pupils=rng.randint(low, high),
                zeal=round(_ZEAL[remoteness] * rng.uniform(0.72, 1.18), 3),
                village_bell=remoteness == "village" and number % 3 == 0,
            )


def _school_name(remoteness: str, number: int) -> tuple[str, str, str]:
    if remoteness == "city":
        return places.CITY_SCHOOLS[number % len(places.CITY_SCHOOLS)]
    return places.town_school(number) if remoteness == "town" else places.village_school(number)


def _pairs(size: Size, schools: tuple[School, ...]) -> Iterator[tuple[School, School]]:
    supporting = [school for school in schools if school.remoteness != "village"]
    receiving = [school for school in schools if school.remoteness == "village"]
    yield from list(zip(supporting, receiving, strict=False))[: size.pairs]


def _staff(seed: str, schools: tuple[School, ...], rng: Random) -> Iterator[Staff]:
    taken: set[str] = set()

    def person(username: str, school: School, role: str = "") -> Staff:
        zh, en = places.staff_name(rng)
        while zh in taken:
            zh, en = places.staff_name(rng)
        taken.add(zh)
        return Staff(ident(seed, "per", username), school.id, username, zh, en, role)

    for role in ROLES:
        yield person(role, schools[0], role)
    for number, school in enumerate(schools):
        yield person(f"teacher-{number + 1:02}a", school)
        yield person(f"teacher-{number + 1:02}b", school)


class _Maker:
    """Hands out equipment, and makes the rooms and boxes it stands in."""

    def __init__(
        self, seed: str, schools: tuple[School, ...], rooms: dict[str, Place], rng: Random, today: date
    ) -> None:
        self.boxes: dict[str, Box] = {}
        self._seed = seed
        self._schools = schools
        self._rooms = rooms
        self._rng = rng
        self._today = today
        self._monday = today - timedelta(days=today.weekday())

    def recorders(self, count: int) -> Iterator[Item]:
        """One set for each school, the rest in the first schools; 24 of 41 new, the others refitted."""
        for number in range(count):
            school = self._schools[number % len(self._schools)]
            room = self._room(school, "recording", number // len(self._schools) + 1, 56)
            new = number * 41 < count * 24
            bought = date(2026, 7, 6) if new else date(2021, 8, 16)
            yield self._item("recorder", number, RECORDER_TYPES[not new], school, (self._always(room),), bought)

    def printers(self, count: int) -> Iterator[Item]:
        """Owned mostly by the bigger schools; two in five stand at another school, some of those moved lately."""
        owners = shared_out(count, tuple(_PRINTER_WEIGHT[school.remoteness] for school in self._schools))
        placed = [school for school, share in zip(self._schools, owners, strict=True) for _ in range(share)]
        poor = [school for school in self._schools if school.remoteness != "city"]
        for number, owner in enumerate(placed):
            stints = self._tour(owner, poor, number) if number % 5 < 2 else (self._stint(owner, date(2025, 9, 1)),)
            bought = date(2022 + number % 4, 3 + number % 7, 11)
            yield self._item("printer_3d", number, PRINTER_TYPES[number % 3 == 2], owner, stints, bought)

    def boards(self, size: Size) -> Iterator[Item]:
        """Smart boards in classrooms, more in bigger schools."""
        shares = shared_out(size.boards, tuple(_BOARD_WEIGHT[school.remoteness] for school in self._schools))
        number = 0
        for school, share in zip(self._schools, shares, strict=True):
            for place in range(share):
                room = self._room(school, "classroom", place, 45)
                slot = place // size.boards_per_box
                item = self._item(
                    "smart_board",
                    number,
                    BOARD_TYPES[number % 2],
                    school,
                    (self._always(room),),
                    date(2023, 8, 21),
                    slot,
                )
                yield item
                number += 1

    def _tour(self, owner: School, hosts: list[School], number: int) -> tuple[Stint, ...]:
        weeks = (6, 3, 1) if number % 10 == 0 else (4,)
        hosts = [host for host in hosts if host.id != owner.id]
        offset = self._rng.randrange(len(hosts))
        moves = [
            self._stint(hosts[(offset + turn * 5) % len(hosts)], self._monday - timedelta(weeks=before))
            for turn, before in enumerate(weeks)
        ]
        kept = [move for at, move in enumerate(moves) if at == 0 or move.school_id != moves[at - 1].school_id]
        return (self._stint(owner, date(2025, 9, 1)), *kept)

    def _stint(self, school: School, since: date) -> Stint:
        return Stint(school.id, self._room(school, "maker", 1, 40).id, since)

    def _always(self, room: Place) -> Stint:
        return Stint(room.school_id, room.id, date(2025, 9, 1))

    def _item(
        self,
        kind: str,
        number: int,
        type_key: str,
        owner: School,
        stints: tuple[Stint, ...],
        bought: date,
        slot: int | None = None,
    ) -> Item:
        school = next(school for school in self._schools if school.id == stints[-1].school_id)
        box_name = f"{kind}-{number}" if slot is None else f"boards-{school.id}-{slot}"
        kind_type = TYPES[type_key]
        return Item(
            id=ident(self._seed, "ast", kind, number),
            number=number,
            kind=kind,
            type_key=type_key,
            serial=f"{kind_type.serial}{bought:%y}{number:05}",
            owner_id=owner.id,
            stints=stints,
            node_id=self._box(box_name, school, kind, slot).node_id,
            device_id=ident(self._seed, "dev", kind, number),
            purchased_on=bought,
            value=kind_type.value,
        )

    def _box(self, name: str, school: School, kind: str, slot: int | None) -> Box:
        if name not in self.boxes:
            node_id = "n-" + short_ident(self._seed, 12, "box", name)
            where = {"recorder": "录播教室", "printer_3d": "创客教室"}.get(kind, f"教学楼 {(slot or 0) + 1} 层")
            self.boxes[name] = Box(node_id, school.id, school.site_id, f"{school.name_zh} {where}")
        return self.boxes[name]

    def _room(self, school: School, use: str, number: int, capacity: int) -> Place:
        key = ident(self._seed, "rom", school.id, use, number)
        if key not in self._rooms:
            zh, en = _room_name(use, number)
            self._rooms[key] = Place(key, school.id, use, zh, en, capacity, use != "classroom")
        return self._rooms[key]


def _room_name(use: str, number: int) -> tuple[str, str]:
    if use == "recording":
        return (
            ("录播教室", "Recording classroom")
            if number == 1
            else (f"录播教室 {number}", f"Recording classroom {number}")
        )
    if use == "maker":
        return "创客教室", "Maker room"
    grade, group = number % len(_GRADES), number // len(_GRADES) + 1
    return f"{_GRADES[grade]}年级（{group}）班教室", f"Grade {grade + 1} Class {group}"
