"""Forecasts that clients stored, drawn beside what was measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR_NS = 3600 * 10**9
START_NS = 1_577_836_800 * 10**9  # 2020-01-01T00:00Z
HEAD = """
start-time = 2020-01-01T00:00:00Z
end-time = 2020-01-02T00:00:00Z
timezone = UTC
metric = flow
entity = pump
[group]
[widget]
type = chart
"""
FORECAST = "[series]\ndata-type = forecast\n"


@pytest.fixture(autouse=True)
def stored() -> None:
    times_ns = START_NS + np.arange(3) * HOUR_NS
    key = SeriesKey.of("flow", "pump", {"side": "a"})
    for forecast, values in (
        (None, [1.0, 2.0, 3.0]),
        (("FORECAST", ""), [10.0, 20.0, 30.0]),
        (("FORECAST", "Holt"), [100.0, 200.0, 300.0]),
        (("FORECAST_DEVIATION", "Holt"), [5.0, 6.0, 7.0]),
    ):
        insert_series([(key._replace(forecast=forecast), Samples(times_ns, np.array(values)))])


def render(text: str) -> dict[str, Any]:
    answer = Client().post(
        "/api/charts/render", {"config": HEAD + text, "series": True}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


def lines(text: str) -> dict[str, list[float]]:
    answer = render(text)
    assert answer["diagnostics"] == []
    return {one["label"]: [value for _, value in one["samples"]] for one in answer["widgets"][0]["series"]}


@pytest.mark.parametrize(
    ("lines_of_series", "label", "values"),
    [
        ("", "pump: flow: side=a", [1, 2, 3]),
        ("data-type = history", "pump: flow: side=a", [1, 2, 3]),
        ("data-type = forecast", "pump: flow: side=a: forecast", [10, 20, 30]),
        ("data-type = forecast\nforecast-name = Holt",
         "pump: flow: side=a: forecast - Holt", [100, 200, 300]),
        ("data-type = forecast_deviation\nforecast-name = Holt",
         "pump: flow: side=a: forecast_deviation - Holt", [5, 6, 7]),
        ("data-type = forecast\nforecast-name = Holt\nlabel-format = metric dataType (forecastName)",
         "flow forecast (Holt)", [100, 200, 300]),
        ("data-type = forecast\nstatistic = sum\nperiod = 1 day",
         "pump: flow: side=a: sum - 1 day: forecast", [60]),
        ("data-type = forecast\nentity = *\n[tags]\nside = *", "pump: flow: side=a: forecast", [10, 20, 30]),
    ],
)  # fmt: skip
def test_the_data_asked_for_is_drawn(lines_of_series, label, values):
    assert lines(f"[series]\n{lines_of_series}\n") == {label: values}


def test_formulas_read_forecasts_by_their_alias():
    named = f"{FORECAST}forecast-name = Holt\nalias = f\ndisplay = false\n"
    spread = "[series]\ndata-type = forecast_deviation\nforecast-name = Holt\nalias = d\ndisplay = false\n"
    found = lines(f"{named}{spread}[series]\nlabel = upper\nvalue = value('f') + 2 * value('d')\n")
    assert found["upper"] == [110, 212, 314]


def test_forecasts_share_the_hue_and_take_the_style_of_forecasts():
    both = f"[series]\n{FORECAST}"
    plain = render(both)["widgets"][0]["figure"]["data"]
    dashed = render(f"forecast-style = stroke-dasharray: 4; stroke: magenta\n{both}")["widgets"][0]["figure"]
    assert len({one["line"]["color"] for one in plain[:2]}) == 2
    assert "dash" not in dashed["data"][0]["line"] or dashed["data"][0]["line"]["dash"] == "solid"
    assert dashed["data"][1]["line"]["dash"] not in (None, "solid")
    own = render(f"forecast-style = stroke: magenta\n{both}style = stroke: red\n")["widgets"][0]["figure"]
    assert own["data"][1]["line"]["color"] != dashed["data"][1]["line"]["color"]


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (f"{FORECAST}forecast-name = holt\n", "no-series", "no forecast named 'holt'"),
        ("[series]\ndata-type = forecast_deviation\n", "no-series", "no forecast without a name"),
        (f"{FORECAST}metric = flaw\n", "unknown-metric", "there is no metric 'flaw'"),
        ("[series]\nforecast-name = Holt\n", "companion-missing", "no effect without data-type"),
        ("[series]\ndata-type = upper_confidence\n", "not-offered", "bounds of forecasts"),
    ],
)
def test_what_is_not_there_is_told(text, code, words):
    (said,) = render(text)["diagnostics"]
    assert said["code"] == code
    assert words in said["message"]
