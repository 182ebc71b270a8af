"""Static files by their content, and the switches of language and theme."""

import gzip
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from fleet_server.app import create_app
from fleet_server.core.db import Database
from fleet_server.core.settings import Settings
from fleet_server.web.files import FOLDER, static_files, static_url
from fleet_server.web.pages import local_path


@pytest.fixture
def client(sqlite_database: Database) -> Iterator[TestClient]:
    with TestClient(create_app(sqlite_database, Settings()), follow_redirects=False) as client:
        yield client


def test_a_file_is_kept_for_a_year_and_sent_packed(client: TestClient) -> None:
    answer = client.get(static_url("app.css"), headers={"accept-encoding": "gzip"})
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (FOLDER / "app.css").read_bytes()


def test_a_file_is_sent_plain_to_who_cannot_unpack(client: TestClient) -> None:
    answer = client.get(static_url("app.js"), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/static/000000000000/app.css", "/static/x/%2e%2e/page.py"])
def test_another_hash_or_a_path_outside_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_our_own_styles_and_scripts_stay_small() -> None:
    own = [file for name, file in static_files().items() if not name.startswith("vendor/")]
    assert sum(len(gzip.compress(file.body)) for file in own) < 30_000


@pytest.mark.parametrize(("path", "cookie"), [("/language/en", "locale=en"), ("/theme/dark", "theme=dark")])
def test_a_switch_sets_its_cookie_and_leads_back(client: TestClient, path: str, cookie: str) -> None:
    answer = client.get(f"{path}?next=/fleet%3Fstate%3Dfault")
    assert (answer.status_code, answer.headers["location"]) == (303, "/fleet?state=fault")
    assert answer.headers["set-cookie"].startswith(cookie)


@pytest.mark.parametrize("path", ["/language/fr", "/theme/pink"])
def test_a_language_or_theme_that_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/fleet?x=1", "/fleet?x=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nset-cookie: x", "/"),
        ("", "/"),
    ],
)
def test_a_switch_never_leads_to_another_host(address: str, expected: str) -> None:
    assert local_path(address) == expected
