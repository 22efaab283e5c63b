from __future__ import annotations

import numpy as np

from apps.figures.build import build
from apps.figures.spec import Band, LineSpec
from tests.figures.reading import column, validated
from tests.figures.test_chart import START_NS, chart, line


def marks(spec) -> list[tuple[str, str]]:
    figure = build(spec).figure
    validated(figure)
    return [(one["name"], one["text"].rpartition("> ")[2]) for one in figure["layout"]["annotations"]]


def test_two_or_three_lines_are_named_where_they_end():
    few = [line(name) for name in ("in", "out")]
    assert marks(chart(*few)) == [("end:0", "in"), ("end:1", "out")]
    assert marks(chart(*few, line("a"), line("b"))) == []
    assert marks(chart(*few, width_px=400)) == []
    assert marks(chart(line("alone"))) == []


def test_a_pointer_shows_the_last_value_where_it_is_asked_for():
    asked = line("in", settings={"pointer-position": "right"})
    assert marks(chart(asked)) == [("end:0", "4")]
    assert marks(chart(line("in"), settings={"last-value-label": "left"})) == [("end:0", "4")]
    gone = line("in", settings={"pointer-position": "none"})
    assert marks(chart(gone, line("out"))) == [("end:1", "out")]


def test_names_that_would_overlap_are_moved_apart():
    figure = build(chart(line("in"), line("out"), line("idle", (9.0, 1.0, 1.0)))).figure
    shifts = {one["name"]: one.get("yshift", 0) for one in figure["layout"]["annotations"]}
    assert shifts["end:1"] - shifts["end:0"] >= 14
    assert shifts["end:2"] == 0
    assert figure["layout"]["margin"]["r"] > 30


def test_beside_a_right_axis_marks_stand_inside():
    asked = {"pointer-position": "right"}
    figure = build(chart(line("in", settings=asked), line("out", settings={"axis": "right", **asked}))).figure
    assert {one["xanchor"] for one in figure["layout"]["annotations"]} == {"right"}
    assert figure["layout"]["margin"]["r"] == 8
    assert marks(chart(line("in"), line("out", settings={"axis": "right"}))) == []


def test_hostile_names_stay_text():
    figure = build(chart(line("<b>x"), line("%{y}"))).figure
    texts = [one["text"] for one in figure["layout"]["annotations"]]
    assert "&lt;b&gt;x" in texts[0] and "%{" not in texts[1]


def test_a_threshold_carries_its_label():
    at = np.array([START_NS, START_NS + 10**9])
    named = LineSpec("limit", at, np.array([3.0, 3.0]))
    bare = LineSpec("", at, np.array([2.0, 2.0]))
    assert marks(chart(line(), lines=(named, bare))) == [("threshold", "limit")]


def test_a_band_stands_behind_its_line_and_comes_with_it():
    band = Band(np.array([START_NS, START_NS + 10**9]), np.array([0.0, 1.0]), np.array([2.0, np.inf]))
    figure = build(chart(line(band=band, settings={"mode": "range"}))).figure
    validated(figure)
    low, high, drawn = figure["data"]
    assert [one["meta"]["role"] for one in figure["data"]] == ["band", "band", "series"]
    assert high["fill"] == "tonexty" and drawn["fill"] == "none"
    assert low["meta"]["of"] == drawn["meta"]["index"]
    assert column(low["y"]).tolist() == [0.0, 1.0]
    assert np.isnan(column(high["y"])[1])


def test_two_ranges_without_bands_are_shaded_between():
    ranged = {"mode": "range"}
    figure = build(chart(line("x"), line("low", settings=ranged), line("high", settings=ranged))).figure
    assert [one.get("fill") for one in figure["data"]] == [None, "none", "tonexty"]
