"""Conditions about a series as a whole: other series, kept facts and script functions that they may name."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.services import put_entity, put_metric
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

START_S = 1_600_000_020  # a full minute
HEAD = """
start-time = 2020-09-13T12:27:00Z
end-time = 2020-09-13T12:40:00Z
metric = load
"""


@pytest.fixture(autouse=True)
def stored() -> None:
    for entity, last, site in (("a", 40.0, "Nord"), ("b", 4.0, "Sud")):
        times = [(START_S + second) * 10**9 for second in (0, 60, 120)]
        insert_series([(SeriesKey.of("load", entity), Samples.of(times, [1.0, 2.0, last]))])
        put_entity(entity, {"tags": {"site": site, "cores": "8"}, "label": f"host {entity}"})
    put_metric("load", {"units": "percent", "max_value": 50, "tags": {"limit": "10"}})


def render(client: Client, *rows: str, kind: str = "chart") -> dict[str, Any]:
    config = "\n".join((HEAD, *(rows if "[widget]" in rows else ("[widget]", f"type = {kind}", *rows))))
    body = {"config": config, "now": "2020-09-14T00:00:00Z", "series": True}
    return client.post("/api/charts/render", body, content_type="application/json").json()


def shown(client: Client, condition: str, *rows: str) -> tuple[bool, bool]:
    """Whether a and b are displayed when both have the condition."""
    answer = render(
        client, *rows, "[series]", "entity = a", "alias = first", f"display = {condition}",
        "[series]", "entity = b", f"display = {condition}",
    )  # fmt: skip
    assert answer["diagnostics"] == []
    first, second = (one["display"] for one in answer["widgets"][0]["series"])
    return first, second


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("value >= value('first')", (True, False)),
        ("value < value('first') / 2", (False, True)),
        ("entityTag('site') == 'Sud'", (False, True)),
        ("entityTag('first', 'site') == 'Sud'", (False, False)),
        ("value > metricTag('limit')", (True, False)),
        ("value > 0.5 * meta().metric.maxValue", (True, False)),
        ("meta().entity.label == 'host a'", (True, False)),
        ("meta('first').entity.tags.site == 'Nord'", (True, True)),
        ("/^s/i.test(entityTag('site'))", (False, True)),
        ("entityTag('nothing') == null", (True, True)),
    ],
)
def test_conditions_may_ask_about_series_and_what_is_kept_of_them(
    client: Client, condition: str, expected: tuple[bool, bool]
) -> None:
    assert shown(client, condition) == expected
    answer = render(
        client, "[series]", "entity = a", "alias = first", "[series]", "entity = b",
        f"alert-expression = {condition}", "alert-style = color: red", kind="bar",
    )  # fmt: skip
    assert answer["diagnostics"] == []
    assert ('"red"' in str(answer["widgets"][0]).replace("'", '"')) is expected[1]


def test_enabled_is_decided_in_the_same_way(client: Client) -> None:
    other = "enabled = value > value('first')"
    rows = ("[series]", "entity = a", "alias = first", "[series]", "entity = b", other)
    first, second = render(client, *rows)["widgets"][0]["figure"]["data"]
    assert first.get("visible", True) is True and second["visible"] == "legendonly"


def test_functions_of_scripts_may_be_called_in_conditions(client: Client) -> None:
    script = (
        "script\nfunction busy(v) { return v > 10; }\n"
        "window.calm = function (v) { return !busy(v); };\nendscript\n"
    )
    rows = ("[widget]", "type = chart", "[series]", "entity = a", "display = calm(value)")
    (one,) = render(client, script, *rows)["widgets"][0]["series"]
    assert one["display"] is False
    rows = ("[widget]", "type = chart", "[series]", "entity = a", "color = blue",
            "alert-expression = busy(value)", "alert-style = return alert ? 'stroke: red' : '';")  # fmt: skip
    answer = render(client, script, *rows)
    assert answer["diagnostics"] == []
    assert answer["widgets"][0]["figure"]["data"][0]["line"]["color"] == "red"


def test_an_alias_that_nobody_has_hides_nothing_and_is_told(client: Client) -> None:
    answer = render(client, "[series]", "entity = a", "alias = first", "display = value > value('frist')")
    assert answer["widgets"][0]["series"][0]["display"] is True
    (told,) = answer["diagnostics"]
    assert "frist" in told["message"] and "first" in told["hint"]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("value('a') / meta('a').metric.maxValue", [0.02, 0.04, 0.8]),
        ("value('a') / entityTag('a', 'cores')", [0.125, 0.25, 5]),
        ("value('a') - metricTag('a', 'limit')", [-9, -8, 30]),
        ("entityTag('a', 'site') == 'Nord' ? value('a') : null", [1, 2, 40]),
        ("value('a') * (metricTag('a', 'none') == null ? 1 : 2)", [1, 2, 40]),
    ],
)
def test_formulas_may_ask_what_is_kept_of_an_input(
    client: Client, formula: str, expected: list[float]
) -> None:
    rows = ("[series]", "entity = a", "alias = a", "[series]", f"value = {formula}")
    answer = render(client, *rows)
    assert answer["diagnostics"] == []
    assert [value for _, value in answer["widgets"][0]["series"][1]["samples"]] == pytest.approx(expected)
