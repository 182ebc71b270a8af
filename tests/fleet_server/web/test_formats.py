"""Times, lengths and shares in both languages."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_server.web import formats

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace(formats.NBSP, " ")


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (0, "0 分", "0 min"),
        (42, "42 秒", "42 s"),
        (60, "1 分", "1 min"),
        (3600, "1 时", "1 h"),
        (5 * 3600 + 24 * 60, "5 时 24 分", "5 h 24 min"),
        (12 * 3600 + 5 * 60, "12 时 05 分", "12 h 05 min"),
        (86400, "24 时", "24 h"),
    ],
)
def test_a_length_is_written_in_the_units_of_the_language(seconds: int, chinese: str, english: str) -> None:
    assert plain(formats.duration(seconds, "zh-CN")) == chinese
    assert plain(formats.duration(timedelta(seconds=seconds), "en")) == english


@pytest.mark.parametrize(
    ("before", "chinese", "english"),
    [
        (3, "3 秒前", "3 s ago"),
        (120, "2 分钟前", "2 min ago"),
        (5400, "1 小时前", "1 h ago"),
        (86400, "1 天前", "1 day ago"),
        (3 * 86400, "3 天前", "3 days ago"),
        (-600, "10 分钟后", "in 10 min"),
        (-7200, "2 小时后", "in 2 h"),
        (-86400, "1 天后", "in 1 day"),
    ],
)
def test_an_age_says_how_long_ago_or_ahead(before: int, chinese: str, english: str) -> None:
    moment = NOW - timedelta(seconds=before)
    assert plain(formats.age(moment, NOW, "zh-CN")) == chinese
    assert plain(formats.age(moment, NOW, "en")) == english


def test_what_never_happened_has_no_age() -> None:
    assert formats.age(None, NOW, "en") == formats.age(0, NOW, "en") == "never"


def test_a_day_and_a_time_are_those_of_the_schools_zone() -> None:
    late = datetime(2026, 11, 18, 17, 30, tzinfo=UTC)
    assert plain(formats.day(late, "Asia/Shanghai", "zh-CN")) == "11 月 19 日 周四"
    assert plain(formats.day(late, "Asia/Shanghai", "en")) == "Thu 19 Nov"
    assert formats.clock(late, "Asia/Shanghai") == "01:30"
    assert formats.local(late, "Asia/Urumqi") == "2026-11-18 23:30"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Shanghai", "UTC+8"), ("UTC", "UTC+0"), ("Asia/Kathmandu", "UTC+5:45"), ("America/New_York", "UTC-5")],
)
def test_the_footer_names_the_distance_from_utc(zone: str, expected: str) -> None:
    assert formats.zone_offset(NOW, zone) == expected


def test_a_share_without_data_is_a_dash() -> None:
    assert formats.percent(None) == "—"
    assert formats.percent(0.2254) == "22.5%"
    assert formats.percent(0.5, 0) == "50%"


@given(st.integers(0, 10**7))
def test_a_length_never_parts_from_its_unit(seconds: int) -> None:
    assert " " not in formats.duration(seconds, "zh-CN")
