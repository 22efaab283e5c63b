"""Control statements, sections, inheritance and what is said about mistakes."""

from __future__ import annotations

from apps.algebra.execute import execute
from apps.algebra.explain import explain
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import ChartPlan, plan
from tests.dialects.charts.outage import TICKETS, OutageCatalog, at, source_of


def planned(*rows: str) -> ChartPlan:
    return plan(parse("\n".join(rows)), now_ns=at("2018-06-01"), catalog=OutageCatalog())


BASE = ("[configuration]", "entity = hetzner", "metric = outage-tickets", "start-time = 2018-05-24")


def codes(chart: ChartPlan) -> list[str]:
    return [one.code for one in chart.diagnostics]


def test_loops_make_series_and_fill_in_texts():
    chart = planned(
        *BASE, "list centres = 07, 10", "[group]", "[widget]", "type = chart", "for dc in centres",
        "[series]", "label = centre @{dc} of @{centres.length}", "[tags]", "dc = @{dc}", "endfor",
    )  # fmt: skip
    assert codes(chart) == []
    labels = [one.label for one in chart.widgets[0].series]
    assert labels == ["centre 07 of 2", "centre 10 of 2"]
    assert [dict(one.tags) for one in chart.widgets[0].series] == [{"dc": ("07",)}, {"dc": ("10",)}]


def test_script_functions_may_be_called_in_formulas():
    chart = planned(
        *BASE, "script", "window.capped = function (v) { return v > 500 ? null : v; };", "endscript",
        "[widget]", "type = chart", "[series]", "alias = a", "[tags]", "dc = 07",
        "[series]", "value = capped(value('a'))",
    )  # fmt: skip
    assert codes(chart) == []
    (series,) = execute(chart.widgets[0].series[1].node, source_of())
    assert len(series) == len([value for _, value in TICKETS if value <= 500])


def test_nearest_definition_counts_and_an_empty_one_resets():
    chart = planned(
        *BASE, "color = red", "title = page", "[group]", "[widget]", "type = chart", "axis = right",
        "[series]", "[series]", "axis = left", "color =",
    )  # fmt: skip
    first, second = chart.widgets[0].series
    assert (first.settings["axis"], first.settings["color"]) == ("right", "red")
    assert second.settings["axis"] == "left"
    assert "color" not in second.settings
    assert (chart.title, chart.widgets[0].title) == ("page", None)


def test_names_of_settings_are_compared_by_their_letters():
    chart = planned(*BASE, "[widget]", "TYPE = Chart", "[series]", "Step_Line = yes")
    assert codes(chart) == []
    assert chart.widgets[0].series[0].settings["step-line"] == "yes"


def test_a_repeated_value_is_one_function_body():
    chart = planned(
        *BASE, "[widget]", "type = chart", "[series]", "alias = raw", "[tags]", "dc = 07", "[series]",
        "value = var now = value('raw');", "value = if (now > 1000) return now;",
    )  # fmt: skip
    (series,) = execute(chart.widgets[0].series[1].node, source_of())
    assert [value for value in series.values if value == value] == [1013]


def test_mistakes_are_placed_and_carry_a_fix():
    chart = planned(*BASE, "[widgte]", "titel = x", "[widget]", "type = chrt", "[series]", "axis = lft")
    found = {one.code: one for one in chart.diagnostics}
    assert found["unknown-section"].fix == "widget"
    assert found["unknown-setting"].fix == "title"
    assert found["unknown-type"].fix == "chart"
    assert (found["bad-value"].line, found["bad-value"].column) == (10, 8)


def test_the_latest_sample_of_the_interval_wins_over_a_spare_timespan():
    chart = planned(
        *BASE, "end-time = 2018-05-25", "timespan = 1 day", "[widget]", "type = chart", "[series]"
    )
    assert codes(chart) == ["spare-setting"]
    assert chart.widgets[0].end_ns == at("2018-05-25")


def test_end_before_start_is_an_error():
    chart = planned(*BASE, "end-time = 2018-05-23", "[widget]", "type = chart", "[series]")
    assert codes(chart) == ["empty-interval"]


def test_a_value_can_be_accounted_for():
    chart = planned(
        *BASE, "[widget]", "type = chart", "[series]", "alias = raw", "[tags]", "dc = 07",
        "[series]", "value = value('raw') - previous('raw')",
    )  # fmt: skip
    clip = chart.widgets[0].series[1].node
    found = explain(clip.inputs[0], source_of(), time_ns=TICKETS[1][0])
    assert found.value == 165
    assert found.arithmetic == "402 - 237 = 165"
    assert [one.value for one in found.inputs] == [402, 237]
