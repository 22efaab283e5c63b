from __future__ import annotations

import math

import numpy as np
import pytest

from apps.errors import ArgumentFault
from apps.figures.build import build, widget_types
from apps.figures.css import Look, look_of
from apps.figures.panel import PanelPart
from apps.figures.ranges import blend, ink_on, ranges_of
from apps.figures.widgets.graph import read_link
from apps.figures.widgets.page import safe_address
from tests.figures.reading import validated
from tests.figures.widgets.panels import panel, series

DRAWN = ("bar", "pie", "histogram", "box", "gauge", "calendar", "treemap", "graph")
HOSTILE = "<img src=x onerror=alert(1)><a href='javascript:x()'>%{y}"


def drawn(kind, *given, **more):
    found = build(panel(kind, *given, **more))
    validated(found.figure)
    return found


def test_every_type_of_the_language_is_drawn():
    written = {"chart", *DRAWN, "table", "property", "console", "text", "page"}
    assert set(widget_types()) == written


@pytest.mark.parametrize("kind", DRAWN)
def test_a_panel_is_valid_with_series_without_samples_and_without_series(kind):
    settings = {"summarize-period": "1 hour"}
    drawn(kind, series("a"), series("b", (3.0, math.nan, -1.0)), settings=settings)
    drawn(kind, series("a", ()), settings=settings)
    assert kind == "gauge" or build(panel(kind, settings=settings)).notes


@pytest.mark.parametrize("kind", DRAWN)
def test_hostile_texts_stay_texts(kind):
    settings = {"summarize-period": "1 hour", "caption": HOSTILE, "axis-title": HOSTILE, "links": "a -> b"}
    one = series(HOSTILE, settings={"tooltip": HOSTILE, "links": f"{HOSTILE} -> b"}, unit=HOSTILE)
    text = repr(drawn(kind, one, series("b"), settings=settings, title=HOSTILE).figure)
    assert "<img" not in text
    assert "<a " not in text
    assert "%{y}" not in text


@pytest.mark.parametrize("kind", [*DRAWN, "text", "page", "table"])
@pytest.mark.parametrize("value", ["", "-1", "1e999", "nan", "all", "🙂", "0", "a,b;c"])
def test_odd_settings_never_fail(kind, value):
    names = ("thresholds", "colors", "sort", "ticks", "bar-count", "percentiles", "mode", "gradient-count",
             "font-size", "total-size", "ring-width", "series-labels", "color-range", "rotate-ticks",
             "min-font-size",
             "link-thresholds", "link-widths", "link-colors", "group", "url", "format-axis")  # fmt: skip
    settings = dict.fromkeys(names, value) | {"summarize-period": "1 hour"}
    build(panel(kind, series("a", settings=settings), series("b"), settings=settings))


def test_bars_are_sorted_by_value_and_those_without_one_come_last():
    given = (series("low", (1.0,)), series("none", ()), series("high", (9.0,)))
    figure = drawn("bar", *given, settings={"sort": "DESC"}).figure
    assert figure["layout"]["xaxis"]["ticktext"] == ["high", "low", "none"]


def test_series_in_a_column_are_stacked_and_the_others_stand_alone():
    column = PanelPart("column", 0, {}, {"label": "both"})
    given = (series("a", column=0), series("b", column=0, metric="other"), series("c"))
    figure = drawn("bar", *given, columns=(column,)).figure
    assert figure["layout"]["xaxis"]["ticktext"] == ["both", "c"]
    places = {(trace["legendgroup"], tuple(trace["x"])) for trace in figure["data"]}
    assert places == {("load", (0, 1)), ("other", (0,))}


def test_equal_labels_stay_two_bars():
    assert drawn("bar", series("a"), series("a", entity="b")).figure["layout"]["xaxis"]["tickvals"] == [0, 1]


def test_an_alert_colours_its_bar():
    (trace,) = drawn("bar", series("a", look=Look(background="red"))).figure["data"]
    assert trace["marker"]["color"] == ["red"]


def test_a_pie_shows_what_is_missing_from_its_total():
    found = drawn("pie", series("a", (30.0,)), series("b", (-5.0,)), total=100.0)
    (trace,) = found.figure["data"]
    assert trace["values"] == [30.0, 70.0]
    assert trace["customdata"] == ["a", "Other"]
    assert [note.code for note in found.notes] == ["negative-left-out"]


def test_a_remainder_that_is_switched_off_is_left_out():
    other = PanelPart("other", 0, {"display": "false"}, {})
    (trace,) = drawn("pie", series("a"), total=100.0, other=other).figure["data"]
    assert trace["values"] == [4.0]


def test_bins_hold_every_sample_once_and_densities_sum_to_one():
    values = np.linspace(0, 1, 101)
    figure = drawn("histogram", series("a", values), settings={"bar-count": "7"}).figure
    assert sum(figure["data"][0]["y"]) == 101
    assert len(figure["data"][0]["y"]) == 7
    figure = drawn("histogram", series("a", values), settings={"left-axis": "density"}).figure
    assert sum(figure["data"][0]["y"]) == pytest.approx(1.0)


def test_a_box_spans_its_percentiles():
    figure = drawn("box", series("a", range(1, 101)), settings={"percentiles": "10%/90%"}).figure
    box = figure["data"][0]
    assert (box["lowerfence"], box["median"], box["upperfence"]) == ([1.0], [50.5], [100.0])
    assert box["q1"][0] == pytest.approx(10.1)
    assert box["q3"][0] == pytest.approx(90.9)


