"""Minutes by road between the demo's schools, from invented places on a map."""

from functools import lru_cache
from math import ceil, hypot
from random import Random

from fleet_server.demo.district import School

_RADIUS = {"city": 3.0, "town": 16.0, "village": 24.0}
_MINUTES_PER_KM = 1.5


def minutes_between(one: School, other: School) -> int:
    """Return minutes by road, a multiple of five, 0 within a school."""
    if one.id == other.id:
        return 0
    (x1, y1), (x2, y2) = _place(one.id, one.remoteness), _place(other.id, other.remoteness)
    return max(10, ceil(hypot(x1 - x2, y1 - y2) * _MINUTES_PER_KM / 5) * 5)


@lru_cache(maxsize=512)
def _place(school_id: str, remoteness: str) -> tuple[float, float]:
    rng = Random(school_id)
    reach = _RADIUS[remoteness]
    return rng.uniform(-reach, reach), rng.uniform(-reach, reach)
