"""A settings file is read strictly, and what is wrong with it is named by file and key."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.settings import SettingsError, load_settings

GOOD = """
[node]
id = "n-3f9ac2d41b07"
site = "s-4k7q2"
data = "data"

[broker]
host = "broker.example"
port = 8883
username = "n-3f9ac2d41b07"
password = "secret"
ca_file = "ca.pem"

[[device]]
key = "prj-1"
driver = "projector_pjlink"
poll_seconds = 5
settings = { host = "10.0.0.7", port = 4352 }
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read_and_paths_are_beside_it(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, GOOD))
    assert (settings.node_id, settings.site_id, settings.data) == ("n-3f9ac2d41b07", "s-4k7q2", tmp_path / "data")
    assert (settings.broker.port, settings.broker.ca_file) == (8883, tmp_path / "ca.pem")
    assert dict(settings.devices[0].settings) == {"host": "10.0.0.7", "port": 4352}
    assert settings.devices[0].poll_s == 5


def test_the_password_is_not_shown_when_settings_are_logged(tmp_path: Path) -> None:
    assert "secret" not in repr(load_settings(written(tmp_path, GOOD)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('site = "s-4k7q2"', "", "node.site is missing"),
        ('id = "n-3f9ac2d41b07"', 'id = "a/b"', "node.id must be 1 to 120 characters without + # /"),
        ('id = "n-3f9ac2d41b07"', "id = 7", "node.id must be a text in quotes"),
        ("port = 8883", "port = 99999", "broker.port must be a number from 1 to 65535"),
        ("port = 8883", 'port = "8883"', "broker.port must be a number from 1 to 65535"),
        ("port = 8883", "port = 1.5", "broker.port must be a whole number"),
        ("port = 8883", "prot = 8883", "broker.prot is not a setting; known here: ca_file"),
        ("[broker]", "[brokers]", "broker is missing"),
        ('key = "prj-1"', "", "device[1].key is missing"),
        ("poll_seconds = 5", "poll_seconds = 0", "device[1].poll_seconds must be a number from 0.2 to 3600"),
        ("poll_seconds = 5", "poll_seconds = true", "device[1].poll_seconds must be a number"),
        ("port = 4352 }", "port = [1] }", "device[1].settings.port must be a text, a number, true or false"),
        ("[[device]]", "[device]", "device must be a list of tables, each written [[device]]"),
        ('host = "broker.example"', "host = broker", "not TOML"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_key(tmp_path: Path, before: str, after: str, said: str) -> None:
    path = written(tmp_path, GOOD.replace(before, after, 1))
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_device_given_twice_is_refused(tmp_path: Path) -> None:
    twice = GOOD + GOOD[GOOD.index("[[device]]") :]
    with pytest.raises(SettingsError, match="'prj-1' is given twice"):
        load_settings(written(tmp_path, twice))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"agent\.toml: No such file"):
        load_settings(tmp_path / "agent.toml")


@given(cut=st.integers(0, len(GOOD)), noise=st.text(max_size=12))
def test_whatever_the_file_holds_the_answer_is_settings_or_a_settings_error(
    tmp_path_factory: pytest.TempPathFactory, cut: int, noise: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "hypothesis.toml"
    path.write_bytes((GOOD[:cut] + noise + GOOD[cut:]).encode("utf-8", "surrogatepass"))
    with contextlib.suppress(SettingsError):
        load_settings(path)
