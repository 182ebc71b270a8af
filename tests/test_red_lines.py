"""The red lines: what is never collected, stored, logged or shown."""

import json
import logging
import re
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from device_drivers.catalog import KEYS, load
from device_drivers.links import DiskSample, OpenFile, ProcessSample
from fleet_server.migrations.tables import load_tables
from tests.device_drivers.doubles import StubLinks

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = re.compile(
    r"pupil_?(name|id|number)|student|face|voice|frame|thumbnail|sound|audio|window|title_bar|typed|keystroke|history_url"
    r"|browser|file_?name|path|ssid|wifi|client_list|latitude|longitude|gps|cmdline|command_?line|open_files|user_?agent"
)
"""Names of fields that would hold what must not be held."""
ALLOWED = {"name", "window_s"}


def words(name: str) -> str:
    """Return a metric's or column's name as one lower-case word with underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())


def test_no_table_has_a_column_for_what_must_not_be_kept() -> None:
    load_tables()
    columns = [f"{table.name}.{column.name}" for table in SQLModel.metadata.tables.values() for column in table.columns]
    assert len(columns) > 100
    assert [name for name in columns if FORBIDDEN.search(words(name.split(".")[1]))] == []


def test_the_interface_answers_no_field_for_what_must_not_be_shown() -> None:
    schemas = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["components"]["schemas"]
    fields = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert len(fields) > 50
    assert {name for name in fields if FORBIDDEN.search(words(name))} == set()


@pytest.mark.parametrize("key", KEYS)
def test_no_driver_declares_a_metric_for_what_must_not_be_collected(key: str) -> None:
    names = [metric.name for metric in load(key).manifest.metrics]
    assert [name for name in names if FORBIDDEN.search(words(name))] == []


def test_a_recording_is_told_without_its_file_name_or_command_line(caplog: pytest.LogCaptureFixture) -> None:
    secret = "3B-class-Wang-Xiaoming"
    links = StubLinks()
    links.computer.disk_sample = DiskSample(1000, 400)
    driver = load("recorder_process").open({"match": secret, "folder": f"/recordings/{secret}"}, links)
    told = []
    with caplog.at_level(logging.DEBUG):
        for size in (1_000, 2_000, 3_000):
            writing = (OpenFile(f"/recordings/{secret}/{secret}.mp4", size, 0.0),)
            links.computer.found = (ProcessSample("p1", False, writing),)
            links.advance(10)
            told.append(driver.read())
    assert told[-1].state == "in_use"
    assert secret not in repr(told)
    assert secret not in caplog.text