def test_a_dial_shows_the_total_and_says_when_it_is_off_the_scale():
    found = drawn("gauge", series("a", (30.0,)), series("b", (90.0,)), bounds=(0, 50, 100))
    texts = {note["name"]: note["text"] for note in found.figure["layout"]["annotations"]}
    assert texts["counter"] == "120"
    assert [note.code for note in found.notes] == ["off-scale"]


def test_a_calendar_has_a_cell_per_period_of_the_zone_and_none_without_samples():
    settings = {"summarize-period": "1 hour", "summarize-statistic": "max"}
    figure = drawn("calendar", series("a", (1.0, math.nan, 4.0)), settings=settings, bounds=(0, 2, 5)).figure
    row = figure["data"][0]
    assert len(row["x"]) == 25
    assert row["z"][0][:4] == [0.5, None, 1.5, None]


def test_a_calendar_of_too_many_cells_is_refused():
    with pytest.raises(ArgumentFault, match="cells"):
        build(panel("calendar", series("a"), settings={"summarize-period": "1 second"}))


def test_areas_without_size_are_noted():
    found = drawn("treemap", series("a", size=2.0), series("b", size=0.0), series("c", size=math.nan))
    assert found.figure["data"][0]["values"] == [2.0]
    assert [note.count for note in found.notes] == [2]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("a - b", ("a", "b", False)),
        ("a-b", ("a", "b", False)),
        ("a -> b", ("a", "b", True)),
        ("a <- b", ("b", "a", True)),
        ('"x-1" -> y', ("x-1", "y", True)),
        ("alone", None),
    ],
)
def test_links_are_read(text, link):
    assert read_link(text) == link


def test_nodes_come_from_sections_and_links():
    node = PanelPart("node", 0, {}, {"id": "a", "label": "The first"})
    link = PanelPart("link", 0, {}, {"nodes": "a -> b"})
    figure = drawn("graph", nodes=(node,), links=(link,), settings={"arrows": "true"}).figure
    assert figure["data"][-1]["text"] == ["The first", "b"]
    assert any(one.get("showarrow") for one in figure["layout"]["annotations"])


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "https://a@evil.example/", "/\\evil", "",
     " https://x.example", "vbscript:x", "https:///x", "java\nscript:x"],
)  # fmt: skip
def test_addresses_that_run_or_mislead_are_refused(text):
    assert safe_address(text) is None


@pytest.mark.parametrize("text", ["https://example.com/a?b=c", "http://10.0.0.1:8080/", "/lab/"])
def test_addresses_of_the_web_are_links(text):
    assert safe_address(text) == text


def test_big_texts_carry_value_unit_and_look():
    found = build(panel("text", series("a", unit="B", look=look_of("color: red")), series("b", ())))
    first, second = found.table["items"]
    assert (first["value"], first["unit"], first["look"]) == ("4", "B", {"color": "red"})
    assert second["value"] == "–"


@pytest.mark.parametrize(
    ("css", "look"),
    [
        ("color: red; background: url(javascript:x)", Look(color="red")),
        ("fill: #fff; position: fixed", Look(background="#fff")),
        ("font-weight: bold; opacity: 0.5", Look(bold=True, opacity=0.5)),
        ("red", Look(color="red")),
        ("color: expression(alert(1))", Look()),
    ],
)
def test_only_the_harmless_part_of_css_is_kept(css, look):
    assert look_of(css) == look


def test_a_value_has_the_colour_of_its_range():
    ranges = ranges_of({"colors": "green, orange, red"}, (0, 60, 80, 100))
    assert [ranges.color(value) for value in (-5, 0, 60, 79.9, 80, 500)] == [
        "green", "green", "orange", "orange", "red", "red",
    ]  # fmt: skip
    assert ranges.color(math.nan) is None


def test_ranges_can_be_shaded():
    ranges = ranges_of({"colors": "white, black", "gradient-count": "2"}, (0, 10, 20))
    assert ranges.bounds == (0, 5, 10, 15, 20)
    assert ranges.colors[:2] == ("#ffffff", "#808080")


def test_ink_is_read_on_its_ground():
    assert ink_on("#ffffff") == "#1d1e20"
    assert ink_on("#1f5291") == "#ffffff"
    assert blend("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize("kind", ["pie", "gauge"])
def test_without_a_value_nothing_stands_there_that_looks_like_one(kind):
    for found in (drawn(kind), drawn(kind, series("a", ()))):
        assert found.figure["data"] == []
        assert found.notes[0].code in {"no-series", "no-samples"}


def test_bars_below_zero_end_at_a_named_zero():
    form = {"format": "'$' + currency('millions')"}
    bars = drawn("bar", series("a", (-30.0,), settings=form), series("b", (-4.0,), settings=form))
    assert bars.figure["layout"]["yaxis"]["tickvals"][-1] == 0


def test_names_near_the_top_of_a_graph_turn_away_from_each_other():
    links = ", ".join(f'"{name}" -> hub' for name in "abcdefgh")
    graph = drawn("graph", series("a", settings={"links": links}))
    nodes = graph.figure["data"][-1]
    top = [place for place, y in zip(nodes["textposition"], nodes["y"], strict=True) if y > 0.9]
    assert sorted(top) == ["top left", "top right"]
