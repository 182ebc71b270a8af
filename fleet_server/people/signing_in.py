"""One try to sign in: the slow check outside any transaction, wrong tries counted, success starts a session."""

from datetime import datetime

from fleet_server.core.db import Database
from fleet_server.people.models import SignInDelay
from fleet_server.people.passwords import delay_after
from fleet_server.people.service import SignInRefused, check_password, delay_key, start_session


def attempt(database: Database, username: str, password: str, now: datetime) -> str:
    """Check username and password and return the secret for the session cookie.

    Raises: SignInRefused; SignInTooSoon with `retry_after_s`.
    """
    try:
        with database.reading() as session:
            person_id = check_password(session, username, password, now)
    except SignInRefused:
        _count_failure(database, delay_key(username), now)
        raise
    with database.writing() as session:
        delay = session.get(SignInDelay, delay_key(username))
        if delay is not None:
            session.delete(delay)
        return start_session(session, person_id, now)


def _count_failure(database: Database, key: str, now: datetime) -> None:
    with database.writing() as session:
        delay = session.get(SignInDelay, key) or SignInDelay(username=key, failures=0, not_before=now)
        delay.failures += 1
        delay.not_before = now + delay_after(delay.failures)
        session.add(delay)
