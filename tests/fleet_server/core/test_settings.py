"""Settings that do not fit are refused with their name and where they stand; nothing is bent until it fits."""

from pathlib import Path

import pytest

from fleet_server.core.errors import Invalid
from fleet_server.core.settings import load_settings


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('port = "many"', "port"),
        ("port = 3.7", "port"),
        ("port = 99999", "port"),
        ("mqtt_port = 0", "mqtt_port"),
        ("port = true", "port"),
        ('host = ["a"]', "host"),
        ('host = "a\\u0000b"', "host"),
        ("demo = 3", "demo"),
        ("coverage_floor = nan", "coverage_floor"),
        ("coverage_floor = 7", "coverage_floor"),
        ("stale_after_s = -5", "stale_after_s"),
        ('default_locale = "fr"', "default_locale"),
        ('database_url = "nonsense"', "database_url"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_name_and_file(tmp_path: Path, line: str, field: str) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load_settings({}, path)
    assert (refused.value.code, refused.value.params["field"]) == ("setting_wrong", field)
    assert str(path) in str(refused.value.params["source"])


def test_a_wrong_variable_is_named_and_its_value_is_not_repeated() -> None:
    with pytest.raises(Invalid) as refused:
        load_settings({"FLEET_MQTT_PORT": "hidden"})
    assert refused.value.params["source"] == "environment FLEET_MQTT_PORT"
    assert "hidden" not in repr(refused.value.params)


@pytest.mark.parametrize("text", ["port = = 3", "a = " + "[" * 5_000, "\x00"])
def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "fleet.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        load_settings({}, path)
    assert (refused.value.code, refused.value.params["file"]) == ("settings_file_unreadable", str(path))


def test_texts_of_the_environment_become_numbers_and_yes_or_no() -> None:
    settings, _ = load_settings({"FLEET_PORT": "9000", "FLEET_DEMO": "yes", "FLEET_COVERAGE_FLOOR": "0.5"})
    assert (settings.port, settings.demo, settings.coverage_floor) == (9000, True, 0.5)
