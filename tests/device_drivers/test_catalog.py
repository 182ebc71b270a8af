"""How drivers are found: ours by name, others' by entry points."""

import subprocess
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from device_drivers import catalog, host
from device_drivers.api import DriverEntry
from device_drivers.catalog import KEYS, UnknownDriver, installed, load


def test_every_driver_of_ours_loads_under_its_own_key() -> None:
    assert [load(key).manifest.key for key in KEYS] == list(KEYS)


def test_looking_at_the_catalogue_imports_no_driver() -> None:
    code = (
        "import sys; from device_drivers.catalog import KEYS, installed; installed(); "
        "sys.exit(any(f'device_drivers.{key}' in sys.modules for key in KEYS))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_driver_nobody_knows_is_an_error_with_its_key() -> None:
    with pytest.raises(UnknownDriver, match="toaster"):
        load("toaster")


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that other packages offer drivers: one called like ours, one under a wrong key, one of its own."""
    offered = EntryPoints(
        EntryPoint(name, target, catalog.ENTRY_POINT_GROUP)
        for name, target in [("host", "json:loads"), ("toaster", "json:loads"), ("kettle", f"{__name__}:KETTLE")]
    )

    def entry_points(**wanted: Any) -> EntryPoints:
        return offered.select(**wanted)

    monkeypatch.setattr(catalog, "entry_points", entry_points)


KETTLE = DriverEntry(replace(host.MANIFEST, key="kettle"), host.ENTRY.open)


@pytest.mark.usefixtures("others")
def test_a_driver_of_others_is_found_by_its_entry_point() -> None:
    assert load("kettle") is KETTLE
    assert "kettle" in installed()


@pytest.mark.usefixtures("others")
def test_a_driver_of_others_does_not_replace_ours() -> None:
    assert load("host") is host.ENTRY
    assert installed().count("host") == 1


@pytest.mark.usefixtures("others")
def test_an_entry_point_that_is_no_driver_is_unknown() -> None:
    with pytest.raises(UnknownDriver):
        load("toaster")
