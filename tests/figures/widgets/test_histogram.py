"""The axes of a histogram: the same bars on two scales, percentiles in place of values."""

from __future__ import annotations

import pytest

from apps.figures.build import build
from tests.figures.reading import validated
from tests.figures.widgets.panels import panel, series

VALUES = tuple(float(one) for one in (1, 1, 1, 1, 2, 2, 3, 5))


def layout(**settings: str):
    figure = build(panel("histogram", series("a", VALUES), settings={"bar-count": "4"} | settings)).figure
    validated(figure)
    return figure["layout"]


def test_without_a_right_axis_there_is_one_scale():
    assert "yaxis2" not in layout()
    assert "yaxis2" not in layout(**{"right-axis": "none"})


@pytest.mark.parametrize(
    ("left", "right", "ratio"),
    [("frequency", "density", 1 / 8), ("frequency", "fraction", 1 / 8), ("density", "frequency", 8),
     ("frequency", "frequency", 1)],
)  # fmt: skip
def test_both_scales_read_the_same_bars(left, right, ratio):
    drawn = layout(**{"left-axis": left, "right-axis": right})
    here, there = drawn["yaxis"]["range"], drawn["yaxis2"]["range"]
    assert here[0] == there[0] == 0
    assert there[1] == pytest.approx(here[1] * ratio)
    assert drawn["yaxis2"]["side"] == "right"
    assert drawn["yaxis2"]["tickmode"] == "auto"  # ticks of its own, at whole numbers


def test_the_tallest_bar_fits():
    assert layout(**{"right-axis": "density"})["yaxis"]["range"][1] == pytest.approx(4 * 1.05)


def test_percentiles_stand_below():
    axis = layout(**{"bottom-axis": "percentiles", "percentiles": "50%, 100%"})["xaxis"]
    assert axis["ticktext"] == ["50%", "100%"]
    assert axis["tickvals"] == [1.5, 5.0]


def test_nothing_stands_below():
    assert layout(**{"bottom-axis": "none"})["xaxis"]["showticklabels"] is False
