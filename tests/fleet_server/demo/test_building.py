import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_server.core.errors import Invalid
from fleet_server.demo.building import build
from fleet_server.demo.sizes import SIZES, UnknownDistrict, shared_out, size_of
from tests.fleet_server.demo.districts import TODAY, small


def test_the_default_district_has_the_figures_of_the_practice_it_shows() -> None:
    district = build(size_of("paired-schools"), "test", TODAY)
    kinds = [item.kind for item in district.items]
    paired = {school.id for pair in district.pairs for school in pair}
    assert (len(district.schools), len(district.pairs), len(paired)) == (38, 18, 36)
    assert (kinds.count("recorder"), kinds.count("printer_3d"), kinds.count("smart_board")) == (41, 60, 150)
    new = [item for item in district.items if item.type_key == "recorder-new"]
    assert len(new) == 24
    assert {item.owner_id for item in district.items if item.kind == "recorder"} == {one.id for one in district.schools}


def test_some_printers_stand_at_another_school_than_their_owner() -> None:
    district = build(size_of("paired-schools"), "test", TODAY)
    away = [item for item in district.items if item.now.school_id != item.owner_id]
    assert 12 <= len(away) <= 30
    assert {item.kind for item in away} == {"printer_3d"}


@pytest.mark.parametrize("key", SIZES)
def test_every_district_is_the_same_for_the_same_seed_and_has_no_two_alike(key: str) -> None:
    district = build(size_of(key), "seed", TODAY)
    assert district == build(size_of(key), "seed", TODAY)
    for values in (
        [item.id for item in district.items],
        [item.serial for item in district.items],
        [school.site_id for school in district.schools],
        [school.name_zh for school in district.schools],
        [box.node_id for box in district.boxes],
        [room.id for room in district.rooms],
        [person.username for person in district.staff],
    ):
        assert len(set(values)) == len(values)


def test_an_asset_stands_in_a_room_of_the_school_that_holds_it_and_its_box_is_there() -> None:
    district = small()
    rooms = {room.id: room.school_id for room in district.rooms}
    boxes = {box.node_id: box.school_id for box in district.boxes}
    for item in district.items:
        assert all(rooms[stint.room_id] == stint.school_id for stint in item.stints)
        assert boxes[item.node_id] == item.now.school_id
        assert [stint.since for stint in item.stints] == sorted({stint.since for stint in item.stints})


def test_smart_classrooms_number_727() -> None:
    district = build(size_of("smart-classrooms"), "test", TODAY)
    assert sum(room.use == "classroom" for room in district.rooms) == 727


@given(schools=st.integers(3, 38))
def test_a_smaller_district_keeps_every_kind_of_school_and_equipment(schools: int) -> None:
    size = size_of("paired-schools", schools)
    assert size.schools == schools
    assert min(size.city, size.town, size.village, size.pairs) >= 1
    assert size.recorders >= schools


def test_unknown_districts_and_sizes_are_refused() -> None:
    with pytest.raises(UnknownDistrict):
        size_of("atlantis")
    with pytest.raises(Invalid):
        size_of("paired-schools", 2)


@given(total=st.integers(0, 500), weights=st.lists(st.floats(0.1, 9), min_size=1, max_size=40))
def test_shares_add_up_and_differ_from_exact_by_less_than_one(total: int, weights: list[float]) -> None:
    shares = shared_out(total, tuple(weights))
    assert sum(shares) == total
    whole = sum(weights)
    assert all(abs(share - total * weight / whole) < 1.000001 for share, weight in zip(shares, weights, strict=True))
