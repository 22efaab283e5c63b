from __future__ import annotations

from itertools import pairwise

import pytest

from apps.figures.style import PALETTE, assign_strokes, contrast, css_color, luminance


@pytest.mark.parametrize("color", PALETTE)
def test_every_hue_has_contrast_on_both_surfaces(color):
    assert contrast(color, "#ffffff") >= 3
    assert contrast(color, "#fafafa") >= 3
    assert contrast(color, "#1c1c1c") >= 3


def test_hues_differ_in_grey_too():
    grey = sorted(luminance(color) for color in PALETTE)
    assert all(after - before > 0.004 for before, after in pairwise(grey))


@pytest.mark.parametrize("text", ["red", "#ABC", "#a1b2c3", "rgb(1, 2, 3)", "hsl(10, 20%, 30%)"])
def test_colours_of_css(text):
    assert css_color(text) == text.lower()


@pytest.mark.parametrize("text", ["", None, "url(x)", "red;background:url(//x)", "#12", "rgb(1,2)"])
def test_what_is_no_colour_is_refused(text):
    assert css_color(text) is None


def test_more_series_than_hues_differ_in_lightness_or_dash():
    strokes = assign_strokes([((number,), None, {}) for number in range(20)])
    assert len({(stroke.color, stroke.dash) for stroke in strokes}) == 20


def test_other_lightness_keeps_its_contrast():
    for stroke in assign_strokes([((number,), None, {}) for number in range(20)]):
        assert contrast(stroke.color, "#ffffff") >= 3
        assert contrast(stroke.color, "#1c1c1c") >= 3


def test_a_palette_that_is_set_is_used_in_order():
    series = [(("a",), None, {}), (("b",), None, {"color": "red"}), (("c",), None, {})]
    strokes = assign_strokes(series, ["tan", "teal"])
    assert [stroke.color for stroke in strokes] == ["tan", "red", "teal"]


def test_css_of_the_shape():
    css = "stroke-width: 3px; stroke-dasharray: 4 2; opacity: 0.5; fill: url(x); stroke: navy"
    (stroke,) = assign_strokes([(("a",), None, {"style": css})])
    assert (stroke.width_px, stroke.dash, stroke.opacity) == (3, "4px,2px", 0.5)
    assert (stroke.fill, stroke.color) == (None, "navy")
