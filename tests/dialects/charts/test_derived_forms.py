"""The outage tickets: three stored series, the change between samples written in every notation."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from apps.algebra.execute import execute
from apps.algebra.series import Samples, Series
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import ChartPlan, plan
from tests.dialects.charts.outage import CHANGES, TICKETS, OutageCatalog, at, source_of

NOW = "2018-06-01T00:00:00"
HEAD = """
[configuration]
  start-time = 2018-05-24
  end-time = 2018-05-27
  entity = hetzner
  metric = outage-tickets
[group]
[widget]
  type = chart
  [tags]
    dc = 07
"""
FORMS = {
    "rate": "[series]\n rate = 0 minute\n rate-counter = false\n",
    "replace": "[series]\n replace-value = value - previousValue\n",
    "aliases": """
        /* raw series data */
        [series]
         alias = raw
         display = false
        [series]
         value = previous('raw')
         alias = prev
         display = false
        [series]
         value = value('raw') - value('prev')
        """,
    "one formula": """
        [series]
         alias = raw
         display = false
        [series]
         value = value('raw') - previous('raw')
        """,
}


def planned(text: str, **options: object) -> ChartPlan:
    return plan(parse(text), now_ns=at(NOW), catalog=OutageCatalog(), **options)


def last_series(chart: ChartPlan) -> Series:
    node = chart.widgets[0].series[-1].node
    assert node is not None, chart.diagnostics
    (series,) = execute(node, source_of())
    return series


@pytest.mark.parametrize("form", FORMS)
def test_every_notation_gives_the_same_changes_and_nothing_first(form):
    chart = planned(HEAD + FORMS[form])
    assert chart.diagnostics == ()
    series = last_series(chart)
    assert series.values.tolist() == CHANGES
    assert series.times_ns.tolist() == [time for time, _ in TICKETS][1:]


@pytest.mark.parametrize("form", FORMS)
def test_zooming_changes_no_number(form):
    start, end = at("2018-05-25T06:00:00"), at("2018-05-25T10:00:00")
    series = last_series(planned(HEAD + FORMS[form], start_ns=start, end_ns=end))
    wanted = [
        (time, change) for (time, _), change in zip(TICKETS[1:], CHANGES, strict=True) if start <= time < end
    ]
    assert list(zip(series.times_ns.tolist(), series.values.tolist(), strict=True)) == wanted


@pytest.mark.parametrize("form", ["rate", "replace", "one formula"])
def test_lookback_none_reads_nothing_before_the_window(form):
    start, end = at("2018-05-25T06:00:00"), at("2018-05-25T10:00:00")
    text = HEAD.replace("[group]", "  lookback = none\n[group]") + FORMS[form]
    series = last_series(planned(text, start_ns=start, end_ns=end))
    assert len(series) == 3


def test_zero_mode_reproduces_the_old_pictures():
    text = HEAD.replace("[group]", "  null-arithmetic = zero\n[group]") + FORMS["replace"]
    assert last_series(planned(text)).values.tolist() == [237.0, *CHANGES]


def test_forward_references_and_derived_of_derived():
    text = (
        HEAD
        + """
      [series]
        value = value('change') * 2
      [series]
        alias = change
        display = false
        value = value('raw') - previous('raw')
      [series]
        alias = raw
    """
    )
    chart = planned(text)
    assert chart.diagnostics == ()
    (series,) = execute(chart.widgets[0].series[0].node, source_of())
    assert series.values.tolist() == [2 * change for change in CHANGES]


def findings(chart: ChartPlan) -> list[tuple[str, str, int, int]]:
    return [(one.severity, one.code, one.line, one.column) for one in chart.diagnostics]


def lines(*rows: str) -> str:
    return "\n".join(rows)


def test_unknown_alias_is_placed_and_the_rest_is_drawn():
    text = lines(
        "[configuration]", "entity = hetzner", "metric = outage-tickets", "start-time = 2018",
        "[widget]", "type = chart", "[series]", "alias = raw", "[series]", "  value = value('rwa') + 1",
    )  # fmt: skip
    chart = planned(text)
    assert findings(chart) == [("error", "unknown-alias", 10, 17)]
    assert chart.diagnostics[0].hint == "did you mean raw?"
    assert chart.diagnostics[0].end_column == 22
    first, second = chart.widgets[0].series
    assert first.node is not None
    assert second.node is None


@pytest.mark.parametrize(
    ("formula", "code", "column"),
    [
        ("value('raw' - 1", "not-closed", 14),
        ("value('raw') +", "syntax", 22),
        ("valeu('raw')", "unknown-name", 9),
        ("Math.rund(value('raw'))", "unknown-name", 9),
        ("value('d')", "alias-cycle", 15),
        ("value(raw)", "alias-needed", 15),
        ("previousValue", "unknown-name", 9),
    ],
)
def test_errors_of_formulas_stand_at_their_place(formula, code, column):
    text = lines("[series]", "metric = outage-tickets", "entity = hetzner", "alias = raw",
                 "start-time = 2018", "[series]", "alias = d", f"value = {formula}")  # fmt: skip
    chart = planned(text)
    found = [one for one in chart.diagnostics if one.severity == "error"]
    assert (found[0].code, found[0].line, found[0].column) == (code, 8, column), found
    assert chart.widgets[0].series[0].node is not None


def test_circles_and_duplicates_are_errors():
    text = lines("[series]", "alias = a", "value = value('b')", "[series]", "alias = b",
                 "value = value('a')", "[series]", "alias = a", "value = 1")  # fmt: skip
    codes = [one.code for one in planned(text).diagnostics]
    assert codes.count("alias-cycle") == 2
    assert codes.count("duplicate-alias") == 1


def test_other_widget_types_are_planned_and_unknown_ones_named():
    other = "[series]\n[tags]\ndc=10\n"
    chart = planned(HEAD + f"[series]\n[widget]\ntype = gauge\n{other}[widget]\ntype = guage\n{other}")
    found = [one for one in chart.diagnostics if one.severity == "error"]
    assert [(one.code, one.fix) for one in found] == [("unknown-type", "gauge")]
    assert [one.drawn for one in chart.widgets] == [True, True, False]


def test_wildcards_give_one_series_per_member():
    text = HEAD.replace("dc = 07", "dc = *") + FORMS["one formula"]
    chart = planned(text)
    node = chart.widgets[0].series[-1].node
    found = execute(node, source_of())
    assert [one.key.tag_map["dc"] for one in found] == ["07", "10"]
    assert found[0].values.tolist() == CHANGES


def test_statistics_use_whole_periods_at_every_zoom():
    text = HEAD + "[series]\n statistics = sum\n period = 1 day\n"
    whole = last_series(planned(text))
    zoomed = last_series(planned(text, start_ns=at("2018-05-25T06:00:00"), end_ns=at("2018-05-25T10:00:00")))
    assert zoomed.times_ns.tolist() == [at("2018-05-25T00:00:00")]
    assert zoomed.values[0] == whole.values[1]


def test_time_offset_moves_samples_forward():
    text = HEAD.replace("2018-05-24", "2018-05-31").replace("2018-05-27", "2018-06-03")
    series = last_series(planned(text + "[series]\n time-offset = 1 week\n"))
    assert series.times_ns[0] == TICKETS[0][0] + 7 * 86_400 * 10**9
    assert len(series) == len(TICKETS)


def test_unknown_names_of_the_catalog_are_warnings_with_a_near_name():
    chart = planned("[series]\nmetric = outage-tiket\nentity = hetzner\n")
    assert [(one.severity, one.code) for one in chart.diagnostics] == [("warning", "unknown-metric")]
    assert chart.diagnostics[0].hint == "did you mean outage-tickets?"


def test_samples_are_not_changed():
    before: Mapping[int, Samples] = {1: source_of()._samples[1]}
    copy = before[1].values.copy()
    last_series(planned(HEAD + FORMS["replace"]))
    np.testing.assert_array_equal(before[1].values, copy)
