"""Control statements, sections, inheritance and what is said about mistakes."""

from __future__ import annotations

import time

import numpy as np

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


def test_a_drop_down_starts_at_its_first_option_and_takes_a_choice():
    rows = (
        *BASE, "[widget]", "type = chart", "[dropdown]", "change-field = series.tags.dc", "options = 10, 07",
        "[series]", "alias = a", "[series]", "value = value('a')",
    )  # fmt: skip
    chart = planned(*rows)
    (dropdown,) = chart.widgets[0].dropdowns
    assert ([one.value for one in dropdown.options], dropdown.chosen) == (["10", "07"], 0)
    assert dropdown.target == ("series", "tags", "dc")
    assert [dict(one.tags) for one in chart.widgets[0].series] == [{"dc": ("10",)}, {}]
    text = parse("\n".join(rows))
    other = plan(text, now_ns=at("2018-06-01"), catalog=OutageCatalog(), choices={"0.0": "07"})
    assert dict(other.widgets[0].series[0].tags) == {"dc": ("07",)}


def test_settings_without_effect_are_named_with_what_they_lack():
    chart = planned(
        *BASE, "[widget]", "type = chart", "[series]", "rate-counter = false", "bar-count = 3",
        "display = valeu > 3", "statistics = threshold_count", "period = 1 hour",
    )  # fmt: skip
    found = {(one.code, one.severity) for one in chart.diagnostics}
    assert ("companion-missing", "warning") in found and ("companion-missing", "error") in found
    assert ("misplaced-setting", "warning") in found
    assert any(one.hint and "value" in one.hint for one in chart.diagnostics if "valeu" in one.message)


def test_dates_in_formulas_follow_the_clock_and_the_calendar():
    chart = planned(
        *BASE, "[widget]", "type = chart", "[series]", "alias = a", "[tags]", "dc = 07",
        "[series]", "value = getValueForDate('a', 'current_month - 1 month') || 7",
        "[series]", "value = value('a') - getValueForDate('a', getDateWithOffset('7 day', 'now') )",
        "[series]", "value = getValueForDate('a', 'someday')",
    )  # fmt: skip
    assert codes(chart) == ["bad-date"]
    third = execute(chart.widgets[0].series[2].node, source_of())[0]
    exact = np.interp(at("2018-05-25"), [time for time, _ in TICKETS], [value for _, value in TICKETS])
    assert np.allclose(third.values, [value - exact for time, value in TICKETS if time >= at("2018-05-24")])


def test_template_directives_are_read_as_their_siblings():
    chart = planned(
        *BASE, '<#assign centres = ["07", "10"]>', "[widget]", "type = chart", "<#list centres as dc>",
        "[series]", "label = ${dc} of ${who!'us'}", "[tags]", "dc = ${dc}", "</#list>",
    )  # fmt: skip
    assert [one.label for one in chart.widgets[0].series] == ["07 of us", "10 of us"]
    assert set(codes(chart)) == {"template-directive"}


def test_shared_lists_do_not_grow_into_endless_texts():
    bomb = [f"var {chr(98 + at)} = [{', '.join([chr(97 + at)] * 9)}]" for at in range(12)]
    assert "limit-exceeded" in codes(planned("var a = [1,2,3]", *bomb, *BASE, "[series]", "label = @{m}"))


def test_ranges_may_have_a_format():
    chart = planned(
        *BASE, "[widget]", "type = chart", "for m in range(9, 10, \"d3.format('02d')(value)\")", "[series]",
        "label = @{m}", "endfor", "for m in range(1, 3, 2, 'percent')", "[series]", "label = @{m}", "endfor",
    )  # fmt: skip
    assert [one.label for one in chart.widgets[0].series] == ["09", "10", "1%", "3%"]


def test_a_rewritten_value_may_be_a_body_of_several_lines():
    chart = planned(
        *BASE, "[widget]", "type = chart", "[series]", "replace-value = var v = value / 10;",
        "replace-value = if (v > 50) { v = 50; }", "replace-value = return v;", "[tags]", "dc = 07",
    )  # fmt: skip
    assert codes(chart) == []
    (series,) = execute(chart.widgets[0].series[0].node, source_of())
    assert series.values.tolist() == [min(value / 10, 50) for _, value in TICKETS]


def test_regular_expressions_with_quotes_and_braces_may_stand_in_inserted_texts():
    chart = planned(
        *BASE, "[widget]", "type = chart", "for dc in ['dc-07', \"it's 10\"]", "[series]",
        "label = @{dc.replace(/'/g, '')} @{/[}]/.test(dc) ? 'b' : 'n'} of @{6 / 2 / 3}",
        "[tags]", r"dc = @{dc.match(/\d{2}/)[0]}", "endfor",
    )  # fmt: skip
    assert codes(chart) == []
    assert [one.label for one in chart.widgets[0].series] == ["dc-07 n of 1", "its 10 n of 1"]
    assert [dict(one.tags) for one in chart.widgets[0].series] == [{"dc": ("07",)}, {"dc": ("10",)}]


def test_many_insertions_are_bounded_in_time():
    hostile = ("@{a}" * 100_000, "@{" * 100_000, "@{" + "(/[" * 30_000, "@{a.replace(/b/, 'c')}" * 20_000)
    for text in hostile:
        began = time.process_time()
        chart = planned("var a = 1", "endvar", "[widget]", "type = chart", f"title = {text}")
        assert chart.diagnostics
        assert time.process_time() - began < 10


def test_scripts_of_one_line_define_functions_and_a_tag_may_have_their_name():
    chart = planned(
        "script = window.more = function (v) {", "script = var w = v + 1;", "script = return w; };", *BASE,
        "[widget]", "type = chart", "[series]", "alias = a", "[tags]", "dc = 07",
        "[series]", "value = more(value('a'))",
    )  # fmt: skip
    assert codes(chart) == []
    (series,) = execute(chart.widgets[0].series[1].node, source_of())
    assert series.values.tolist() == [value + 1 for _, value in TICKETS]
    tagged = planned(*BASE, "[widget]", "type = chart", "[series]", "[tags]", "script = 07")
    assert dict(tagged.widgets[0].series[0].tags) == {"script": ("07",)}
    broken = planned("script = x(", *BASE, "[widget]", "type = chart", "[series]")
    assert [(one.code, one.line) for one in broken.diagnostics] == [("script-not-read", 1)]


def test_a_drop_down_that_changes_no_setting_is_told():
    chart = planned(
        *BASE, "[widget]", "type = chart", "[dropdown]", "change-field = series.entty", "options = a, b",
        "[dropdown]", "change-field = series.tags.entty", "options = a, b", "[series]",
    )  # fmt: skip
    told = [(one.code, one.line, one.fix) for one in chart.diagnostics if one.severity == "error"]
    assert told == [("unknown-setting", 8, "series.entity")]
