"""Signing in: the right password, delays after wrong ones, and no word about who has an account."""

from datetime import timedelta

import pytest
from sqlmodel import select

from fleet_server.core.db import Database
from fleet_server.core.scope import Role
from fleet_server.people import service
from fleet_server.people.models import Person, SignInDelay, WebSession
from fleet_server.people.passwords import FREE_TRIES, delay_after
from fleet_server.people.service import PasswordUnfit, SignInRefused, SignInTooSoon, UsernameTaken
from fleet_server.people.signing_in import attempt
from tests.conftest import StillClock

PASSWORD = "long enough 密码"


@pytest.fixture
def person(database: Database, clock: StillClock) -> Person:
    with database.writing() as session:
        return service.create_person(session, "Li.Na", "李娜", "Li Na", PASSWORD, clock())


def wrong(database: Database, clock: StillClock, username: str) -> None:
    with pytest.raises(SignInRefused):
        attempt(database, username, "wrong", clock())


def test_the_right_password_starts_a_session_whose_secret_is_not_kept(
    database: Database, clock: StillClock, person: Person
) -> None:
    secret = attempt(database, " li.na ", PASSWORD, clock())
    with database.reading() as session:
        signed_in = service.viewer_of_session(session, secret, clock())
        kept = session.exec(select(WebSession)).one()
    assert signed_in is not None
    assert signed_in.viewer.person_id == person.id
    assert secret not in kept.model_dump_json()


def test_an_unknown_username_is_refused_and_delayed_just_like_a_known_one(
    database: Database, clock: StillClock, person: Person
) -> None:
    for username in ("li.na", "nobody"):
        for _ in range(FREE_TRIES):
            wrong(database, clock, username)
        with pytest.raises(SignInTooSoon) as caught:
            attempt(database, username, "wrong", clock())
        assert caught.value.params["retry_after_s"] == 3
    with pytest.raises(SignInTooSoon):
        attempt(database, "li.na", PASSWORD, clock())


def test_the_delay_passes_and_success_forgets_it(database: Database, clock: StillClock, person: Person) -> None:
    for _ in range(FREE_TRIES):
        wrong(database, clock, "li.na")
    clock.advance(2)
    attempt(database, "li.na", PASSWORD, clock())
    with database.reading() as session:
        assert session.get(SignInDelay, "li.na") is None


def test_delays_double_up_to_a_quarter_of_an_hour() -> None:
    delays = [delay_after(failures).total_seconds() for failures in range(40)]
    assert delays[:6] == [0, 0, 0, 2, 4, 8]
    assert delays == sorted(delays)
    assert delays[-1] == 900


@pytest.mark.parametrize("password", ["", "\0", "\ud800", "x" * 10_000])
def test_no_password_however_odd_breaks_the_check(database: Database, clock: StillClock, password: str) -> None:
    with pytest.raises(SignInRefused):
        attempt(database, "no\0body\ud800", password, clock())


def test_who_left_can_neither_sign_in_nor_use_what_they_had(
    database: Database, clock: StillClock, person: Person
) -> None:
    with database.writing() as session:
        token = service.issue_token(session, person.id, "script", clock())
    secret = attempt(database, "li.na", PASSWORD, clock())
    with database.writing() as session:
        session.get_one(Person, person.id).left_at = clock()
    wrong_as_unknown = pytest.raises(SignInRefused)
    with wrong_as_unknown:
        attempt(database, "li.na", PASSWORD, clock())
    with database.reading() as session:
        assert service.viewer_of_session(session, secret, clock()) is None
        assert service.viewer_of_token(session, token, clock()) is None


def test_a_session_ends_after_twelve_hours_however_busy(database: Database, clock: StillClock, person: Person) -> None:
    secret = attempt(database, "li.na", PASSWORD, clock())
    for _ in range(11):
        now = clock.advance(3600)
        with database.writing() as session:
            service.touch_session(session, secret, now)
            assert service.viewer_of_session(session, secret, now) is not None
    clock.advance(3600)
    with database.reading() as session:
        assert service.viewer_of_session(session, secret, clock()) is None


def test_a_new_password_ends_every_session(database: Database, clock: StillClock, person: Person) -> None:
    secret = attempt(database, "li.na", PASSWORD, clock())
    with database.writing() as session:
        service.set_password(session, session.get_one(Person, person.id), "another long one", clock())
    with database.reading() as session:
        assert service.viewer_of_session(session, secret, clock()) is None
    attempt(database, "li.na", "another long one", clock())


def test_two_accounts_never_share_a_username(database: Database, clock: StillClock, person: Person) -> None:
    with database.writing() as session, pytest.raises(UsernameTaken):
        service.create_person(session, "LI.NA", "另", "Other", None, clock())


@pytest.mark.parametrize("password", ["short", "x" * 129])
def test_a_password_too_short_or_too_long_is_refused(database: Database, clock: StillClock, password: str) -> None:
    with database.writing() as session, pytest.raises(PasswordUnfit):
        service.create_person(session, "x", "某", "X", password, clock())


def test_a_token_works_until_it_expires_and_its_text_is_kept_nowhere(
    database: Database, clock: StillClock, person: Person
) -> None:
    with database.writing() as session:
        token = service.issue_token(session, person.id, "t", clock(), expires_at=clock() + timedelta(days=1))
    with database.reading() as session:
        assert token.startswith("cf_")
        assert service.viewer_of_token(session, token, clock()) is not None
        assert service.viewer_of_token(session, token[:-1], clock()) is None
        assert service.viewer_of_token(session, token, clock.advance(86400)) is None


def test_a_role_counts_from_its_start_to_its_end(database: Database, clock: StillClock, person: Person) -> None:
    from fleet_server.core.scope import SYSTEM
    from fleet_server.organizations import service as organizations

    with database.writing() as session:
        place = organizations.create(session, SYSTEM, kind="school", name_zh="校", name_en="S", now=clock())
        first = service.grant(session, person.id, place.id, Role.TECHNICIAN, clock())
        assert service.grant(session, person.id, place.id, Role.TECHNICIAN, clock()).id == first.id
        viewer = service.viewer_of(session, person.id, clock())
        assert viewer is not None
        assert viewer.grants == ((Role.TECHNICIAN, place.id),)
        service.revoke_grant(session, first.id, clock.advance(60), actor=SYSTEM)
        after = service.viewer_of(session, person.id, clock())
        assert after is not None
        assert after.grants == ()
