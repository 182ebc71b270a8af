"""Signing in and out."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.fleet_server.desk.conftest import SignedIn
from tests.fleet_server.desk.district import PASSWORD


@pytest.fixture
def stranger(served: FastAPI) -> TestClient:
    return TestClient(served, follow_redirects=False, headers={"accept": "text/html"})


def test_the_right_password_starts_a_session_and_leads_to_the_page_wanted(stranger: TestClient) -> None:
    answer = stranger.post("/sign-in", data={"username": "tech", "password": PASSWORD, "next": "/fleet?state=fault"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/fleet?state=fault")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert stranger.get("/fleet").status_code == 200


def test_a_wrong_password_keeps_the_user_name_and_says_so_at_the_field_and_above(stranger: TestClient) -> None:
    answer = stranger.post("/sign-in", data={"username": "tech", "password": "wrong"})
    assert answer.status_code == 422
    assert 'value="tech"' in answer.text
    assert "wrong" not in answer.text
    assert 'href="#f-password"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "set-cookie" not in answer.headers


def test_empty_fields_are_named_each(stranger: TestClient) -> None:
    page = stranger.post("/sign-in", data={}, headers={"accept-language": "en"}).text
    assert "Enter your user name" in page
    assert "Enter your password" in page


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_sign_in_never_leads_to_another_host(stranger: TestClient, address: str) -> None:
    answer = stranger.post("/sign-in", data={"username": "tech", "password": PASSWORD, "next": address})
    assert answer.headers["location"] == "/"


def test_a_form_sent_from_another_site_starts_no_session(stranger: TestClient) -> None:
    origin = {"origin": "https://evil.example"}
    answer = stranger.post("/sign-in", data={"username": "tech", "password": PASSWORD}, headers=origin)
    assert answer.status_code == 403


def test_signing_out_takes_the_forms_token_and_ends_the_session(as_person: SignedIn) -> None:
    client = as_person("tech")
    token = re.search(r'name="_csrf" value="([^"]+)"', client.get("/").text)
    assert token
    assert client.post("/sign-out", data={"_csrf": "forged"}).status_code == 403
    assert client.get("/").status_code == 200
    assert client.post("/sign-out", data={"_csrf": token[1]}).headers["location"] == "/sign-in"
    assert client.get("/").status_code == 303
