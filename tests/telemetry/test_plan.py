import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.plan import Activity, Plan, PlannedDevice, PlannedNode, load_plan, save_plan

moments = st.integers(0, 2**45)
spans = st.lists(st.tuples(moments, moments), max_size=3).map(tuple)
texts = st.text(max_size=12)
activities = st.builds(Activity, moments, moments, texts, moments, texts)
devices = st.builds(
    PlannedDevice,
    *[texts] * 6,
    on=spans,
    activities=st.lists(activities, max_size=3).map(tuple),
    blind=spans,
)
nodes = st.builds(PlannedNode, texts, texts, st.lists(devices, max_size=3).map(tuple), spans)
plans = st.builds(Plan, texts, st.integers(1, 65535), moments, moments, st.lists(nodes, max_size=3).map(tuple))


@given(plan=plans)
def test_a_plan_is_read_as_it_was_written(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "plan.json"
    save_plan(plan, path)
    assert load_plan(path) == plan


def test_a_plan_written_before_devices_could_be_blind_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    device = PlannedDevice("k", "recorder", "m", "m", "s", "f")
    save_plan(Plan("h", 1, 2, 3, (PlannedNode("n", "s", (device,)),)), path)
    raw = json.loads(path.read_text())
    del raw["nodes"][0]["devices"][0]["blind"]
    path.write_text(json.dumps(raw))
    assert load_plan(path).nodes[0].devices == (device,)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nodes": [{}]}', '{"nodes": 1}', "nonsense"])
def test_a_file_that_is_no_plan_is_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"plan\.json is not a plan"):
        load_plan(path)
