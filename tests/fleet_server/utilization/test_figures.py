"""Figures: scope, groups, totals; recounting from segments gives the same numbers to the second."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from fleet_server.core.clock import from_ms
from fleet_server.core.db import Database
from fleet_server.core.errors import NotFound
from fleet_server.core.scope import Role, Viewer
from fleet_server.organizations.models import Period, Term
from fleet_server.utilization import evidence
from fleet_server.utilization.figures import GroupBy, MethodNotRecorded, Report
from fleet_server.utilization.rules import Method, contributions, rates, total
from fleet_server.utilization.service import PeriodWrong, Question, reopen, rows
from fleet_server.utilization.settling import settle
from tests.fleet_server.utilization.world import HOUR, MIDNIGHT, THURSDAY, World, local_time

NOW = from_ms(MIDNIGHT + 24 * HOUR)
FIRST, UNTIL = THURSDAY - timedelta(days=6), THURSDAY + timedelta(days=1)


def viewer(organization: str, role: Role = Role.AUDITOR) -> Viewer:
    return Viewer("p", "甲", "A", "en", ((role, organization),))


@dataclass
class District:
    """Two schools of a bureau and one of another, four printers with a week of random states."""

    database: Database

    def rows(
        self, group_by: GroupBy = GroupBy.ORGANIZATION, organization: str | None = "bureau", **asked: object
    ) -> Report:
        question = Question(organization, asked.get("start", FIRST), asked.get("end", UNTIL), group_by)  # type: ignore[arg-type]
        with self.database.reading() as session:
            return rows(session, viewer("bureau"), question, NOW)


@pytest.fixture
def district(database: Database) -> District:
    chance = random.Random(7)
    with database.writing() as session:
        world = World(session)
        world.organization("bureau", kind="bureau")
        world.organization("elsewhere", kind="bureau")
        for school, above in (("north", "bureau"), ("river", "bureau"), ("far", "elsewhere")):
            world.organization(school, above=(above,))
        for above in ("bureau", "elsewhere"):
            session.add(Term(id=f"t{above}", organization_id=above, name_zh="秋", name_en="Autumn",
                             first_day=date(2026, 9, 1), last_day=date(2027, 1, 20)))  # fmt: skip
            for number, hour in enumerate((8, 9, 14)):
                starts, ends = local_time(hour), local_time(hour, 40)
                session.add(
                    Period(id=f"{above}{number}", organization_id=above, number=number, starts=starts, ends=ends)
                )
        world.person()
        for asset, school in (("a1", "north"), ("a2", "north"), ("a3", "river"), ("a4", "far")):
            world.asset(asset, school)
            world.device(f"d{asset}", asset, MIDNIGHT + 24 * HOUR)
            spans, start = [], MIDNIGHT - 7 * 24 * HOUR
            while start < MIDNIGHT + 24 * HOUR:
                end = min(start + chance.randint(1_000, 3 * HOUR), MIDNIGHT + 24 * HOUR)
                state = chance.choice(["in_use", "standby", "setup", "fault", "off", "in_use", "standby", "unknown"])
                spans.append((start, end, state))
                start = end
            world.segments(f"d{asset}", *spans)
            reopen(session, [(f"d{asset}", start, end) for start, end, _ in spans])
        world.booking("a1", "river", MIDNIGHT + 8 * HOUR, MIDNIGHT + 10 * HOUR)
        world.claim("a2", MIDNIGHT + 14 * HOUR, MIDNIGHT + 15 * HOUR, "maintenance")
    settle(database, NOW)
    return District(database)


def test_a_row_is_a_school_and_others_parts_of_the_tree_are_left_out(district: District) -> None:
    report = district.rows()
    assert {row.key for row in report.rows} == {"north", "river"}
    assert report.pending == 0


def test_an_organization_outside_the_viewers_tree_is_not_found(district: District) -> None:
    with pytest.raises(NotFound):
        district.rows(organization="far")


def test_without_an_organization_the_whole_sight_counts(district: District) -> None:
    assert district.rows(organization=None).total.sums == district.rows().total.sums


@pytest.mark.parametrize("group_by", list(GroupBy))
def test_every_grouping_sums_to_the_same_whole(district: District, group_by: GroupBy) -> None:
    whole, parts = district.rows().total.sums, district.rows(group_by)
    assert parts.total.sums == total(row.sums for row in parts.rows)
    for name in ("core", "available", "known", "used", "booked", "borrowed"):
        assert getattr(parts.total.sums, name) == getattr(whole, name)


@pytest.mark.parametrize("group_by", list(GroupBy))
def test_counting_again_from_segments_gives_every_row_to_the_millisecond(district: District, group_by: GroupBy) -> None:
    settled = {row.key: row.sums for row in district.rows(group_by).rows}
    recounted = district.rows(group_by, start=from_ms(MIDNIGHT - 6 * 24 * HOUR + 1), end=from_ms(MIDNIGHT + 24 * HOUR))
    assert {row.key: row.sums for row in recounted.rows} == settled


def test_a_period_that_cuts_through_lessons_is_counted_exactly(district: District) -> None:
    start = from_ms(MIDNIGHT + 8 * HOUR + 600_000)
    report = district.rows(start=start, end=start + timedelta(minutes=7))
    assert report.total.sums.core == 3 * 7 * 60_000


def test_the_stretches_of_a_row_sum_to_its_figures(district: District) -> None:
    for group_by in GroupBy:
        question = Question("bureau", FIRST, UNTIL, group_by)
        with district.database.reading() as session:
            for row in rows(session, viewer("bureau"), question, NOW).rows[:3]:
                asked = evidence.subject(session, viewer("bureau"), question, row.key)
                made = evidence.recounted(list(evidence.stretches(session, asked, NOW)))
                for name in ("core", "maintenance", "in_transit", "unknown", "used"):
                    if group_by != GroupBy.HOUR_OF_WEEK or name in ("core", "unknown", "used"):
                        assert getattr(made, name) == getattr(row.sums, name), (row.key, name)


def test_evidence_lists_bookings_and_calendar_days_without_names(district: District) -> None:
    question = Question("bureau", FIRST, UNTIL)
    with district.database.reading() as session:
        asked = evidence.subject(session, viewer("bureau"), question, "north")
        ((asset, booked),) = evidence.bookings_of(session, asked, NOW)
        lines = evidence.calendar_lines(session, asked)
    assert (asset.asset_code, booked.user_id) == ("a1", "river")
    assert [line.day for line in lines] == [FIRST + timedelta(days=number) for number in range(7)]
    assert sum(line.core_ms for line in lines) == 5 * 3 * 40 * 60_000


def test_the_evidence_of_a_school_outside_the_question_is_not_found(district: District) -> None:
    with district.database.reading() as session, pytest.raises(NotFound):
        evidence.subject(session, viewer("bureau"), Question("bureau", FIRST, UNTIL), "far")


def test_a_timetable_never_mixes_with_measured_use(district: District) -> None:
    with district.database.reading() as session:
        timetable = rows(session, viewer("bureau"), Question("bureau", FIRST, UNTIL, method=Method.TIMETABLE), NOW)
        with pytest.raises(MethodNotRecorded):
            rows(session, viewer("bureau"), Question("bureau", FIRST, UNTIL, method=Method.SURVEY), NOW)
    assert timetable.total.sums.used == 0
    assert timetable.total.rates.coverage == 1.0


def test_a_period_that_ends_before_it_begins_is_refused(district: District) -> None:
    with pytest.raises(PeriodWrong):
        district.rows(start=UNTIL, end=FIRST)
    with pytest.raises(PeriodWrong):
        district.rows(start=datetime(2001, 1, 1, tzinfo=NOW.tzinfo), end=UNTIL)


def test_contributions_of_the_parts_sum_to_the_change_of_the_whole(district: District) -> None:
    half = FIRST + timedelta(days=3)
    before = {row.key: row.sums for row in district.rows(end=half).rows}
    after = {row.key: row.sums for row in district.rows(start=half).rows}
    old, new = rates(total(before.values()), 0).utilization, rates(total(after.values()), 0).utilization
    assert old is not None
    assert new is not None
    assert sum(contributions(before, after).values()) == pytest.approx(new - old)
