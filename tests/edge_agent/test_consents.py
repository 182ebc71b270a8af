"""A consent holds for one order to one device, for its minutes, within one boot; nothing else gives one."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.clocks import Moment
from edge_agent.consents import MAX_MINUTES, Consents

MINUTE = 60_000


def at(minutes: float, boot: str = "b1", wall_ms: int = 1_795_000_000_000) -> Moment:
    return Moment(wall_ms, 1_000_000 + int(minutes * MINUTE), boot)


@pytest.fixture
def consents(tmp_path: Path) -> Consents:
    return Consents(tmp_path)


def test_nothing_is_allowed_that_nobody_allowed(consents: Consents) -> None:
    assert not consents.in_force("p1", "cancel", at(0))


def test_a_consent_holds_for_its_order_and_device_until_its_minutes_are_over(consents: Consents) -> None:
    consents.give("p1", "cancel", 10, at(0))
    assert consents.in_force("p1", "cancel", at(9.9))
    assert not consents.in_force("p1", "cancel", at(10))
    assert not consents.in_force("p1", "pause", at(1))
    assert not consents.in_force("p2", "cancel", at(1))


def test_a_consent_does_not_survive_a_restart_of_the_box(consents: Consents) -> None:
    consents.give("p1", "cancel", 10, at(0))
    assert not consents.in_force("p1", "cancel", at(1, boot="b2"))


def test_a_wall_clock_set_back_does_not_stretch_a_consent(consents: Consents) -> None:
    consents.give("p1", "cancel", 10, at(0))
    assert not consents.in_force("p1", "cancel", at(11, wall_ms=0))


def test_no_consent_lasts_longer_than_an_hour(consents: Consents) -> None:
    consents.give("p1", "cancel", 100_000, at(0))
    assert not consents.in_force("p1", "cancel", at(MAX_MINUTES))


def test_a_consent_can_be_taken_back(consents: Consents) -> None:
    consents.give("p1", "cancel", 10, at(0))
    consents.give("p1", "cancel", 0, at(1))
    assert not consents.in_force("p1", "cancel", at(1))


def test_giving_one_keeps_the_others(consents: Consents) -> None:
    consents.give("p1", "cancel", 10, at(0))
    consents.give("p2", "pause", 10, at(1))
    assert consents.in_force("p1", "cancel", at(2))
    assert consents.in_force("p2", "pause", at(2))


broken = st.binary(max_size=60) | st.sampled_from(
    [b"[]", b'{"boot": "b1"}', b'{"boot": "b1", "until_ms": []}', b'{"boot": "b1", "until_ms": {"p1/cancel": 1e999}}']
)


@given(broken)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_broken_file_allows_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "consents.json").write_bytes(content)
    assert not Consents(tmp_path).in_force("p1", "cancel", at(0))
