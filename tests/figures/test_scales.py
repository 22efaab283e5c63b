"""Logarithmic axes: what has a place on one, its range and ticks, and labels at their heights."""

from __future__ import annotations

import math

import numpy as np
import pytest

from apps.figures.build import build
from apps.figures.spec import LineSpec
from tests.figures.reading import column, validated
from tests.figures.test_chart import START_NS, chart, line

LOG = {"axis-scale": "log"}


def axes_of(*series, **more):
    figure = build(chart(*series, **more)).figure
    validated(figure)
    return figure["layout"]


def test_an_axis_is_linear_unless_told():
    assert "type" not in axes_of(line())["yaxis"]


def test_values_at_or_below_zero_are_gaps_and_counted():
    built = build(chart(line(values=(10, 0, -3, 1000)), settings=LOG))
    validated(built.figure)
    (trace,) = built.figure["data"]
    assert column(trace["y"]).tolist() == pytest.approx([10, math.nan, math.nan, 1000], nan_ok=True)
    notes = {note.code: note for note in built.notes}
    assert notes["log-gap"].count == 2
    assert notes["log-gap"].message == "2 values at or below zero have no place on a logarithmic axis"


def test_no_note_when_everything_has_its_place():
    assert "log-gap" not in {note.code for note in build(chart(line(), settings=LOG)).notes}


def test_ticks_are_powers_of_ten():
    axis = axes_of(line(values=(0.2, 3, 70_000)), settings=LOG)["yaxis"]
    assert axis["type"] == "log" and "range" not in axis
    assert axis["tickvals"] == [1, 10, 100, 1000, 10_000, 100_000]


def test_few_decades_have_ticks_between():
    axis = axes_of(line(values=(1, 80)), settings=LOG)["yaxis"]
    assert axis["tickvals"] == [1, 2, 5, 10, 20, 50]


def test_less_than_a_decade_still_has_ticks():
    axis = axes_of(line(values=(610, 640)), settings=LOG)["yaxis"]
    assert len(axis["tickvals"]) == 3
    assert all(600 < tick < 650 for tick in axis["tickvals"])


def test_very_many_decades_are_thinned_out():
    assert len(axes_of(line(values=(1e-150, 1e150)), settings=LOG)["yaxis"]["tickvals"]) <= 10


@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [
        ({"min-range": "1"}, 0, None),
        ({"min-range-force": "100", "max-range-force": "1000"}, 2, 3),
        ({"max-range": "100000"}, None, 5),
    ],
)
def test_bounds_are_exponents_to_the_page(bounds, low, high):
    span = axes_of(line(values=(10, 1000)), settings=LOG | bounds)["yaxis"]["range"]
    assert low is None or span[0] == pytest.approx(low)
    assert high is None or span[1] == pytest.approx(high)
    assert low is not None or 0.8 < span[0] <= 1
    assert high is not None or 3 <= span[1] < 3.2


@pytest.mark.parametrize("bound", ["0", "-5"])
def test_bounds_that_are_not_positive_are_none(bound):
    assert "range" not in axes_of(line(values=(10, 1000)), settings=LOG | {"min-range": bound})["yaxis"]


def test_each_axis_has_its_own_scale():
    right = line("right", values=(-1, 10, 100), settings={"axis": "right"})
    built = build(chart(line(values=(-1, 2, 3)), right, settings={"axis-scale-right": "log"}))
    assert "type" not in built.figure["layout"]["yaxis"]
    assert built.figure["layout"]["yaxis2"]["type"] == "log"
    assert [note.count for note in built.notes if note.code == "log-gap"] == [1]
    assert column(built.figure["data"][0]["y"])[0] == -1


def test_an_axis_section_says_it_of_its_axis():
    axes = {"left": {"axis-scale": "log", "min-force": "1", "max-force": "1000"}}
    axis = axes_of(line(values=(10, 100)), axes=axes)["yaxis"]
    assert (axis["type"], axis["range"]) == ("log", [0, 3])


def test_labels_stand_at_exponents():
    ends = {"pointer-position": "right"}
    lines = [
        LineSpec("limit", np.array([START_NS]), np.array([500.0])),
        LineSpec("nowhere", np.array([START_NS]), np.array([-1.0])),
    ]
    layout = axes_of(line(values=(10, 100), settings=ends), settings=LOG, lines=tuple(lines))
    heights = {mark["name"]: mark["y"] for mark in layout["annotations"]}
    assert heights == {"end:0": pytest.approx(2), "threshold": pytest.approx(math.log10(500))}
    assert max(layout["yaxis"]["tickvals"]) == 500


def test_formats_write_the_ticks():
    axis = axes_of(line(values=(1024, 1e9), settings={"format": "bytes"}), settings=LOG)["yaxis"]
    assert len(axis["ticktext"]) == len(axis["tickvals"])
    assert all("B" in text for text in axis["ticktext"])


def test_nothing_to_draw_has_an_axis_all_the_same():
    for values in ((), (-1.0, -2.0), (math.nan,)):
        axis = axes_of(line(values=values), settings=LOG)["yaxis"]
        assert axis["type"] == "log" and len(axis["tickvals"]) > 1
