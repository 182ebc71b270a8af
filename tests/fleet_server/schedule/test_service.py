"""Claims on both databases: no two overlap, lapsed holds make way, rows stay."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from fleet_server.core.db import Database
from fleet_server.schedule import service
from fleet_server.schedule.models import Claim
from fleet_server.schedule.rules import Range, overlap
from fleet_server.schedule.service import HoldLapsed, SlotTaken, Wanted

NOW = datetime(2026, 11, 19, 2, 0, tzinfo=UTC)


def hour(number: float) -> datetime:
    return NOW + timedelta(hours=number)


def wanted(start: float, end: float, resource: str = "ast_a", held_until: datetime | None = None) -> Wanted:
    return Wanted("asset", resource, hour(start), hour(end), "booking", "bkg_1", "", held_until)


def test_a_second_claim_on_a_taken_slot_is_refused_with_what_lies_there(database: Database) -> None:
    with database.writing() as session:
        first = service.claim(session, wanted(1, 2), NOW)
        with pytest.raises(SlotTaken) as caught:
            service.claim(session, wanted(1.5, 3), NOW)
        assert [claim.id for claim in caught.value.conflicts] == [first.id]
        assert caught.value.params["conflicts"] == [
            {
                "kind": "booking",
                "status": "active",
                "busy_from": hour(1).isoformat(),
                "busy_until": hour(2).isoformat(),
            }
        ]


def test_claims_that_touch_do_not_overlap(database: Database) -> None:
    with database.writing() as session:
        service.claim(session, wanted(1, 2), NOW)
        service.claim(session, wanted(2, 3), NOW)
        service.claim(session, wanted(0, 1), NOW)
        service.claim(session, wanted(1, 2, "ast_b"), NOW)
    assert count(database, "active") == 4


def test_a_hold_that_ran_out_makes_way_and_one_that_did_not_keeps_its_slot(database: Database) -> None:
    with database.writing() as session:
        held = service.claim(session, wanted(5, 6, held_until=hour(1)), NOW)
        with pytest.raises(SlotTaken):
            service.claim(session, wanted(5, 6), hour(0.9))
        taken = service.claim(session, wanted(5, 6), hour(1))
        session.refresh(held)
        assert (held.status, held.released_at, taken.status) == ("released", hour(1), "active")


def test_a_lapsed_hold_cannot_be_confirmed(database: Database) -> None:
    with database.writing() as session:
        held = service.claim(session, wanted(5, 6, held_until=hour(1)), NOW)
        with pytest.raises(HoldLapsed):
            service.confirm(session, held.id, hour(1))
        service.confirm(session, held.id, hour(0.5))
        session.refresh(held)
        assert (held.status, held.held_until) == ("active", None)


def test_a_move_into_a_taken_range_leaves_the_claim_where_it_was(database: Database) -> None:
    with database.writing() as session:
        service.claim(session, wanted(1, 2), NOW)
        moved = service.claim(session, wanted(3, 4), NOW)
        with pytest.raises(SlotTaken):
            service.move(session, moved, hour(1.5), hour(2.5), NOW)
        session.refresh(moved)
        assert (moved.busy_from, moved.busy_until) == (hour(3), hour(4))
        service.move(session, moved, hour(2), hour(3.5), NOW)
    with database.reading() as session:
        assert session.get_one(Claim, moved.id).busy_from == hour(2)


def test_several_claims_are_taken_all_or_none(database: Database) -> None:
    with database.writing() as session:
        service.claim(session, wanted(1, 2, "ast_b"), NOW)
    with pytest.raises(SlotTaken), database.writing() as session:
        service.claim_all(session, [wanted(1, 2, "ast_a"), wanted(1, 2, "ast_b")], NOW)
    assert count(database, "active") == 1


@pytest.mark.parametrize("statement", ["raw insert", "raw update", "raw delete"])
def test_the_database_itself_refuses_overlap_and_deletion(database: Database, statement: str) -> None:
    with database.writing() as session:
        first = service.claim(session, wanted(1, 2), NOW)
        second = service.claim(session, wanted(3, 4), NOW)
    copy = first.model_dump() | {"id": "clm_raw"}
    raw: sa.Executable = {
        "raw insert": sa.insert(Claim).values(copy),
        "raw update": sa.update(Claim).where(col(Claim.id) == second.id).values(busy_from=hour(1)),
        "raw delete": sa.delete(Claim).where(col(Claim.id) == first.id),
    }[statement]
    with pytest.raises(sa.exc.DBAPIError), database.writing() as session:
        session.connection().execute(raw)


def test_early_return_frees_the_rest_and_never_lengthens(database: Database) -> None:
    with database.writing() as session:
        claim = service.claim(session, wanted(1, 4), NOW)
        service.shorten(session, claim.id, hour(5))
        service.shorten(session, claim.id, hour(2))
        service.claim(session, wanted(2, 3), NOW)
        session.refresh(claim)
        assert claim.busy_until == hour(2)


def count(database: Database, status: str) -> int:
    with database.reading() as session:
        return len(session.exec(select(Claim.id).where(Claim.status == status)).all())


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["claim", "hold", "move", "release", "tick"]),
        st.integers(0, 1),
        st.integers(0, 20),
        st.integers(1, 6),
        st.integers(0, 30),
    ),
    max_size=25,
)


class Model:
    """What the claims table must agree with, as plain lists."""

    def __init__(self) -> None:
        self.ranges: dict[str, tuple[str, Range, datetime | None]] = {}

    def clashes(self, resource: str, span: Range, now: datetime, but: str = "") -> bool:
        return any(
            other == resource and overlap(span, taken) and (until is None or until > now)
            for key, (other, taken, until) in self.ranges.items()
            if key != but
        )

    def give_way(self, resource: str, span: Range, now: datetime, but: str = "") -> None:
        for key, (other, taken, until) in list(self.ranges.items()):
            if key != but and other == resource and overlap(span, taken) and until is not None and until <= now:
                del self.ranges[key]


def apply_step(session: Session, model: Model, step: tuple[str, int, int, int, int], now: datetime) -> datetime:
    action, which, start, length, pick = step
    resource, span = f"ast_{which}", (hour(start), hour(start + length))
    keys = list(model.ranges)
    if action == "tick":
        return now + timedelta(minutes=20 * length)
    if action in ("claim", "hold"):
        until = now + timedelta(hours=1) if action == "hold" else None
        expected = not model.clashes(resource, span, now)
        try:
            row = service.claim(session, Wanted("asset", resource, *span, "booking", "s", "", until), now)
        except SlotTaken:
            assert not expected
            return now
        assert expected
        model.give_way(resource, span, now)
        model.ranges[row.id] = (resource, span, until)
    elif keys and action == "release":
        assert service.release(session, keys[pick % len(keys)], now)
        del model.ranges[keys[pick % len(keys)]]
    elif keys:
        key = keys[pick % len(keys)]
        resource, _, until = model.ranges[key]
        expected = not model.clashes(resource, span, now, key)
        try:
            service.move(session, session.get_one(Claim, key), *span, now)
        except SlotTaken:
            assert not expected
            return now
        assert expected
        model.give_way(resource, span, now, key)
        model.ranges[key] = (resource, span, until)
    return now


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_sequence_of_claims_agrees_with_the_model_and_never_overlaps(
    database: Database, steps: list[tuple[str, int, int, int, int]]
) -> None:
    model, now = Model(), NOW
    with database.queued(), Session(database.write) as session:
        for step in steps:
            now = apply_step(session, model, step, now)
        blocking = session.exec(select(Claim).where(col(Claim.status).in_(service.BLOCKING))).all()
        assert {row.id: (row.resource_id, (row.busy_from, row.busy_until)) for row in blocking} == {
            key: value[:2] for key, value in model.ranges.items()
        }
        for one in blocking:
            for other in blocking:
                if one.id < other.id and one.resource_id == other.resource_id:
                    assert not overlap((one.busy_from, one.busy_until), (other.busy_from, other.busy_until))
        session.rollback()
