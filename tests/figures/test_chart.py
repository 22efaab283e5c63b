from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from apps.errors import UnknownName
from apps.figures.build import build, widget_types
from apps.figures.css import NO_LOOK, Look
from apps.figures.spec import ChartSpec, LineSpec, SeriesSpec
from tests.figures.reading import DAY_NS, HOUR_NS, column, validated

START_NS = 1_527_120_000 * 10**9  # 2018-05-24T00:00Z


def line(label="load", values=(1.0, 2.0, 4.0), **more) -> SeriesSpec:
    values = np.array(values, float)
    times = START_NS + HOUR_NS * np.arange(len(values))
    given = {"identity": (label,), "samples_total": len(values)} | more
    return SeriesSpec(label, times_ns=times, values=values, **given)


def chart(*series: SeriesSpec, **more) -> ChartSpec:
    given = {
        "type": "chart",
        "title": "Load",
        "start_ns": START_NS,
        "end_ns": START_NS + DAY_NS,
        "zone": "UTC",
        "width_px": 800,
    } | more
    return ChartSpec(series=series, **given)


def test_points_stand_at_their_utc_milliseconds_in_typed_arrays():
    figure = build(chart(line())).figure
    validated(figure)
    (trace,) = figure["data"]
    assert column(trace["x"]).tolist() == [START_NS / 1e6 + hour * 3.6e6 for hour in range(3)]
    assert column(trace["y"]).tolist() == [1.0, 2.0, 4.0]


def test_a_missing_value_interrupts_the_line():
    (trace,) = build(chart(line(values=(1, np.nan, 3)))).figure["data"]
    assert trace["connectgaps"] is False
    assert np.isnan(column(trace["y"])[1])


def test_infinities_are_gaps_because_an_axis_has_no_place_for_them():
    (trace,) = build(chart(line(values=(1, np.inf, 3)))).figure["data"]
    assert np.isnan(column(trace["y"])[1])


def test_a_sample_between_gaps_gets_a_dot_even_when_dots_are_off():
    values = np.array([1.0, np.nan, 2.0, np.nan, 3.0, 4.0])
    (trace,) = build(chart(line(values=values, settings={"markers": "false"}))).figure["data"]
    assert trace["mode"] == "lines+markers"
    assert column(trace["marker"]["size"]).tolist() == [5, 0, 5, 0, 0, 0]


@pytest.mark.parametrize("label", ["<script>x()</script>", "<a href='javascript:x()'>", "%{y}", "a&lt;b"])
def test_hostile_labels_stay_text(label):
    spec = chart(
        line(label, unit=label, settings={"format": label}),
        title=label,
        lines=(LineSpec(label, np.array([START_NS]), np.array([1.0])),),
        settings={"axis-title": label, "day-format": label, "hour-format": label},
    )
    text = repr(build(spec).figure)
    assert "<script" not in text
    assert "<a " not in text
    assert "%{y}" not in text
    assert "a&lt;b" not in text


def test_the_legend_hides_for_one_series_and_shows_for_two():
    assert build(chart(line())).figure["layout"]["showlegend"] is False
    assert build(chart(line("a"), line("b"))).figure["layout"]["showlegend"] is True
    hidden = chart(line("a"), line("b"), settings={"legend-position": "hidden"})
    assert build(hidden).figure["layout"]["showlegend"] is False


@pytest.mark.parametrize("place", ["top", "bottom", "left", "right", "bottom right", "top left"])
def test_legend_places_are_valid(place):
    figure = build(chart(line("a"), line("b"), settings={"legend-position": place})).figure
    assert validated(figure).layout.showlegend is True


def test_a_disabled_series_is_in_the_legend_only():
    (trace,) = build(chart(line(enabled=False))).figure["data"]
    assert trace["visible"] == "legendonly"


def test_the_right_axis_lies_over_the_left_one():
    figure = build(chart(line("a"), line("b", settings={"axis": "right"}, unit="ms"))).figure
    assert figure["data"][1]["yaxis"] == "y2"
    assert figure["layout"]["yaxis2"]["overlaying"] == "y"
    assert figure["layout"]["yaxis2"]["title"]["text"] == "ms"
    assert figure["layout"]["yaxis2"]["showgrid"] is False
    validated(figure)


def test_the_unit_is_the_axis_title_when_all_series_share_it():
    figure = build(chart(line("a", unit="kB"), line("b", unit="kB"))).figure
    assert figure["layout"]["yaxis"]["title"]["text"] == "kB"
    figure = build(chart(line("a", unit="kB"), line("b", unit="s"))).figure
    assert figure["layout"]["yaxis"]["title"]["text"] == ""


def test_steps_hold_the_value_until_the_next_sample():
    (trace,) = build(chart(line(settings={"step-line": "true"}))).figure["data"]
    assert trace["line"]["shape"] == "hv"


def test_columns_start_at_their_time_and_share_the_period():
    columns = {"mode": "column"}
    figure = build(chart(line("a", settings=columns), line("b", settings=columns))).figure
    first, second = figure["data"]
    assert (first["type"], second["type"]) == ("bar", "bar")
    assert first["offset"] == 0
    assert second["offset"] == first["width"] == 0.45 * HOUR_NS / 1e6
    assert figure["layout"]["yaxis"]["rangemode"] == "tozero"
    validated(figure)


def test_a_column_stack_is_decided_by_the_widget():
    figure = build(chart(line("a"), line("b"), settings={"mode": "column-stack"})).figure
    assert [trace["offset"] for trace in figure["data"]] == [0, 0]
    assert figure["layout"]["barmode"] == "relative"


