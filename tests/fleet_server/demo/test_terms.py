from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.demo.terms import marked_days, shown_days, terms_around


@given(first=st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_whatever_the_date_one_term_holds_the_weeks_shown_and_another_follows(first: date) -> None:
    last = first + timedelta(days=76)
    now, after = terms_around(first, last)
    assert now.first_day <= first
    assert last <= now.last_day
    assert now.last_day < after.first_day < after.last_day
    assert now.name_zh != after.name_zh


def test_today_counts_as_a_school_day_and_late_in_the_evening_tomorrow_too() -> None:
    sunday = date(2026, 11, 22)
    assert shown_days(sunday, 10 * 60) == [sunday]
    assert shown_days(sunday, 23 * 60) == [sunday, date(2026, 11, 23)]
    marked = list(marked_days([sunday], date(2026, 9, 28), date(2026, 12, 6)))
    assert [(day.day, day.follows_weekday) for day in marked] == [(sunday, 2), (date(2026, 10, 10), 0)]
