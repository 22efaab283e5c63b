"""Bars that stand for a pattern of tags, and alerts of nodes and links, over stored series."""

from __future__ import annotations

import json

import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.queries.charts import ChartRequest, render_charts

pytestmark = pytest.mark.django_db(databases="__all__")
NOW_NS = 10**12


@pytest.fixture
def disks():
    from apps.store.ingest import insert_series

    rows = [
        ("disk.size", "alpha", "/", 100.0), ("disk.size", "alpha", "/home", 50.0),
        ("disk.used", "alpha", "/", 25.0), ("disk.used", "alpha", "/home", 40.0),
    ]  # fmt: skip
    insert_series(
        (SeriesKey.of(metric, entity, {"mount": mount}), Samples.of([NOW_NS - 10**9], [value]))
        for metric, entity, mount, value in rows
    )


def widget(text: str):
    answer = json.loads(render_charts(ChartRequest(text, now_ns=NOW_NS, with_series=True)))
    assert answer["diagnostics"] == []
    return answer["widgets"][0]


BARS = """[widget]
type = bar
entity = alpha
[column]
column-label-format = {pattern}
multiple-column = {several}
[series]
metric = disk.size
alias = size
[tags]
mount = *
[series]
metric = disk.used
alias = used
[tags]
mount = *
"""


def ticks(several: str, pattern: str) -> list[str]:
    layout = widget(BARS.format(several=several, pattern=pattern))["figure"]["layout"]
    return layout["xaxis"]["ticktext"]


def test_equal_tags_share_a_bar_named_by_the_pattern(disks):
    assert ticks("true", "tags.mount") == ["/", "/home"]


def test_a_script_may_name_the_bars(disks):
    assert ticks("true", "javascript: upperCase(entity) + ' ' + tags.mount") == ["ALPHA /", "ALPHA /home"]


def test_without_it_all_series_stand_in_one_bar(disks):
    assert ticks("false", "entity") == ["alpha"]


GRAPH = """[widget]
type = graph
entity = alpha
alert-expression = value > 30
alert-style = fill: gray
link-alert-style = if (alert) return 'stroke: red'
node-alert-style = fill: blue
[node]
id = a
series = one
[node]
id = b
series = two
[link]
nodes = a -> b
series = three
[series]
metric = disk.used
alias = one
[tags]
mount = /home
[series]
metric = disk.used
alias = two
[tags]
mount = /
[series]
metric = disk.size
alias = three
[tags]
mount = /
"""


def test_nodes_and_links_have_alerts_of_their_own(disks):
    traces = widget(GRAPH)["figure"]["data"]
    (link,) = [one for one in traces if one["meta"]["role"] == "link"]
    (nodes,) = [one for one in traces if one["meta"]["role"] == "node"]
    assert link["line"]["color"] == "red"
    first, second = nodes["marker"]["color"]
    assert first == "blue" and second not in {"blue", "red", "gray"}
