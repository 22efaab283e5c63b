"""Widgets other than time charts, over HTTP: the answer's shape, expressions, records, rights, drop-downs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.services import insert_messages, insert_property, patch_entity
from apps.portal.bundled import EXAMPLES, FOLDER, load_examples
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR_NS = 3600 * 10**9
START_NS = 1_577_836_800 * 10**9  # 2020-01-01T00:00Z
HEAD = """
start-time = 2020-01-01T00:00:00Z
end-time = 2020-01-02T00:00:00Z
timezone = UTC
metric = cpu
[group]
[widget]
"""


@pytest.fixture(autouse=True)
def stored() -> None:
    times_ns = START_NS + np.arange(4) * HOUR_NS
    for entity, values in (("a", [1.0, 2.0, 3.0, 4.0]), ("b", [10.0, 20.0, 30.0, 40.0])):
        insert_series([(SeriesKey.of("cpu", entity, {"core": "0"}), Samples(times_ns, np.array(values)))])
    insert_property("a", "disk", {"mount": "/"}, {"size": "20"}, time_ns=START_NS)
    insert_property("a", "disk", {"mount": "/tmp"}, {"size": "5"}, time_ns=START_NS)
    patch_entity("b", {"tags": {"site": "<b>x</b>"}}, create=True)
    common = {"type": "log", "source": "test", "tags": {}, "time_ns": START_NS}
    told = (("a", 6, "down"), ("b", 2, "up"))
    insert_messages([(entity, common | {"severity": how, "text": text}) for entity, how, text in told])


def render(text: str, client: Client | None = None, **more: Any) -> dict[str, Any]:
    answer = (client or Client()).post(
        "/api/charts/render", {"config": text, **more}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


def only(text: str, **more: Any) -> dict[str, Any]:
    answer = render(HEAD + text, **more)
    assert not [one for one in answer["diagnostics"] if one["severity"] == "error"], answer["diagnostics"]
    (widget,) = answer["widgets"]
    return widget


def texts(widget: dict[str, Any]) -> list[list[str]]:
    return [[cell["text"] for cell in row["cells"]] for row in widget["table"]["rows"]]


def test_a_panel_has_the_shape_of_a_chart_and_the_exact_series():
    widget = only("type = bar\n[series]\nentity = *\n", series=True)
    assert {"type", "title", "row", "column", "figure", "series", "notes"} <= set(widget)
    assert [one["samples"][-1][1] for one in widget["series"]] == [4.0, 40.0]
    assert all(one["color"].startswith("#") for one in widget["series"])


def test_a_table_has_a_row_per_series_and_no_figure():
    widget = only("type = table\ncolumn-metric = null\ncolumn-time = When\n[series]\nentity = *\n")
    assert widget["figure"] is None
    assert [one["label"] for one in widget["table"]["columns"]] == ["Entity", "Tags", "Value", "When"]
    assert texts(widget)[0] == ["a", "core = 0", "4", "2020-01-01 03:00"]


def test_columns_compute_from_the_series_the_cell_and_the_row():
    widget = only(
        "type = table\n[series]\nentity = *\n"
        "[column]\nkey = entity\n"
        "[column]\nlabel = top\nkey = top\nseries-value = max() * 2\n"
        "[column]\nkey = value\nvalue = value + value('avg')\nformat = fixed(1)\n"
        "[column]\ntag = core\n"
    )
    assert texts(widget) == [["a", "8", "6.5", "0"], ["b", "80", "65.0", "0"]]


def test_merged_rows_know_their_series_by_alias():
    widget = only(
        "type = table\nmerge-columns = entity\n"
        "[series]\nentity = a\nalias = one\n"
        "[series]\nentity = a\nalias = other\nstatistic = avg\nperiod = 1 day\n"
        "[column]\nkey = one\n[column]\nkey = other\n"
        "[column]\nkey = ratio\nvalue = row.aliases.one.last.v / row.aliases.other.last.v\n"
    )
    assert texts(widget) == [["4", "2.5", "1.6"]]


def test_alerts_reach_cells_bars_and_texts_as_colours_only():
    alert = (
        "alert-expression = value > 5 ? 2 : 0\n"
        "alert-style = alert > 1 ? 'color: red; behavior: url(x)' : ''\n"
    )
    widget = only(f"type = table\n{alert}[series]\nentity = *\n[column]\nkey = value\n")
    looks = [row["cells"][0].get("look") for row in widget["table"]["rows"]]
    assert looks == [None, {"color": "red"}]
    widget = only(f"type = text\n{alert}[series]\nentity = *\n")
    assert [one["look"] for one in widget["table"]["items"]] == [{}, {"color": "red"}]


def test_an_alert_that_fails_is_one_diagnostic_and_the_widget_stays():
    answer = render(HEAD + "type = bar\n[series]\nentity = *\nalert-expression = value('nobody') > 1\n")
    assert len(answer["widgets"]) == 1
    assert len([one for one in answer["diagnostics"] if "nobody" in one["message"]]) == 1


def test_thresholds_and_totals_may_be_expressions():
    widget = only(
        "type = gauge\nthresholds = 0, value('limit') / 2, percentile(100), 100\n"
        "[series]\nentity = a\n[series]\nentity = b\nalias = limit\ndisplay = false\n"
    )
    ticks = [one["text"] for one in widget["figure"]["layout"]["annotations"] if one["name"] == "tick"]
    assert ticks == ["0", "4", "20", "100"]
    series = "[series]\nentity = a\n[series]\nalias = all\nentity = b\ndisplay = false\n"
    widget = only(f"type = pie\ntotal-value = value('all')\n{series}[other]\nlabel = rest\n")
    assert widget["figure"]["data"][0]["values"] == [4.0, 36.0]


def test_areas_come_from_other_series():
    widget = only("type = treemap\n[series]\nentity = a\nsize = value('b')\n[series]\nentity = b\nalias = b\n"
                  "display = false\n")  # fmt: skip
    assert widget["figure"]["data"][0]["values"] == [40.0]


def test_properties_are_selected_by_type_entity_and_key():
    widget = only(
        "type = property\ncolumn-time = null\n[property]\ntype = disk\nentity = a\n[keys]\nmount = /t*\n"
    )
    assert texts(widget) == [["a", "/tmp", "5"]]
    widget = only("type = property\ncolumn-time = null\n[property]\ntype = $entity_tags\nentity = *\n")
    assert texts(widget) == [["b", "<b>x</b>"]]


def test_messages_are_filtered_by_severity_and_expression():
    show = "type = console\nsource = message\ncolumn-time = null\n"
    assert len(texts(only(show))) == 2
    widget = only(show + "min-severity = major\n")
    assert texts(widget) == [["a", "log", "test", "CRITICAL", "down"]]
    assert texts(only(show + "message-expression = message == 'up'\n"))[0][-1] == "up"


def test_records_are_shown_only_to_who_may_read_them():
    user = User.objects.create_user("half", password="x")
    user.user_permissions.add(
        Permission.objects.get(codename="view_series", content_type__app_label="catalog")
    )
    client = Client()
    client.force_login(user)
    for kind in ("property", "console"):
        (widget,) = render(HEAD + f"type = {kind}\n[property]\ntype = disk\n", client)["widgets"]
        assert widget["table"]["rows"] == []
        assert "no-right" in {note["code"] for note in widget["notes"]}


def test_a_choice_of_a_drop_down_is_put_into_the_text():
    text = "type = bar\n[series]\nentity = a\n[dropdown]\nchange-field = series.entity\noptions = a, b\n"
    first = only(text, series=True)
    (dropdown,) = first["dropdowns"]
    assert dropdown["chosen"] == 0
    assert [one["value"] for one in dropdown["options"]] == ["a", "b"]
    other = only(text, series=True, choices={dropdown["key"]: "b"})
    assert (first["series"][0]["entity"], other["series"][0]["entity"]) == ("a", "b")
    assert other["dropdowns"][0]["chosen"] == 1
    # What is not among the options is no choice.
    assert only(text, series=True, choices={dropdown["key"]: "c"})["series"][0]["entity"] == "a"


@pytest.mark.parametrize("choices", [[], "a", {"0.0": 1}, {str(n): "a" for n in range(501)}])
def test_choices_that_are_none_are_refused(choices):
    answer = Client().post(
        "/api/charts/render", {"config": "", "choices": choices}, content_type="application/json"
    )
    assert answer.status_code == 400


def test_every_bundled_example_draws_all_its_widgets_without_a_word():
    load_examples()
    for example in EXAMPLES:
        answer = render((FOLDER / f"{example.slug}.ls").read_text(encoding="utf-8"))
        assert answer["diagnostics"] == [], example.slug
        for widget in answer["widgets"]:
            shown = widget["figure"]["data"] if widget["figure"] else widget["table"]
            assert shown, (example.slug, widget["title"])
            assert not [note for note in widget["notes"] if note["code"].startswith("no-")], widget["title"]
