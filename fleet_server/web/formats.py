"""How times, lengths, shares and words are written in each language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from fleet_server.core.clock import from_ms
from fleet_server.web.i18n import CHINESE, translator

NBSP = "\u00a0"
WEEKDAYS = {
    CHINESE: ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STATES = {
    "in_use": "In use",
    "setup": "Setup",
    "standby": "Standby",
    "maintenance": "Maintenance",
    "fault": "Fault",
    "off": "Off",
    "in_transit": "In transit",
    "unknown": "Unknown",
}
KINDS = {
    "printer_3d": "3D printer",
    "recorder": "Recording classroom set",
    "smart_board": "Smart board",
    "projector": "Projector",
    "computer": "Computer",
    "lab_kit": "Lab kit",
    "plug": "Metered plug",
    "room": "Room",
}
LIVENESS = {"online": "Online", "stale": "Not heard from", "offline": "Offline"}
BOOKINGS = {
    "requested": "Waiting for approval",
    "approved": "Approved",
    "checked_out": "Out",
    "returned": "Returned",
    "completed": "Completed",
    "rejected": "Refused",
    "cancelled": "Cancelled",
    "expired": "Expired",
    "no_show": "No-show",
    "released": "Released",
}
ABILITIES = {
    "materials": "Materials",
    "build_mm": "Build volume (mm)",
    "inches": "Screen (inch)",
}
CAUSES = {
    "box_offline": "box off line",
    "agent_killed": "agent stopped without notice",
    "driver_stuck": "driver does not answer",
    "link_lost": "link to the device lost",
    "bad_answer": "device answers nonsense",
    "clock_untrusted": "clock not trusted",
    "journal_dropped": "journal was full",
    "journal_gap": "records missing in the journal",
    "not_yet_seen": "not seen yet",
}
Moment = datetime | int


def moment(value: Moment) -> datetime:
    """Return an aware time from one, or from milliseconds since 1970 UTC."""
    if isinstance(value, int):
        return from_ms(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def in_zone(value: Moment, zone: str) -> datetime:
    """Return the time as the clocks of a zone show it."""
    return moment(value).astimezone(ZoneInfo(zone))


def word(table: dict[str, str], key: str, locale: str) -> str:
    """Return the word for a key of one of the tables above; an unknown key stays as it is."""
    return translator(locale)(table[key]) if key in table else key


def clock(value: Moment, zone: str) -> str:
    """Return hours and minutes, as in `10:42`."""
    return f"{in_zone(value, zone):%H:%M}"


def local(value: Moment, zone: str, seconds: bool = False) -> str:
    """Return day and time, as in `2026-11-19 10:42`."""
    return f"{in_zone(value, zone):{'%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M'}}"


def day(value: Moment, zone: str, locale: str) -> str:
    """Return month, day and weekday, as in `11 月 18 日 周三` or `Wed 18 Nov`."""
    there = in_zone(value, zone)
    weekday = WEEKDAYS.get(locale, WEEKDAYS["en"])[there.weekday()]
    if locale == CHINESE:
        return f"{there.month}{NBSP}月{NBSP}{there.day}{NBSP}日 {weekday}"
    return f"{weekday} {there.day}{NBSP}{MONTHS[there.month - 1]}"


def age(value: Moment | None, now: datetime, locale: str) -> str:
    """Return how long ago (or how far ahead) a time is, in the largest unit that tells enough."""
    _ = translator(locale)
    if value is None or value == 0:
        return _("never")
    seconds = round((now - moment(value)).total_seconds())
    if seconds < 0:
        return _ahead(-seconds, locale)
    if seconds < 60:
        return _("%(count)s s ago", count=seconds)
    if seconds < 3600:
        return _("%(count)s min ago", count=seconds // 60)
    if seconds < 86400:
        return _("%(count)s h ago", count=seconds // 3600)
    return _.plural("%(count)s day ago", "%(count)s days ago", seconds // 86400)


def _ahead(seconds: int, locale: str) -> str:
    _ = translator(locale)
    if seconds < 3600:
        return _("in %(count)s min", count=max(1, seconds // 60))
    if seconds < 86400:
        return _("in %(count)s h", count=seconds // 3600)
    return _.plural("in %(count)s day", "in %(count)s days", seconds // 86400)


def duration(seconds: float | timedelta, locale: str) -> str:
    """Return a length, as in `5 时 24 分` or `5 h 24 min`; below a minute in seconds."""
    whole = round(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    hour, minute, second = (" 时", " 分", " 秒") if locale == CHINESE else (" h", " min", " s")
    if 0 < whole < 60:
        return _bind(f"{whole}{second}")
    hours, minutes = divmod(whole // 60, 60)
    if hours and minutes:
        return _bind(f"{hours}{hour} {minutes:02d}{minute}")
    return _bind(f"{hours}{hour}" if hours else f"{minutes}{minute}")


def _bind(text: str) -> str:
    return text.replace(" ", NBSP)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share of 1 as percent, as in `22.5%`; a missing one as a dash."""
    return "—" if share is None else f"{share * 100:.{digits}f}%"


def zone_offset(now: datetime, zone: str) -> str:
    """Return a zone's distance from UTC now, as in `UTC+8`."""
    minutes = int((in_zone(now, zone).utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
