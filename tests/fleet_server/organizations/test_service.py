"""The tree: reach follows parents and memberships, with dates; nothing lies below itself."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from fleet_server.core.db import Database
from fleet_server.core.errors import Conflict, Invalid, NotFound
from fleet_server.core.scope import SYSTEM, Role, Viewer
from fleet_server.organizations import service
from fleet_server.organizations.models import Membership, Organization, Reach
from fleet_server.organizations.service import OrganizationCycle, OrganizationNotFound, SiteTaken, TimezoneUnknown
from tests.conftest import StillClock


def add(session: Session, clock: StillClock, name: str, parent: str | None = None, kind: str = "school") -> None:
    service.create(
        session, SYSTEM, kind=kind, name_zh=name, name_en=name, parent_id=parent, organization_id=name, now=clock()
    )


def family(session: Session, clock: StillClock) -> None:
    for name, parent in (("bureau", None), ("north", "bureau"), ("campus", "north"), ("south", "bureau")):
        add(session, clock, name, parent)
    add(session, clock, "union", None, "consortium")


def test_a_move_takes_all_below_along_and_keeps_the_past(database: Database, clock: StillClock) -> None:
    with database.writing() as session:
        family(session, clock)
        moved_at = clock.advance(60)
        service.set_parent(session, SYSTEM, "north", "south", moved_at)
        assert service.descendants(session, "south") == ["campus", "north", "south"]
        assert service.descendants(session, "bureau") == ["bureau", "campus", "north", "south"]
        service.set_parent(session, SYSTEM, "north", "bureau", clock.advance(60))
        assert service.descendants(session, "south") == ["south"]
        past = session.exec(select(Reach).where(Reach.ancestor_id == "south", Reach.descendant_id == "campus")).one()
        assert (past.since, past.until) == (moved_at, clock())


def test_a_member_is_reached_by_its_consortium_until_it_leaves(database: Database, clock: StillClock) -> None:
    with database.writing() as session:
        family(session, clock)
        service.join(session, SYSTEM, "union", "north", clock.advance(60))
        assert service.descendants(session, "union") == ["campus", "north", "union"]
        with pytest.raises(Conflict):
            service.join(session, SYSTEM, "union", "north", clock())
        service.leave(session, SYSTEM, "union", "north", clock.advance(60))
        assert service.descendants(session, "union") == ["union"]
        assert service.descendants(session, "bureau") == ["bureau", "campus", "north", "south"]


def test_nothing_lies_below_itself(database: Database, clock: StillClock) -> None:
    with database.writing() as session:
        family(session, clock)
        for parent in ("north", "campus"):
            with pytest.raises(OrganizationCycle):
                service.set_parent(session, SYSTEM, "north", parent, clock())
        service.join(session, SYSTEM, "union", "bureau", clock())
        with pytest.raises(OrganizationCycle):
            service.join(session, SYSTEM, "campus", "union", clock())


def test_a_viewer_sees_their_part_of_the_tree_in_order(database: Database, clock: StillClock) -> None:
    viewer = Viewer("p", "", "", "en", ((Role.TECHNICIAN, "north"),))
    with database.writing() as session:
        family(session, clock)
        assert [row.id for row in service.tree(session, viewer)] == ["north", "campus"]
        assert service.seen(session, viewer, "campus").id == "campus"
        with pytest.raises(OrganizationNotFound):
            service.seen(session, viewer, "south")


def test_the_way_back_stands_in_for_a_way_not_entered(database: Database, clock: StillClock) -> None:
    with database.writing() as session:
        family(session, clock)
        service.set_travel_minutes(session, SYSTEM, "north", "south", 25, clock())
        service.set_travel_minutes(session, SYSTEM, "north", "south", 20, clock())
        ways = [("north", "south"), ("south", "north"), ("north", "north"), ("north", "bureau")]
        assert [service.travel_minutes(session, *way) for way in ways] == [20, 20, 0, 60]


def test_what_cannot_be_is_refused(database: Database, clock: StillClock) -> None:
    with database.writing() as session:
        family(session, clock)
        names: dict[str, Any] = {"kind": "school", "name_zh": "x", "name_en": "x", "now": clock()}
        service.create(session, SYSTEM, site_id="s1", **names)
        with pytest.raises(SiteTaken):
            service.create(session, SYSTEM, site_id="s1", **names)
        with pytest.raises(TimezoneUnknown):
            service.create(session, SYSTEM, timezone="Mars/Olympus", **names)
        with pytest.raises(OrganizationNotFound):
            service.create(session, SYSTEM, parent_id="nowhere", **names)
        with pytest.raises(Invalid):
            service.add_pair(session, SYSTEM, "north", "north", date(2026, 9, 1), clock())
        with pytest.raises(Invalid):
            service.add_agreement(session, SYSTEM, "north", "south", date(2026, 9, 2), date(2026, 9, 1), clock())


steps = st.lists(
    st.tuples(st.sampled_from(["move", "join", "leave"]), st.integers(0, 5), st.integers(0, 5)), max_size=12
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_reach_equals_the_closure_of_parents_and_memberships_after_any_changes(
    sqlite_database: Database, clock: StillClock, steps: list[tuple[str, int, int]]
) -> None:
    with Session(sqlite_database.write) as session:
        for number in range(6):
            add(session, clock, f"o{number}")
        for what, one, other in steps:
            clock.advance(one % 2)
            try:
                if what == "move":
                    service.set_parent(session, SYSTEM, f"o{one}", f"o{other}", clock())
                else:
                    change = service.join if what == "join" else service.leave
                    change(session, SYSTEM, f"o{one}", f"o{other}", clock())
            except (OrganizationCycle, Conflict, NotFound):
                continue
        for number in range(6):
            assert service.descendants(session, f"o{number}") == closure(session, f"o{number}")
        session.rollback()


def closure(session: Session, top: str) -> list[str]:
    below, waiting = {top}, [top]
    while waiting:
        one = waiting.pop()
        children = select(Organization.id).where(Organization.parent_id == one)
        members = select(Membership.organization_id).where(
            Membership.consortium_id == one, col(Membership.until).is_(None)
        )
        fresh = {*session.exec(children), *session.exec(members)} - below
        below |= fresh
        waiting += fresh
    return sorted(below)
