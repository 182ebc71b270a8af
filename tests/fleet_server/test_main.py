"""The command fleet-server: help, settings, exit codes, the first administrator."""

import io
import json
from pathlib import Path

import pytest

from fleet_server.__main__ import main
from fleet_server.core.clock import utc_now
from fleet_server.core.db import open_database
from fleet_server.core.scope import Role
from fleet_server.people.service import viewer_of_token
from fleet_server.people.signing_in import attempt


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"FLEET_DATABASE_URL": f"sqlite:///{tmp_path / 'new' / 'fleet.db'}", "LANG": "en_GB.UTF-8"} | more


def create_admin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, password: str, *options: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    return main(["create-admin", "Root", *options], environment(tmp_path))


@pytest.mark.parametrize("command", [[], ["serve"], ["ingest"], ["migrate"], ["create-admin"], ["demo"], ["openapi"]])
def test_every_command_explains_itself(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"], {})
    assert ended.value.code == 0
    assert len(capsys.readouterr().out) > 100


def test_wrong_use_ends_with_two(tmp_path: Path) -> None:
    assert main([], environment(tmp_path)) == 2
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "x"], environment(tmp_path))
    assert ended.value.code == 2


def test_settings_are_shown_with_their_source_and_secrets_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fleet.toml"
    file.write_text('port = 9000\nmqtt_password = "hidden1"\n', encoding="utf-8")
    url = "postgresql+psycopg://fleet:hidden2@db/fleet"
    options = ["--settings", str(file), "--print-settings"]
    assert main(options, {"FLEET_DATABASE_URL": url, "FLEET_SECRET_KEY": "hidden3"}) == 0
    shown = capsys.readouterr().out
    assert f"port = 9000  # file {file}" in shown
    assert "host = '127.0.0.1'  # default" in shown
    assert "database_url = 'postgresql+psycopg://fleet:***@db/fleet'  # environment FLEET_DATABASE_URL" in shown
    assert "hidden" not in shown


@pytest.mark.parametrize(("language", "word"), [("zh_CN.UTF-8", "应为"), ("en_GB.UTF-8", "takes"), ("C", "takes")])
def test_a_failure_gives_one_line_in_the_operators_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, word: str
) -> None:
    assert main(["migrate"], environment(tmp_path, LANG=language, FLEET_PORT="many")) == 1
    said = capsys.readouterr().err
    assert word in said
    assert said.count("\n") == 1


def test_a_database_that_is_not_there_is_a_reason_not_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    url = "postgresql+psycopg://fleet:hidden@127.0.0.1:1/fleet"
    assert main(["migrate"], {"FLEET_DATABASE_URL": url}) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "hidden" not in said


def test_the_first_administrator_rules_the_whole_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert create_admin(monkeypatch, tmp_path, "a long password", "--token", "first") == 0
    username, place, token = capsys.readouterr().out.split()
    database = open_database(environment(tmp_path)["FLEET_DATABASE_URL"])
    now = utc_now()
    with database.reading() as session:
        viewer = viewer_of_token(session, token, now)
    assert viewer is not None
    assert viewer.grants == ((Role.ADMINISTRATOR, place),)
    assert attempt(database, username, "a long password", now)
    database.dispose()


def test_a_short_password_makes_no_administrator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert create_admin(monkeypatch, tmp_path, "short") == 1
    assert "10 to 128" in capsys.readouterr().err
    assert create_admin(monkeypatch, tmp_path, "long enough now") == 0


def test_the_description_of_the_api_needs_no_database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["openapi"], environment(tmp_path)) == 0
    described = json.loads(capsys.readouterr().out)
    assert "/api/v1/organizations" in described["paths"]
    assert not (tmp_path / "new").exists()