def test_stacks_group_by_series_type():
    first, second, third = build(
        chart(
            line("a", settings={"mode": "stack", "series-type": "in"}),
            line("b", settings={"mode": "stack", "series-type": "in"}),
            line("c", settings={"mode": "stack"}),
        )
    ).figure["data"]
    assert first["stackgroup"] == second["stackgroup"] != third["stackgroup"]


def test_a_figure_names_what_was_left_out():
    (note,) = build(chart(line(samples_total=1440))).notes
    assert note.message == "1 of 480 points drawn (3 of 1,440), min and max kept"


def test_no_samples_and_no_series_are_said():
    assert build(chart(line(values=()))).notes[0].code == "no-samples"
    assert build(chart()).notes[0].code == "no-series"
    validated(build(chart(line(values=()))).figure)


def test_a_colour_stays_with_its_series_when_others_go():
    three = build(chart(line("a"), line("b"), line("c"))).colors
    assert build(chart(line("a"), line("b"))).colors == three[:2]
    assert len(set(three)) == 3


def test_derived_series_share_the_hue_of_their_input_in_another_dash():
    figure = build(chart(line("raw", hue_of=("k",)), line("difference", hue_of=("k",)))).figure
    first, second = figure["data"]
    assert first["line"]["dash"] == "solid"
    assert second["line"]["dash"] != "solid"


def test_no_colour_of_a_theme_is_fixed():
    layout = build(chart(line())).figure["layout"]
    assert layout["paper_bgcolor"] == layout["plot_bgcolor"] == "rgba(0,0,0,0)"
    assert "font" not in layout
    assert "template" not in layout


def test_hovers_show_the_time_on_the_clock_of_the_zone():
    figure = build(chart(line(), zone="Europe/Vienna")).figure
    assert figure["data"][0]["customdata"][0] == "2018-05-24 02:00"
    assert figure["layout"]["xaxis"]["title"]["text"] == "Europe/Vienna"
    validated(figure)


def test_hovers_tell_a_repeated_hour_apart():
    changing = chart(line(values=range(4)), zone="Europe/Vienna")
    times = 1_572_130_800 * 10**9 + HOUR_NS * np.arange(4)  # 2019-10-26T23:00Z
    spec = replace(changing, series=(replace(changing.series[0], times_ns=times),))
    texts = build(spec).figure["data"][0]["customdata"]
    assert texts[1:3] == ["2019-10-27 02:00+02:00", "2019-10-27 02:00+01:00"]


def test_a_threshold_is_a_dashed_line():
    flat = LineSpec("limit", np.array([START_NS, START_NS + DAY_NS]), np.array([3.0, 3.0]), {"color": "red"})
    trace = build(chart(line(), lines=(flat,))).figure["data"][-1]
    assert trace["line"] == {"width": 1.25, "dash": "dash", "color": "red"}


def test_an_unknown_type_is_refused_with_what_there_is():
    assert "chart" in widget_types()
    with pytest.raises(UnknownName) as caught:
        build(chart(line(), type="chrat"))
    assert "chart" in caught.value.hint


def test_a_trace_carries_the_numbers_of_all_samples_and_who_it_is():
    told = {"mean": 5.0, "least": 1.0, "greatest": 99.0, "last": 7.0, "member": 2, "position": 1}
    (trace,) = build(chart(line(samples_total=1440, **told))).figure["data"]
    meta = trace["meta"]
    assert [meta[name] for name in ("mean", "min", "max", "last", "samples_total")] == [5, 1, 99, 7, 1440]
    assert (meta["position"], meta["member"]) == (1, 2)


def test_an_alert_changes_the_shape_of_a_line_and_single_columns():
    (trace,) = build(chart(line(look=Look(color="red", bold=True)))).figure["data"]
    assert (trace["line"]["color"], trace["line"]["width"]) == ("red", 3.0)
    looks = (NO_LOOK, Look(background="red"), NO_LOOK)
    figure = build(chart(line(settings={"mode": "column", "color": "blue"}, point_looks=looks))).figure
    assert figure["data"][0]["marker"]["color"] == ["blue", "red", "blue"]
    validated(figure)


def test_resets_are_marks_at_the_height_of_the_line():
    resets = (START_NS + HOUR_NS + 1, START_NS + 2 * HOUR_NS)
    figure = build(chart(line(resets_ns=resets))).figure
    marks = figure["data"][1]
    assert marks["meta"]["role"] == "resets"
    assert column(marks["y"]).tolist() == [2.0, 4.0]
    assert figure["layout"]["showlegend"] is False
    validated(figure)


def test_a_format_that_names_its_unit_is_not_followed_by_another():
    figure = build(chart(line(unit="EUR", settings={"format": "percent(1)"}))).figure
    assert figure["data"][0]["meta"]["unit"] == ""
    assert figure["layout"]["yaxis"]["title"]["text"] == ""
    figure = build(chart(line(unit="EUR", settings={"format": "fixed(1)"}))).figure
    assert figure["data"][0]["hovertemplate"].endswith(" EUR")
    assert figure["layout"]["yaxis"]["title"]["text"] == "EUR"


def test_lines_stand_before_columns_of_the_other_axis():
    wave = line("wave", settings={"axis": "right", "mode": "column"})
    layout = build(chart(line("load"), wave)).figure["layout"]
    assert layout["yaxis"]["overlaying"] == "y2"
    assert "overlaying" not in layout["yaxis2"]
    assert layout["yaxis2"]["tickmode"] == "auto"
