"""What a technician may set, and what a driver is opened on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_drivers.errors import InvalidSettings
from device_drivers.settings import check, flag_of, number_of, text_of
from telemetry.manifest import Manifest, SettingSpec, Titles
from telemetry.metrics import Value

_TITLES = Titles("设置", "Setting")
MANIFEST = Manifest(
    "k",
    "recorder",
    "none",
    _TITLES,
    (),
    (
        SettingSpec("name", "text", _TITLES, required=True),
        SettingSpec("port", "integer", _TITLES, 80, 1, 65535),
        SettingSpec("share", "number", _TITLES, 0.5, 0, 1),
        SettingSpec("loud", "flag", _TITLES, False),
    ),
)


def test_what_is_left_out_has_its_default() -> None:
    assert check(MANIFEST, {"name": "a"}) == {"name": "a", "port": 80, "share": 0.5, "loud": False}


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "a" * 501},
        {"name": 5},
        {"name": "a", "port": 0},
        {"name": "a", "port": 1.5},
        {"name": "a", "port": True},
        {"name": "a", "share": float("nan")},
        {"name": "a", "share": 1.01},
        {"name": "a", "loud": "yes"},
        {"name": "a", "color": "red"},
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Value]) -> None:
    with pytest.raises(InvalidSettings):
        check(MANIFEST, wrong)


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()


@given(st.dictionaries(st.sampled_from(["name", "port", "share", "loud", "color"]), values))
def test_whatever_is_given_is_refused_or_ends_within_bounds(given_settings: dict[str, Value]) -> None:
    try:
        checked = check(MANIFEST, given_settings)
    except InvalidSettings:
        return
    assert text_of(checked, "name").strip()
    assert 1 <= number_of(checked, "port") <= 65535
    assert 0 <= number_of(checked, "share") <= 1
    assert flag_of(checked, "loud") in (True, False)
