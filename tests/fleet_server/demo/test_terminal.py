import io
import json
import stat
from pathlib import Path

import pytest

from fleet_server.core.errors import Invalid
from fleet_server.demo.access import DemoUser, new_password, read_users, write_access
from fleet_server.demo.state import Folder, OtherDistrict, State, load_state, save_state
from fleet_server.demo.terminal import _TEXT, Terminal, speaks_chinese, width
from tests.fleet_server.demo.districts import TODAY

USERS = [DemoUser("teacher", "teacher", "aaaaa-bbbbb-ccccc", "cf_x"), DemoUser("auditor", "auditor", "ddddd", "cf_y")]


def test_the_language_follows_the_environment() -> None:
    assert speaks_chinese({"LANG": "zh_CN.UTF-8"})
    assert not speaks_chinese({"LANG": "C.UTF-8"})
    assert not speaks_chinese({"LC_ALL": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"})
    assert not speaks_chinese({})


def test_columns_of_the_users_table_line_up_in_chinese() -> None:
    out = io.StringIO()
    Terminal(out, {"LANG": "zh_CN"}).users(USERS)
    lines = out.getvalue().splitlines()
    starts = {width(line[: line.index(user.username)]) for line, user in zip(lines[1:], USERS, strict=True)}
    assert len(starts) == 1
    assert "教师" in lines[1]


def test_without_a_terminal_progress_is_a_line_for_each_tenth() -> None:
    out = io.StringIO()
    terminal = Terminal(out, {})
    for done in range(1001):
        terminal.bar("history", done, 1000)
    assert len(out.getvalue().splitlines()) == 11


def test_every_text_has_the_same_figures_in_both_languages() -> None:
    for zh, en in _TEXT.values():
        assert sorted(part.split("}")[0] for part in zh.split("{")[1:]) == sorted(
            part.split("}")[0] for part in en.split("{")[1:]
        )


def test_access_is_readable_by_its_owner_only_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "access.json"
    write_access(path, "http://127.0.0.1:8000", ("127.0.0.1", 18883), USERS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = json.loads(path.read_text())
    assert content["mqtt"] == {"host": "127.0.0.1", "port": 18883}
    assert set(content["users"][0]) == {"role", "username", "password", "api_token"}
    assert read_users(path) == USERS


def test_passwords_are_long_and_never_the_same() -> None:
    drawn = {new_password() for _ in range(200)}
    assert len(drawn) == 200
    assert {len(password) for password in drawn} == {17}


STATE = State("paired-schools", 3, "seed", 1320, TODAY, TODAY, TODAY, 1, "n-1")


def test_a_demo_remembers_itself_and_refuses_another_district_in_its_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert load_state(folder, "paired-schools", 3) is None
    save_state(folder, STATE)
    assert load_state(folder, "paired-schools", 3) == STATE
    with pytest.raises(OtherDistrict):
        load_state(folder, "roaming-printers", 3)


def test_a_broken_memory_is_named_instead_of_used(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.state.write_text('{"district": 1}')
    with pytest.raises(Invalid) as refused:
        load_state(folder, "paired-schools", None)
    assert refused.value.code == "demo_state_unreadable"
