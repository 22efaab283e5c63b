"""Derived series over HTTP: matching rules, missing values, counter resets and units, end to end."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.services import put_metric
from apps.store.ingest import insert_series
from tests.figures.reading import column

pytestmark = pytest.mark.django_db(databases="__all__")

START_S = 1_600_000_020  # a full minute
HEAD = """
start-time = 2020-09-13T12:27:00Z
end-time = 2020-09-13T12:40:00Z
entity = e
[widget]
type = chart
"""


@pytest.fixture(autouse=True)
def stored() -> None:
    def keep(metric: str, points: dict[int, float]) -> None:
        times = [(START_S + second) * 10**9 for second in points]
        insert_series([(SeriesKey.of(metric, "e"), Samples.of(times, list(points.values())))])

    keep("a", {0: 10, 60: 20, 120: 30, 180: 40})
    keep("b", {0: 1, 65: 2, 125: 0})
    keep("octets", {0: 100, 60: 400, 120: 50, 180: 110})
    for name, unit in (("a", "bytes"), ("b", "bytes"), ("octets", "bytes")):
        put_metric(name, {"units": unit})


def series(client: Client, *sections: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    config = HEAD + "\n".join(f"[series]\n{one}" for one in sections)
    body = {"config": config, "now": "2020-09-14T00:00:00Z", "series": True}
    answer = client.post("/api/charts/render", body, content_type="application/json").json()
    return answer["widgets"][0]["series"], answer["diagnostics"]


def points(entry: dict[str, Any]) -> dict[int, float | None]:
    return {round(at / 1000 - START_S): value for at, value in entry["samples"]}


def counts(entry: dict[str, Any]) -> dict[str, int]:
    return {note["code"]: note["count"] for note in entry["notes"]}


A, B = "metric = a\nalias = a", "metric = b\nalias = b"
SUM = "value = value('a') + value('b')\n"


@pytest.mark.parametrize(
    ("setting", "expected", "matched"),
    [
        ("match = exact", {0: 11}, 1),
        ("match = previous", {0: 11, 60: 21, 120: 32, 180: 40}, 4),
        ("match = previous 58 second", {0: 11, 120: 32, 180: 40}, 3),
        ("match = nearest 10 second", {0: 11, 60: 22, 120: 30}, 3),
        ("match = grid 1 minute", {0: 11, 60: 22, 120: 30}, 3),
        ("match = exact\nmissing = gap", {0: 11, 60: None, 65: None, 120: None, 125: None, 180: None}, 1),
        ("match = nearest 10 second\nmissing = 0", {0: 11, 60: 22, 120: 30, 180: 40}, 3),
    ],
)
def test_matching_is_one_setting(
    client: Client, setting: str, expected: dict[int, float | None], matched: int
) -> None:
    found, diagnostics = series(client, A, B, SUM + setting)
    assert not diagnostics
    assert points(found[2]) == expected and counts(found[2])["matched"] == matched


def test_an_input_that_is_not_there_is_counted_as_told(client: Client) -> None:
    nothing = "metric = nothing\nalias = b\nmissing = 0"
    found, _ = series(client, A, nothing, SUM)
    assert points(found[2]) == {0: 10, 60: 20, 120: 30, 180: 40}
    assert counts(found[2])["assumed"] == 4


def test_division_by_zero_is_chosen(client: Client) -> None:
    ratio = "match = nearest 10 second\nvalue = value('a') / value('b')\n"
    found, _ = series(client, A, B, ratio + "division-by-zero = 0", ratio)
    assert points(found[2])[120] == 0 and points(found[3])[120] is None
    assert counts(found[2])["division-by-zero"] == counts(found[3])["division-by-zero"] == 1


@pytest.mark.parametrize(
    ("reset", "expected"),
    [
        ("", {60: 300, 180: 60}),
        ("drop", {60: 300, 180: 60}),
        ("zero", {60: 300, 120: 50, 180: 60}),
        ("keep", {60: 300, 120: -350, 180: 60}),
        ("wrap-32", {60: 300, 120: 2**32 - 350, 180: 60}),
        ("500", {60: 300, 120: 150, 180: 60}),
        ("100", {60: 300, 180: 60}),
    ],
)
def test_a_reset_means_what_one_word_says(client: Client, reset: str, expected: dict[int, float]) -> None:
    section = f"metric = octets\nrate = 0\ncounter-reset = {reset}\nreset-marks = true"
    found, diagnostics = series(client, section)
    assert points(found[0]) == expected and not diagnostics
    times = [note["data"]["times"] for note in found[0]["notes"] if note["code"] in ("reset", "dropped")]
    assert all(one == [(START_S + 120) * 1000] for one in times) and bool(times) == (reset != "keep")


@pytest.mark.parametrize(
    ("section", "unit"),
    [
        ("metric = octets\nrate = 1 second", "B/s"),
        ("value = value('a') - value('b')", "B"),
        ("value = value('a') / value('b') * 100", "%"),
        ("metric = a\nreplace-value = value / 1024", "KiB"),
        ("metric = a\nstatistic = count\nperiod = 1 minute", None),
        ("metric = a", "bytes"),
    ],
)
def test_units_follow(client: Client, section: str, unit: str | None) -> None:
    found, diagnostics = series(client, A, B, section)
    assert found[2]["unit"] == unit and not diagnostics


def test_a_ratio_reads_as_percent(client: Client) -> None:
    config = HEAD + "\n".join(f"[series]\n{one}" for one in (A, B, "value = value('b') / value('a')"))
    body = {"config": config.replace("alias = a", "alias = a\ndisplay = false").replace(
        "alias = b", "alias = b\ndisplay = false"), "now": "2020-09-14T00:00:00Z"}  # fmt: skip
    answer = client.post("/api/charts/render", body, content_type="application/json").json()
    assert "%" in str(answer["widgets"][0]["figure"]["layout"]["yaxis"])


def test_different_units_are_underlined_at_the_operator(client: Client) -> None:
    put_metric("b", {"units": "Celsius"})
    _, (one,) = series(client, A, B, "value = value('a') + value('b')")
    assert (one["severity"], one["code"]) == ("info", "unit-mismatch")
    assert one["end_column"] - one["column"] == 1 and one["column"] == len("value = value('a') ") + 1


@pytest.mark.parametrize(
    "setting", ["match = sometimes", "match = grid", "match = exact 1 minute", "missing = maybe",
                "missing = 0 1 minute", "match = previous x", "division-by-zero = 7",
                "counter-reset = x\nrate = 0"],
)  # fmt: skip
def test_what_a_setting_does_not_take_is_an_error_in_its_place(client: Client, setting: str) -> None:
    _, diagnostics = series(client, A, B, SUM + setting)
    assert [one["severity"] for one in diagnostics] == ["error"]
    assert diagnostics[0]["hint"] or "takes" in diagnostics[0]["message"]


def test_the_account_of_a_matched_sample(client: Client) -> None:
    config = HEAD + "\n".join(f"[series]\n{one}" for one in (A, B, SUM + "match = nearest 10 second"))
    body = {"config": config, "now": "2020-09-14T00:00:00Z", "section": 2, "time": (START_S + 60) * 1000}
    told = client.post("/api/charts/explain", body, content_type="application/json").json()
    assert told["arithmetic"] == "20 + 2 = 22" and "nearest" in told["rule"]
    assert [one["time"] // 1000 - START_S for one in told["inputs"]] == [60, 65]
    body["time"] = (START_S + 180) * 1000
    told = client.post("/api/charts/explain", body, content_type="application/json").json()
    assert told["value"] is None and "'b'" in told["absent"] and told["counts"]["matched"] == 3


def test_a_bundle_of_two_metrics_is_called_by_its_members(client: Client) -> None:
    for metric, factor in (("size", 4), ("used", 1)):
        for entity, tank in (("p-1", "x"), ("p-1", "y"), ("p-2", "x")):
            key = SeriesKey.of(metric, entity, {"tank": tank})
            insert_series([(key, Samples.of([START_S * 10**9], [10.0 * factor]))])
    found, _ = series(
        client,
        "metric = size\nentity = p-*\nalias = size\ndisplay = false",
        "metric = used\nentity = p-*\nalias = used\ndisplay = false",
        "label-format = entity: tags.tank\nvalue = 100 * value('used') / value('size')",
    )
    shares = [one for one in found if one["display"]]
    assert [(one["entity"], one["tags"], one["label"]) for one in shares] == [
        ("p-1", {"tank": "x"}, "p-1: x"),
        ("p-1", {"tank": "y"}, "p-1: y"),
        ("p-2", {"tank": "x"}, "p-2: x"),
    ]
    assert [points(one) for one in shares] == [{0: 25.0}] * 3


def test_percentiles_are_told_apart_by_their_labels(client: Client) -> None:
    found, _ = series(
        client,
        "metric = a\nstatistics = percentile(90), percentile(95)\nperiod = 1 hour",
        "metric = a\nstatistics = avg\nperiod = 1 hour\n"
        "label-format = javascript: upperCase(statistics) + ' by ' + period",
    )
    labels = ["e: a: percentile(90) - 1 hour", "e: a: percentile(95) - 1 hour", "AVG by 1 hour"]
    assert [one["label"] for one in found] == labels


def drawn(client: Client, text: str) -> list[dict[str, Any]]:
    body = {"config": text, "now": "2020-09-14T00:00:00Z"}
    answer = client.post("/api/charts/render", body, content_type="application/json").json()
    assert answer["diagnostics"] == []
    return answer["widgets"][0]["figure"]


def test_a_threshold_over_periods_is_a_line_across_the_whole_window(client: Client) -> None:
    text = "[series]\nmetric = a\nalias = raw\n[threshold]\nvalue = max('raw', '{}')\n"
    start, end = START_S * 1000, (START_S + 780) * 1000
    for period, at, values in (
        ("1 month", [0, 780], [40, 40]),
        ("2 minute", [0, 60, 180, 780], [10, 30, 40, 40]),
    ):
        line = drawn(client, HEAD + text.format(period))["data"][-1]
        assert line["line"]["shape"] == "hv"
        assert [round(one / 1000 - START_S) for one in column(line["x"])] == at
        assert column(line["y"]).tolist() == values
        assert (column(line["x"])[0], column(line["x"])[-1]) == (start, end)


def test_all_until_now_ends_where_the_samples_do(client: Client) -> None:
    head = "timespan = all\nstart-time = 2020-09-13T12:00:00Z\nentity = e\n[widget]\ntype = chart\n"
    axis = drawn(client, head + "[series]\nmetric = a\n")["layout"]["xaxis"]["range"]
    assert [one[:16] for one in axis] == ["2020-09-13 12:00", "2020-09-13 12:30"]
