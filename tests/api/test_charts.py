from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.models import Entity, Metric
from apps.catalog.version import mark_changed
from apps.store.ingest import insert_series
from tests.api.test_seed_001 import DIFFERENCES, RAW

pytestmark = pytest.mark.django_db(databases="__all__")

OUTAGE = """
[configuration]
  start-time = 2018-05-24T00:00:00Z
  end-time = 2018-05-27T00:00:00Z
  timezone = UTC
  entity = hetzner
  metric = outage-tickets
[group]
  [widget]
    type = chart
    title = Tickets
    [tags]
      dc = 07
    [series]
      alias = raw
      display = false
    [series]
      label = rate
      rate = 0 minute
      rate-counter = false
    [series]
      label = replace
      replace-value = value - previousValue
    [series]
      label = aliases
      value = value('raw') - previous('raw')
"""


def as_ns(texts: list[str]) -> np.ndarray:
    return np.array([text.rstrip("Z") for text in texts], "datetime64[ns]").astype(np.int64)


@pytest.fixture
def outage() -> None:
    times_ns = as_ns([time for time, _ in RAW])
    values = np.array([value for _, value in RAW])
    insert_series([(SeriesKey.of("outage-tickets", "hetzner", {"dc": "07"}), Samples(times_ns, values))])


@pytest.fixture
def load() -> tuple[np.ndarray, np.ndarray]:
    """100,000 samples, one every 10 s from 2020-01-01, with one peak."""
    times_ns = as_ns(["2020-01-01T00:00:00Z"])[0] + np.arange(100_000) * 10**10
    values = np.random.default_rng(3).normal(100, 10, 100_000).round(2)
    values[54_321] = 9999
    insert_series([(SeriesKey.of("cpu.load", "host"), Samples(times_ns, values))])
    return times_ns, values


LOAD = """
[configuration]
  start-time = 2020-01-01T00:00:00Z
  end-time = 2020-01-13T00:00:00Z
  timezone = UTC
[widget]
  type = chart
  [series]
    metric = cpu.load
    entity = host
"""


def render(config: str, address: str = "render", **more: Any) -> dict[str, Any]:
    body = {"config": config, "now": "2018-06-01T00:00:00Z"} | more
    response = Client().post(f"/api/charts/{address}", json.dumps(body), content_type="application/json")
    assert response.status_code == 200, response.content[:500]
    return json.loads(response.content)


def column(typed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(typed["bdata"]), "<f8")


def test_three_notations_give_the_same_26_numbers(outage):
    answer = render(OUTAGE, series=True)
    assert answer["diagnostics"] == []
    (widget,) = answer["widgets"]
    raw, *derived = widget["series"]
    assert (raw["alias"], raw["display"], raw["tags"]) == ("raw", False, {"dc": "07"})
    assert raw["samples"][0] == [1527158580000, 237.0]
    assert len(raw["samples"]) == 27
    for series in derived:
        assert [value for _, value in series["samples"]] == DIFFERENCES, series["label"]
        assert series["samples"][0][0] == 1527161340000
    assert [series["label"] for series in derived] == ["rate", "replace", "aliases"]


def test_hidden_helpers_stay_out_of_the_figure(outage):
    (widget,) = render(OUTAGE)["widgets"]
    assert "series" not in widget
    go.Figure(widget["figure"])
    assert [trace["name"] for trace in widget["figure"]["data"]] == ["rate", "replace", "aliases"]
    colors = {trace["line"]["color"] + trace["line"]["dash"] for trace in widget["figure"]["data"]}
    assert len(colors) == 3


def test_a_bare_text_is_a_configuration(outage):
    response = Client().post("/api/charts/render?series=true", OUTAGE, content_type="text/plain")
    (widget,) = json.loads(response.content)["widgets"]
    assert widget["title"] == "Tickets"
    assert len(widget["series"]) == 4


