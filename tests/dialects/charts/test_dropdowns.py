"""What drop-downs offer: series of the widget's own metric, what a function makes of them, tags."""

from __future__ import annotations

from collections.abc import Sequence

from apps.algebra.series import SeriesKey
from apps.algebra.source import SeriesRef, SeriesSelector
from apps.dialects.charts.chartplan import ChartPlan
from apps.dialects.charts.parse import parse
from apps.dialects.charts.plan import plan
from tests.dialects.charts.outage import at
from tests.dialects.charts.test_corpus import AgreeableCatalog

DISKS = [
    SeriesKey.of("disk.used", "alpha", {"mount": "/", "kind": "ext4"}),
    SeriesKey.of("disk.used", "alpha", {"mount": "/home", "kind": "ext4"}),
    SeriesKey.of("disk.used", "beta", {"mount": "/a,b*", "kind": "nfs"}),
]


class Disks(AgreeableCatalog):
    """Two hosts with three file systems."""

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        wanted = {name: values for name, values in selector.tags}
        return [
            SeriesRef(number, key)
            for number, key in enumerate(DISKS)
            if selector.metric == key.metric
            and (not selector.entities or key.entity in selector.entities)
            and all(key.tag_map.get(name) in values or "*" in values for name, values in wanted.items())
        ]

    def last_insert_ns(self, refs: Sequence[SeriesRef]) -> list[int | None]:
        return [None for _ in refs]


def planned(text: str, **choices: str) -> ChartPlan:
    chosen = {key.replace("_", "."): value for key, value in choices.items()}
    return plan(parse(text), now_ns=at("2019-06-11"), catalog=Disks(), choices=chosen)


def offered(lines: str) -> list[tuple[str, str]]:
    chart = planned(
        "[widget]\ntype = chart\nmetric = disk.used\nentity = alpha\n[dropdown]\n"
        f"change-field = series.tags.mount\n{lines}\n[series]\n"
    )
    assert {one.code for one in chart.diagnostics} <= {"no-series"}
    return [(one.value, one.text) for one in chart.widgets[0].dropdowns[0].options]


def test_values_of_the_widgets_own_metric():
    assert offered("options = javascript: requestMetricsSeriesValues('tags.mount')") == [
        ("/", "/"), ("/a,b*", "/a,b*"), ("/home", "/home"),
    ]  # fmt: skip


def test_a_function_over_the_rows():
    text = "options = javascript: requestMetricsSeriesValues(null, function (rows) {\n" + "\n".join(
        f"options = {line}"
        for line in (
            "var found = [];",
            "rows.forEach(function (row) {",
            "  var mount = row.tags.mount;",
            "  if (row.entity == 'alpha' && found.indexOf(mount) < 0) { found.push(mount); }",
            "});",
            "return found; })",
        )
    )
    assert [value for value, _ in offered(text)] == ["/", "/home"]


def test_a_function_over_the_values():
    text = (
        "options = javascript: requestMetricsSeriesValues('tags.kind', "
        "function (kinds) { return kinds.slice(1); })"
    )
    assert offered(text) == [("nfs", "nfs")]


def test_texts_of_options_stand_beside_their_values():
    text = "options = javascript: requestMetricsSeriesOptions('tags.mount', ['entity', 'tags.kind'])"
    assert offered(text) == [
        ("/", "alpha - ext4"), ("/home", "alpha - ext4"), ("/a,b*", "beta - nfs"),
    ]  # fmt: skip


TAGGED = "[widget]\ntype = chart\nmetric = disk.used\nentity = alpha\ntags-dropdowns = true\n[series]\n"


def test_one_drop_down_for_each_tag_all_first():
    widget = planned(TAGGED).widgets[0]
    shown = [
        (one.change_field, [option.value for option in one.options], one.chosen) for one in widget.dropdowns
    ]
    assert shown == [
        ("series.tags.kind", ["*", "ext4"], 0),
        ("series.tags.mount", ["*", "/", "/home"], 0),
    ]
    assert widget.series[0].tags == {}


def test_a_chosen_tag_selects():
    widget = planned(TAGGED, **{"0_1": "/home"}).widgets[0]
    assert [one.chosen for one in widget.dropdowns] == [0, 2]
    assert widget.series[0].tags == {"mount": ("/home",)}


def test_tags_that_the_text_fixes_have_no_drop_down():
    widget = planned(f"{TAGGED}[tags]\nmount = /\n").widgets[0]
    assert [one.change_field for one in widget.dropdowns] == ["series.tags.kind"]


def test_signs_in_values_of_tags_mean_themselves():
    text = TAGGED.replace("entity = alpha", "entity = beta")
    options = planned(text).widgets[0].dropdowns[1].options
    assert [(one.value, one.text) for one in options[1:]] == [(r"/a\,b\*", "/a,b*")]
