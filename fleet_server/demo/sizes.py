"""How big each demo district is."""

from dataclasses import dataclass, replace

from fleet_server.core.errors import Invalid


class UnknownDistrict(Invalid):
    """No demo district has this name."""

    code = "district_unknown"


@dataclass(frozen=True, slots=True)
class Size:
    """Figures of a district: schools by place, pairs that teach joint lessons, and equipment.

    `boards_per_box` smart boards of one school hang on one box; recorders and printers have a box each. There are
    `weeks` of history and `days_ahead` of plans: a bigger district gets less, so that a small computer takes it in
    within minutes.
    """

    key: str
    city: int
    town: int
    village: int
    pairs: int
    recorders: int
    printers: int
    boards: int
    boards_per_box: int = 6
    weeks: int = 8
    days_ahead: int = 14

    @property
    def schools(self) -> int:
        """Return how many schools there are."""
        return self.city + self.town + self.village


SIZES = {
    size.key: size
    for size in (
        Size("paired-schools", city=6, town=12, village=20, pairs=18, recorders=41, printers=60, boards=150),
        Size("roaming-printers", city=8, town=16, village=20, pairs=8, recorders=16, printers=270, boards=60),
        Size(
            "smart-classrooms", city=16, town=18, village=20, pairs=12, recorders=30, printers=24, boards=727, weeks=2
        ),
    )
}
DEFAULT = "paired-schools"


def size_of(key: str, schools: int | None = None) -> Size:
    """Return the figures of a district, or of a smaller one with the same proportions and `schools` schools (≥ 3).

    Raises: UnknownDistrict; Invalid when `schools` is out of bounds.
    """
    if key not in SIZES:
        raise UnknownDistrict(district=key, known=", ".join(SIZES))
    size = SIZES[key]
    return size if schools is None else _smaller(size, schools)


def _smaller(size: Size, schools: int) -> Size:
    if not 3 <= schools <= size.schools:
        raise Invalid("district_size", schools=schools, most=size.schools)
    city, town, village = shared_out(schools - 3, (size.city, size.town, size.village))
    part = schools / size.schools

    def some(count: int, least: int) -> int:
        return max(least, round(count * part))

    return replace(
        size,
        city=city + 1,
        town=town + 1,
        village=village + 1,
        pairs=min(some(size.pairs, 1), village + 1, city + town + 2),
        recorders=some(size.recorders, schools),
        printers=some(size.printers, 2),
        boards=some(size.boards, schools),
    )


def shared_out(total: int, weights: tuple[float, ...]) -> list[int]:
    """Return whole shares of `total` in proportion to the weights, by largest remainder."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda at: (shares[at] - exact[at], at))
    for at in by_remainder[: total - sum(shares)]:
        shares[at] += 1
    return shares