def test_a_million_points_become_two_a_pixel_and_the_peak_survives(load):
    _, values = load
    (widget,) = render(LOAD, width=600)["widgets"]
    (trace,) = widget["figure"]["data"]
    drawn = column(trace["y"])
    assert 800 < len(drawn) <= 1300
    assert drawn.max() == 9999
    assert drawn.min() == values.min()
    (note,) = widget["notes"]
    assert note["code"] == "points-picked"
    assert "min and max kept" in note["message"]


def test_exact_samples_are_never_thinned(load):
    times_ns, values = load
    (widget,) = render(LOAD, width=10, series=True)["widgets"]
    samples = widget["series"][0]["samples"]
    assert len(samples) == 100_000
    assert samples[54_321] == [int(times_ns[54_321] // 10**6), 9999]
    assert [value for _, value in samples] == values.tolist()


def test_zooming_shows_every_sample_and_runs_on_to_the_neighbours(load):
    times_ns, values = load
    window = {"start": "2020-01-07T06:53:25Z", "end": "2020-01-07T06:53:35Z"}
    (widget,) = render(LOAD, width=600, series=True, **window)["widgets"]
    (trace,) = widget["figure"]["data"]
    inside = [sample for sample in widget["series"][0]["samples"]]
    assert inside == [[int(times_ns[54_321] // 10**6), 9999.0]]
    assert column(trace["y"]).tolist() == values[54_320:54_323].tolist()
    assert trace["meta"]["samples_total"] == 1


def test_zooming_never_changes_a_derived_number(outage):
    whole = render(OUTAGE, series=True)["widgets"][0]["series"]
    window = {"start": "2018-05-25T08:00:00Z", "end": "2018-05-25T11:00:00Z"}
    part = render(OUTAGE, series=True, **window)["widgets"][0]["series"]
    for before, after in zip(whole, part, strict=True):
        expected = [sample for sample in before["samples"] if 1527235200000 <= sample[0] < 1527246000000]
        assert after["samples"] == expected, after["label"]
        assert len(expected) == 3
    figure = render(OUTAGE, **window)["widgets"][0]["figure"]
    for trace in figure["data"]:
        assert column(trace["y"]).tolist() == [-39, -8, 11, -27, -12], trace["name"]


def test_one_bad_series_leaves_the_others_drawn(outage):
    text = OUTAGE + "    [series]\n      value = value('rwa') + 1\n"
    answer = render(text, series=True)
    (fault,) = [one for one in answer["diagnostics"] if one["severity"] == "error"]
    assert (fault["line"], "raw" in (fault["hint"] or "")) == (len(text.splitlines()), True)
    assert len(answer["widgets"][0]["figure"]["data"]) == 3
    assert answer["widgets"][0]["series"][-1]["samples"] == []


def test_hostile_labels_are_text_in_the_figure(outage):
    label = "<script>alert(1)</script><a href='javascript:alert(2)'>x</a>"
    answer = render(OUTAGE.replace("label = rate", f"label = {label}").replace("= Tickets", f"= {label}"))
    figure = json.dumps(answer["widgets"][0]["figure"])
    assert "<script" not in figure
    assert "<a " not in figure


def test_an_interval_without_bounds_is_as_wide_as_its_samples(load):
    bounds = "  start-time = 2020-01-01T00:00:00Z\n  end-time = 2020-01-13T00:00:00Z\n"
    (widget,) = render(LOAD.replace(bounds, "  timespan = all\n"))["widgets"]
    start, end = widget["figure"]["layout"]["xaxis"]["range"]
    assert (start[:7], end[:7]) == ("2019-12", "2020-01")


def test_rankings_and_conditions_decide_what_is_displayed(load):
    second = "  [series]\n    metric = cpu.load\n    entity = host\n    display = value >= top(1)\n"
    text = LOAD + "    display = value < 0\n" + second
    hidden, shown = render(text, series=True)["widgets"][0]["series"]
    assert (hidden["display"], shown["display"]) == (False, True)


def test_labels_and_formats_may_be_expressions(load):
    label = "    label-format = javascript: entity.toUpperCase()\n"
    (widget,) = render(LOAD + label + "    format = value > 5 ? 'high' : 'low'\n")["widgets"]
    (trace,) = widget["figure"]["data"]
    assert trace["name"] == "HOST"
    assert set(trace["text"]) == {"high"}


ODD = [
    "    mode = column\n", "    format = value/0 + foo\n", "    label-format = javascript: ((((\n",
    "    display = bar(1)\n", "    disconnect-count = 2\n", "    color = url(x)\n    style = fill: url(x)\n",
    "    period = 1 hour\n    statistics = avg, max\n", "  [threshold]\n    value = 150\n",
    "  [threshold]\n    value = max('x')\n", "  [series]\n    value = 5\n",
    "  [series]\n    value = " + "(" * 100_000 + "1\n", "    axis = right\n    format = bytes\n",
]  # fmt: skip


@pytest.mark.parametrize("more", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("width", [1, 20_000])
def test_odd_settings_never_fail(load, more, width):
    for widget in render(LOAD + more, width=width)["widgets"]:
        go.Figure(widget["figure"])


def test_check_answers_diagnostics_only():
    answer = render("[widget]\n  type = chart\n  [series]\n  valeu = 1\n", "check")
    assert list(answer) == ["diagnostics"]
    assert any("value" in (one["hint"] or one["message"]) for one in answer["diagnostics"])


def test_what_can_not_be_read_at_all_gives_no_widgets_and_an_error():
    answer = render("\0\0\0 ][ no configuration")
    assert answer["widgets"] == []
    assert any(one["severity"] == "error" for one in answer["diagnostics"])


def test_answers_are_compressed_for_those_who_take_it(outage):
    response = Client(headers={"accept-encoding": "gzip"}).post(
        "/api/charts/render", OUTAGE, content_type="text/plain"
    )
    assert response["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(response.content))["widgets"]


BAD = [
    "{", "[]", "null", '"text"', "{}", '{"config": 1}', '{"config": null}',
    '{"config": "", "width": 0}', '{"config": "", "width": "wide"}', '{"config": "", "width": NaN}',
    '{"config": "", "width": 1e99}', '{"config": "", "width": true}', '{"config": "", "series": "maybe"}',
    '{"config": "", "now": "yesterday-ish"}', '{"config": "", "now": []}', '{"config": "", "now": 1e300}',
    '{"config": "", "start": "2018-13-45T00:00:00Z"}',
    '{"config": "", "start": "2019-01-01T00:00:00Z", "end": "2018-01-01T00:00:00Z"}',
    '{"config": "\\ud800"}', "[" * 100_000, '{"config": "", "now": ' + "9" * 5000 + "}",
]  # fmt: skip


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("address", ["render", "check"])
def test_bad_requests_are_refused_with_a_reason(address, body):
    response = Client().post(f"/api/charts/{address}", body, content_type="application/json")
    assert response.status_code == 400
    (fault,) = json.loads(response.content)["errors"]
    assert fault["code"]
    assert fault["message"]


def test_a_body_over_the_limit_is_refused(settings):
    settings.TSWEB_MAX_CONFIG_BYTES = 1000
    for kind, body in (("text/plain", "x" * 1001), ("application/json", json.dumps({"config": "é" * 501}))):
        response = Client().post("/api/charts/render", body, content_type=kind)
        assert response.status_code == 400
        assert json.loads(response.content)["errors"][0]["code"] == "body-too-large"


def test_a_text_that_is_no_utf_8_is_refused():
    response = Client().post("/api/charts/check", b"\xff\xfe", content_type="text/plain")
    assert response.status_code == 400


def test_reading_needs_the_right_to_read(settings):
    settings.TSWEB_ANONYMOUS = "none"
    response = Client().post("/api/charts/check", "", content_type="text/plain")
    assert response.status_code == 401
    assert json.loads(response.content)["errors"][0]["message"]


def test_other_methods_are_refused():
    response = Client().get("/api/charts/render")
    assert response.status_code == 405
    assert json.loads(response.content)["errors"][0]["code"] == "method-not-allowed"


def test_a_down_sampled_trace_tells_the_exact_numbers_of_the_window(load):
    _, values = load
    answer = render(LOAD, width=300)
    (trace,) = answer["widgets"][0]["figure"]["data"]
    meta = trace["meta"]
    assert meta["samples_total"] == 100_000
    assert (meta["min"], meta["max"], meta["last"]) == (values.min(), 9999, values[-1])
    assert meta["mean"] == pytest.approx(values.mean())
    half = render(LOAD, width=300, end="2020-01-03T00:00:00Z")
    meta = half["widgets"][0]["figure"]["data"][0]["meta"]
    assert meta["samples_total"] == 2 * 8640
    assert (meta["max"], meta["last"]) == (values[:17280].max(), values[17279])


def test_only_the_widgets_that_are_asked_for_are_drawn(load):
    two = LOAD + LOAD[LOAD.index("[widget]") :].replace("chart", "chart\n  title = second")
    whole = render(two)["widgets"]
    assert [one["index"] for one in whole] == [0, 1]
    (second,) = render(two, only=[1])["widgets"]
    assert (second["index"], second["title"]) == (1, "second")
    refused = Client().post("/api/charts/render", {"config": two, "only": ["1"]}, "application/json")
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("interval", "end", "refresh_ms"),
    [
        ("", "now", 60_000),
        ("update-interval = 15 second", "now", 15_000),
        ("update-interval = 0", "now", None),
        ("", "2020-01-13T00:00:00Z", None),
    ],
)
def test_a_chart_that_reaches_the_present_says_how_often_to_ask_again(load, interval, end, refresh_ms):
    text = LOAD.replace("end-time = 2020-01-13T00:00:00Z", f"end-time = {end}\n  {interval}")
    answer = render(text, now="2020-02-01T00:00:00Z")
    assert answer["widgets"][0]["refresh_ms"] == refresh_ms


def test_labels_name_what_is_kept_about_metric_and_entity(load):
    Metric.objects.filter(name="cpu.load").update(units="%", label="Load", tags={"team": "core"})
    Entity.objects.filter(name="host").update(label="Big host")
    mark_changed()
    pattern = "meta.entity.label: meta.metric.label meta.metric.units (meta.metric.tags['team'])"
    answer = render(LOAD + f"\n    label-format = {pattern}\n")
    (trace,) = answer["widgets"][0]["figure"]["data"]
    assert trace["name"] == "Big host: Load % (core)"


COUNTER = """
[configuration]
  start-time = 2020-01-01T00:00:00Z
  end-time = 2020-01-01T01:00:00Z
  timezone = UTC
[widget]
  type = chart
  [series]
    metric = counter
    entity = host
"""


@pytest.fixture
def counter() -> None:
    times_ns = as_ns(["2020-01-01T00:00:00Z"])[0] + np.arange(6) * 60 * 10**9
    values = np.array([10.0, 20, 5, 15, 2, 30])
    insert_series([(SeriesKey.of("counter", "host"), Samples(times_ns, values))])


def test_resets_are_marked_where_the_text_asks_for_it(counter):
    rated = COUNTER + "    rate = 1 minute\n"
    assert len(render(rated)["widgets"][0]["figure"]["data"]) == 1
    _, marks = render(rated + "    reset-marks = true\n")["widgets"][0]["figure"]["data"]
    assert column(marks["x"]).tolist() == [1577836920000, 1577837040000]


def test_columns_and_lines_take_the_look_of_their_alert(counter):
    alert = "    alert-expression = value > 12\n    alert-style = fill: red; stroke: red\n"
    blue = COUNTER + "    mode = column\n    color = blue\n"
    (columns,) = render(blue + alert)["widgets"][0]["figure"]["data"]
    assert columns["marker"]["color"] == ["blue", "red", "blue", "red", "blue", "red"]
    (line,) = render(COUNTER + alert)["widgets"][0]["figure"]["data"]
    assert line["line"]["color"] == "red"
    (calm,) = render(COUNTER + alert.replace("12", "30"))["widgets"][0]["figure"]["data"]
    assert calm["line"]["color"] != "red"
