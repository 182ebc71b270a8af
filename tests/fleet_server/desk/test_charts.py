"""Lines of metrics: scaled, with holes left open."""

from hypothesis import given
from hypothesis import strategies as st

from fleet_server.desk import charts


def test_a_hole_lifts_the_pen_and_is_hatched() -> None:
    points = {0: 1.0, 1: 2.0, 20: 3.0, 21: 4.0}
    assert charts.line_of(points).count("M") == 2
    ((x, width),) = charts.holes_of(points)
    assert (round(x), round(width)) == (2, 38)


def test_a_steady_value_is_a_level_line_in_the_middle() -> None:
    assert charts.line_of({0: 5.0, 1: 5.0}) == "M0.0 17.0L2.0 17.0"


def test_one_sample_is_no_line() -> None:
    assert charts.line_of({3: 1.0}) == ""


@given(st.dictionaries(st.integers(0, charts.STEPS - 1), st.floats(-1e6, 1e6), min_size=2))
def test_a_line_stays_inside_its_picture(points: dict[int, float]) -> None:
    for part in charts.line_of(points).replace("M", "L").split("L")[1:]:
        x, y = map(float, part.split())
        assert 0 <= x <= charts.WIDTH
        assert charts.MARGIN - 0.1 <= y <= charts.HEIGHT - charts.MARGIN + 0.1


def test_a_manifest_names_metrics_and_one_that_cannot_be_read_names_none() -> None:
    manifest = {"metrics": [{"name": "Telemetry/CPU Percent", "titles": {"zh": "处理器", "en": "CPU"}, "unit": "%"}]}
    assert charts.titles(manifest)["Telemetry/CPU Percent"].unit == "%"
    assert charts.titles({}) == {}
