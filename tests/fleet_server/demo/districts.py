"""A small district and its weeks, as the tests of the demo need them."""

from datetime import date, timedelta

from fleet_server.demo import history
from fleet_server.demo.bells import days_between
from fleet_server.demo.building import build
from fleet_server.demo.district import District
from fleet_server.demo.history import Weeks
from fleet_server.demo.sizes import size_of

TODAY = date(2026, 11, 18)


def small(schools: int = 6, key: str = "paired-schools") -> District:
    return build(size_of(key, schools), "test", TODAY)


def weekdays_only(day: date) -> int | None:
    return day.weekday() if day.weekday() < 5 else None


def lived(district: District, shift: int = 0, back: int = 9, ahead: int = 5) -> Weeks:
    days = days_between(TODAY - timedelta(days=back), TODAY + timedelta(days=ahead))
    return history.weeks(district, shift, days, weekdays_only, None)
