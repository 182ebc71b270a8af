"""People over REST: one's own account, tokens shown once, accounts and roles for administrators."""

import pytest

from fleet_server.core.db import Database
from tests.conftest import StillClock
from tests.fleet_server.rig import BUREAU, NORTH, PASSWORD, SOUTH, Rig, rig

PERSON = {"username": "new.one", "name_zh": "新人", "name_en": "New One", "organization_id": SOUTH, "role": "requester"}


@pytest.fixture
def made(database: Database, clock: StillClock) -> Rig:
    return rig(database, clock)


def test_a_token_is_shown_once_works_and_can_be_revoked(made: Rig) -> None:
    teacher = made.client("teacher")
    token = teacher.post("/api/v1/people/me/tokens", json={"name": "script"}).json()
    listed = teacher.get("/api/v1/people/me/tokens").json()
    assert token["token"] not in str(listed)
    headers = {"authorization": f"Bearer {token['token']}"}
    assert teacher.get("/api/v1/people/me", headers=headers).json()["grants"] == [
        {"organization_id": NORTH, "role": "requester"}
    ]
    assert teacher.delete(f"/api/v1/people/me/tokens/{token['id']}").status_code == 200
    assert teacher.get("/api/v1/people/me", headers=headers).status_code == 401


def test_nobody_revokes_anothers_token(made: Rig) -> None:
    token = made.client("teacher").get("/api/v1/people/me/tokens").json()["items"][0]["id"]
    assert made.client("admin").delete(f"/api/v1/people/me/tokens/{token}").status_code == 404


def test_a_token_cannot_outlive_a_year(made: Rig) -> None:
    body = {"name": "script", "expires_at": "2028-01-01T00:00:00Z"}
    answer = made.client("teacher").post("/api/v1/people/me/tokens", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "token_expiry_wrong")


def test_a_new_password_needs_the_present_one(made: Rig) -> None:
    teacher = made.client("teacher")
    wrong = {"present": "not this one", "new": "a new long password"}
    assert teacher.post("/api/v1/people/me/password", json=wrong).status_code == 403
    assert teacher.post("/api/v1/people/me/password", json=wrong | {"present": PASSWORD}).status_code == 204


def test_the_language_of_an_account_can_be_set(made: Rig) -> None:
    assert made.client("teacher").patch("/api/v1/people/me", json={"locale": "en"}).json()["locale"] == "en"
    assert made.client("teacher").get("/api/v1/people/me").json()["locale"] == "en"


def test_an_administrator_sees_only_people_of_their_part_of_the_tree(made: Rig) -> None:
    south = made.client("south")
    assert [row["username"] for row in south.get("/api/v1/people").json()["items"]] == ["south"]
    assert south.get(f"/api/v1/people/{made.persons['north']}").status_code == 404
    assert made.client("admin").get("/api/v1/people").json()["total"] == 4
    assert made.client("teacher").get("/api/v1/people").status_code == 403


def test_an_administrator_gives_and_ends_roles_only_where_they_rule(made: Rig) -> None:
    south = made.client("south")
    person = south.post("/api/v1/people", json=PERSON).json()
    assert south.post("/api/v1/people", json=PERSON | {"username": "b2", "organization_id": NORTH}).status_code == 404
    grants = f"/api/v1/people/{person['id']}/grants"
    assert south.post(grants, json={"organization_id": BUREAU, "role": "administrator"}).status_code == 404
    given = south.post(grants, json={"organization_id": SOUTH, "role": "technician"}).json()
    assert south.delete(f"{grants}/{given['id']}").status_code == 204
    assert south.delete(f"{grants}/{given['id']}").status_code == 404
    roles = [grant["role"] for grant in south.get(f"/api/v1/people/{person['id']}").json()["grants"]]
    assert roles == ["requester"]


def test_two_accounts_with_one_username_conflict(made: Rig) -> None:
    answer = made.client("south").post("/api/v1/people", json=PERSON | {"username": "Teacher"})
    assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
