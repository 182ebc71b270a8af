"""Public holidays and swapped work days of mainland China, from `chinese_calendar` (the State Council's notices).

A year whose notice the library does not hold is not published: nothing is invented for it but the days the law fixes.
"""

from dataclasses import dataclass
from datetime import date

import chinese_calendar

ZONES = frozenset({"Asia/Shanghai", "Asia/Urumqi", "Asia/Chongqing", "Asia/Harbin", "PRC"})
"""Time zones whose schools follow the notices."""

FIXED = {(1, 1): "元旦", (5, 1): "劳动节", (5, 2): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}
"""Days off by solar date in 《全国年节及纪念日放假办法》, as amended for 2025; sure before any notice."""

_CHINESE = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}


@dataclass(frozen=True, slots=True)
class PublicDay:
    """What the state says of a day: off or worked against the weekday, its occasion, whether the year is published."""

    off: bool = False
    swapped: bool = False
    name: str = ""
    published: bool = True


def public_day(day: date, timezone: str) -> PublicDay:
    """Return what the notices say of a day; elsewhere than in China they say nothing."""
    if timezone not in ZONES:
        return PublicDay()
    try:
        off, occasion = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        name = FIXED.get((day.month, day.day), "")
        return PublicDay(off=bool(name), name=name, published=False)
    name = _CHINESE.get(occasion, "")
    if off:
        return PublicDay(off=bool(name), name=name)
    return PublicDay(swapped=day.weekday() >= 5, name=name)
