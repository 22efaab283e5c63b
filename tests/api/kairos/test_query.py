"""Queries over HTTP: the examples of the documents, groups, order, numbers, refusals, what is saved."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from apps.algebra.series import FLOAT, INT, TEXT, Samples, SeriesKey
from apps.store.ingest import insert_series
from apps.store.models import Expiry

pytestmark = pytest.mark.django_db(databases="__all__")

B = 1704067200000
NUMBER = {"name": "type", "type": "number"}
SECONDS = {"value": 1, "unit": "seconds"}
QUERY = "/api/v1/datapoints/query"


@pytest.fixture
def post(api):
    def send(metric: dict[str, Any], start: int = B, end: int | None = None, **top: Any) -> list[dict]:
        """The results of one metric's query."""
        body = {"start_absolute": start, "metrics": [{"name": "m", **metric}], **top}
        if end is not None:
            body["end_absolute"] = end
        answer = api.post(QUERY, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, answer.content
        (query,) = json.loads(answer.getvalue())["queries"]
        return query["results"]

    return send


def put(metric: str, points: list[tuple[int, float]], **tags: str) -> None:
    """Doubles at so many ms after B."""
    times, values = zip(*points, strict=True)
    samples = Samples.of([(B + time) * 1_000_000 for time in times], values)
    insert_series([(SeriesKey.of(metric, "default", tags), samples)])


def put_exact(metric: str, points: list[tuple[int, Any]], **tags: str) -> None:
    """Longs, doubles and texts."""
    kinds = [{int: INT, float: FLOAT, str: TEXT}[type(value)] for _, value in points]
    texts = np.empty(len(points), object)
    texts[:] = [value if isinstance(value, str) else None for _, value in points]
    samples = Samples(
        np.array([(B + time) * 1_000_000 for time, _ in points]),
        np.array([np.nan if isinstance(value, str) else float(value) for _, value in points]),
        np.array(kinds, np.uint8),
        np.array([value if isinstance(value, int) else 0 for _, value in points]),
        texts,
    )
    insert_series([(SeriesKey.of(metric, "default", tags), samples)])


@pytest.fixture
def temp(api):
    put("temp", [(0, 1), (1000, 2), (2000, 3)], room="a")
    put("temp", [(0, 10), (1000, 20)], room="b")


def ask(api, metric: dict[str, Any], **top: Any) -> dict[str, Any]:
    body = {"start_absolute": B, "end_absolute": B + 2000, "metrics": [metric], **top}
    answer = api.post(QUERY, json.dumps(body), content_type="application/json")
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_the_worked_example(api, temp) -> None:
    summed = {"name": "temp", "aggregators": [{"name": "sum", "sampling": SECONDS}]}
    body = {"start_absolute": B, "end_absolute": B + 2000, "metrics": [summed]}
    answer = api.post(QUERY, json.dumps(body), content_type="application/json")
    assert answer.content.decode() == (
        '{"queries":[{"sample_size":5,"results":[{"name":"temp","group_by":[{"name":"type","type":"number"}],'
        '"tags":{"room":["a","b"]},"values":[[1704067200000,11],[1704067201000,22],[1704067202000,3]]}]}]}'
    )
    by_room = {**summed, "group_by": [{"name": "tag", "tags": ["room"]}]}
    first, second = ask(api, by_room)["queries"][0]["results"]
    assert first == {
        "name": "temp",
        "group_by": [{"name": "tag", "tags": ["room"], "group": {"room": "a"}}, NUMBER],
        "tags": {"room": ["a"]},
        "values": [[B, 1], [B + 1000, 2], [B + 2000, 3]],
    }
    assert second["tags"] == {"room": ["b"]}
    assert second["values"] == [[B, 10], [B + 1000, 20]]
    newest = {
        "name": "temp", "tags": {"room": ["b"]}, "order": "desc", "limit": 1,
        "group_by": [{"name": "tag", "tags": ["room"]}],
    }  # fmt: skip
    (query,) = ask(api, newest)["queries"]
    assert query["sample_size"] == 1
    assert [one["values"] for one in query["results"]] == [[[B + 1000, 20]]]
    (plain,) = ask(api, {"name": "temp"})["queries"][0]["results"]
    assert plain["values"] == [[B, 1], [B, 10], [B + 1000, 2], [B + 1000, 20], [B + 2000, 3]]


def test_keys_stand_in_order(api, temp) -> None:
    metric = {"name": "temp", "alias": "Temperature", "limit": 1}
    (result,) = ask(api, metric)["queries"][0]["results"]
    assert list(result) == ["name", "alias", "group_by", "tags", "values"]
    assert (result["name"], result["alias"]) == ("temp", "Temperature")
    (result,) = ask(api, {**metric, "exclude_tags": True})["queries"][0]["results"]
    assert list(result) == ["name", "alias", "group_by", "values"]


def test_nothing_there(api, temp) -> None:
    nothing = {"queries": [{"sample_size": 0, "results": []}]}
    assert ask(api, {"name": "no.such.metric"}) == nothing
    assert ask(api, {"name": "temp"}, start_absolute=B + 2000, end_absolute=B + 2000)["queries"][0][
        "sample_size"
    ] == 1
    assert ask(api, {"name": "temp"}, start_absolute=B + 2001, end_absolute=B + 9000) == nothing
    assert ask(api, {"name": "temp"}, metrics=[]) == {"queries": []}
    gaps = {"name": "no.such.metric", "aggregators": [{"name": "gaps", "sampling": SECONDS}]}
    (result,) = ask(api, gaps)["queries"][0]["results"]
    assert result["values"] == [[B, None], [B + 1000, None], [B + 2000, None]]
    assert result["tags"] == {}


def test_each_metric_has_its_own_answer(api, temp) -> None:
    body = {"start_absolute": B, "metrics": [{"name": "x"}, {"name": "temp", "tags": {"room": "b"}}]}
    answer = api.post(QUERY, json.dumps(body), content_type="text/plain")
    first, second = json.loads(answer.content)["queries"]
    assert (first["sample_size"], second["sample_size"]) == (0, 2)


@pytest.mark.parametrize(
    ("wanted", "hosts"),
    [
        ({"host": "a*"}, ["a*"]),
        ({"host": ["a*", "b"]}, ["a*", "b"]),
        ({"host": "regex:[ab].*"}, ["a*", "ab", "b"]),
        ({"host": "regex:a"}, []),
        ({"host": []}, ["a*", "ab", "b"]),
        ({"entity": "pump"}, ["b"]),
        ({"entity": "default"}, []),
        ({"host": "b", "entity": ["pump", "x"]}, ["b"]),
        ({"rack": "b"}, []),
    ],
)
def test_tag_filters(api, post, wanted: dict[str, Any], hosts: list[str]) -> None:
    put("m", [(0, 1)], host="a*")
    put("m", [(0, 2)], host="ab")
    insert_series([(SeriesKey.of("m", "pump", {"host": "b"}), Samples.of([B * 1_000_000], [3.0]))])
    results = post({"tags": wanted})
    assert [one["tags"]["host"] for one in results] == ([hosts] if hosts else [])


def test_a_pattern_that_is_none(api) -> None:
    put("m", [(0, 1)], host="a")
    body = {"start_absolute": B, "metrics": [{"name": "m", "tags": {"host": "regex:("}}]}
    for path in (QUERY, f"{QUERY}/tags"):
        answer = api.post(path, json.dumps(body), content_type="")
        assert answer.status_code == 400
        (message,) = answer.json()["errors"]
        assert message.startswith("the regular expression '(' can't be read: ")
        assert "b'" not in message


def test_the_entity_is_a_tag(api, post) -> None:
    put("m", [(0, 1)], site="n")
    insert_series([(SeriesKey.of("m", "pump", {"site": "n"}), Samples.of([B * 1_000_000], [3.0]))])
    results = post({"group_by": [{"name": "tag", "tags": ["entity"]}]})
    assert [one["group_by"][0]["group"] for one in results] == [{"entity": ""}, {"entity": "pump"}]
    assert [one["tags"] for one in results] == [{"site": ["n"]}, {"entity": ["pump"], "site": ["n"]}]


# --- Groups ---


def test_tags_written_in_capitals_are_found_and_grouped_by(api, post) -> None:
    points = [{"name": "m", "timestamp": B, "value": 1, "tags": {"Host": host}} for host in ("A", "b")]
    answer = api.post("/api/v1/datapoints", json.dumps(points), content_type="application/json")
    assert answer.status_code == 204
    by_host = {"group_by": [{"name": "tag", "tags": ["Host"]}]}
    groups = [list(one["group_by"][0]["group"].values()) for one in post(by_host)]
    assert groups == [["A"], ["b"]]
    assert len(post({**by_host, "tags": {"Host": "A"}})) == 1


def test_groups_by_time(api, post) -> None:
    put("m", [(0, 1), (1000, 2), (2000, 3), (3000, 4)], t="x")
    by = {"name": "time", "range_size": {"value": "1", "unit": "seconds"}, "group_count": "2"}
    first, second = post({"group_by": [by, {"name": "tag", "tags": ["t"]}]})
    assert first["group_by"] == [
        {
            "name": "time", "range_size": {"value": 1, "unit": "SECONDS"}, "group_count": 2,
            "group": {"group_number": 0},
        },
        {"name": "tag", "tags": ["t"], "group": {"t": "x"}},
        NUMBER,
    ]  # fmt: skip
    assert first["values"] == [[B, 1], [B + 2000, 3]]
    assert second["values"] == [[B + 1000, 2], [B + 3000, 4]]


def test_groups_by_value_and_bin(api, post) -> None:
    put("m", [(0, 25), (1000, -5), (2000, 20), (3000, 55.5)], t="x")
    results = post({"group_by": [{"name": "value", "range_size": 10}]})
    assert [one["group_by"][0] for one in results] == [
        {"name": "value", "range_size": 10, "group": {"group_number": number}} for number in (2, 0, 5)
    ]
    assert results[0]["values"] == [[B, 25], [B + 2000, 20]]
    results = post({"group_by": [{"name": "bin", "bins": [10, 20, 40.5]}]})
    assert [one["group_by"][0] for one in results] == [
        {"name": "bin", "bins": [10, 20, 40.5], "group": {"bin_number": number}} for number in (2, 0, 3)
    ]


def test_limit_and_order(api, post) -> None:
    put("m", [(0, 1), (1000, 2), (2000, 3)], t="x")
    put("m", [(0, 4), (500, 5)], t="y")
    assert [one["values"] for one in post({"limit": 2})] == [[[B, 1], [B, 4]]]
    newest = post({"order": "desc"})[0]["values"]
    assert newest == [[B + 2000, 3], [B + 1000, 2], [B + 500, 5], [B, 4], [B, 1]]


# --- Types and numbers ---


def test_types_are_kept_apart(api, post) -> None:
    put_exact("m", [(0, 2**53 + 1), (1, 2.5), (2, "off"), (3, 7), (4, 55.0), (5, "on")], t="x")
    number, text = post({})
    assert number["group_by"] == [NUMBER]
    assert number["values"] == [[B, 2**53 + 1], [B + 1, 2.5], [B + 3, 7], [B + 4, 55]]
    assert text["group_by"] == [{"name": "type", "type": "text"}]
    assert text["values"] == [[B + 2, "off"], [B + 5, "on"]]
    number, text = post({"aggregators": [{"name": "scale", "factor": 2}]}, start=B + 1)
    assert number["values"] == [[B + 1, 5], [B + 3, 14], [B + 4, 110]]
    assert text["values"] == [[B + 2, "off"], [B + 5, "on"]]
    counts = post({"aggregators": [{"name": "count", "sampling": SECONDS}]})
    assert [(one["group_by"], one["values"][0][1]) for one in counts] == [([NUMBER], 4), ([NUMBER], 2)]


def test_how_numbers_are_written(api) -> None:
    put("m", [(0, 55.0), (1, 30.200000000000003), (2, -0.1), (3, 1e16)], t="x")
    put_exact("n", [(0, 5), (1, -(2**63)), (2, 2**63 - 1)], t="x")
    body = {"start_absolute": B, "metrics": [{"name": "m"}, {"name": "n"}]}
    raw = api.post(QUERY, json.dumps(body), content_type="").content
    assert b"[[1704067200000,55],[1704067200001,30.200000000000003],[1704067200002,-0.1]," in raw
    assert b"[[1704067200000,5],[1704067200001,-9223372036854775808],[1704067200002,922337203685477" in raw


def test_times_before_1970_and_of_many_widths(api, post) -> None:
    put("m", [(-B - 5, 1), (-B, 2), (-B + 7, 3), (-B + 1000, 4), (0, 5)], t="x")
    values = [[-5, 1], [0, 2], [7, 3], [1000, 4], [B, 5]]
    assert post({}, start=-5)[0]["values"] == values
    assert post({"order": "desc"}, start=-5)[0]["values"] == values[::-1]
    assert post({}, start=-(10**18), end=10**18)[0]["values"] == values


@pytest.mark.parametrize(("factor", "word"), [("1e300", "Infinity"), ("-1e300", "-Infinity")])
def test_what_no_json_holds(api, factor: str, word: str) -> None:
    put("m", [(0, 1e300)], t="x")
    scale = {"name": "scale", "factor": factor}
    body = {"start_absolute": B, "metrics": [{"name": "m", "aggregators": [scale]}]}
    answer = api.post(QUERY, json.dumps(body), content_type="")
    assert answer.status_code == 500
    assert answer.json()["errors"] == [
        f"NaN or Infinity:{word} data point=DoubleDataPoint{{m_value={word}, m_timestamp={B}}}"
    ]


def test_a_missing_value_fails_the_query_as_in_the_original(api) -> None:
    put("m", [(0, float("nan"))], t="x")
    answer = api.post(
        QUERY, json.dumps({"start_absolute": B, "metrics": [{"name": "m"}]}), content_type=""
    )
    assert answer.status_code == 500
    assert answer.json()["errors"] == [
        f"NaN or Infinity:NaN data point=DoubleDataPoint{{m_value=NaN, m_timestamp={B}}}"
    ]


def test_many_points_come_in_blocks(api, post) -> None:
    count = 100_000
    values = np.round(np.random.default_rng(5).normal(0, 100, count), 2)
    insert_series([
        (SeriesKey.of("m", "default", {"t": "x"}),
         Samples((B + np.arange(count) * 10) * 1_000_000, values))
    ])  # fmt: skip
    (result,) = post({})
    assert result["values"] == [[B + at * 10, value] for at, value in enumerate(values.tolist())]
    (result,) = post({"order": "desc"})
    assert result["values"][:1] == [[B + (count - 1) * 10, values[-1]]]
    assert result["values"][::-1] == [[B + at * 10, value] for at, value in enumerate(values.tolist())]


# --- Aggregators ---


SAMPLES = [(1000, 1.0), (4000, 2.0), (9000, 6.0), (12000, 10.0)]
TEN = {"sampling": {"value": 10, "unit": "seconds"}}
START = {**TEN, "align_start_time": True}


@pytest.mark.parametrize(
    ("aggregator", "wanted"),
    [
        ({"name": "avg", **START}, [(0, 3), (10000, 10)]),
        ({"name": "sum", **START}, [(0, 9), (10000, 10)]),
        ({"name": "min", **START}, [(0, 1), (10000, 10)]),
        ({"name": "max", **START}, [(0, 6), (10000, 10)]),
        ({"name": "std", **START}, [(0, 2.6457513110645907), (10000, 0)]),
        ({"name": "percentile", "percentile": 0.5, **START}, [(0, 2), (10000, 10)]),
        ({"name": "last", **TEN}, [(9000, 6), (12000, 10)]),
        ({"name": "count", **TEN, "align_end_time": True}, [(10000, 3), (20000, 1)]),
        ({"name": "minmax", **TEN}, [(1000, 1), (9000, 6), (12000, 10)]),
        ({"name": "diff"}, [(4000, 1), (9000, 4), (12000, 4)]),
        (
            {"name": "rate", "unit": "seconds"},
            [(4000, 0.3333333333333333), (9000, 0.8), (12000, 1.3333333333333333)],
        ),
        ({"name": "div", "divisor": 4}, [(1000, 0.25), (4000, 0.5), (9000, 1.5), (12000, 2.5)]),
        ({"name": "time_shift", "shift": -500}, [(500, 1), (3500, 2), (8500, 6), (11500, 10)]),
        ({"name": "gaps", "sampling": {"value": 3, "unit": "seconds"}, "trim": True},
         [(1000, 1), (4000, 2), (6000, None), (9000, 6), (12000, 10)]),
        ({"name": "interpolation", "sampling": {"value": 5, "unit": "seconds"}},
         [(5000, 2.8), (10000, 7.333333333333333)]),
        ({"name": "sma", "size": 2}, [(4000, 1.5), (9000, 4), (12000, 8)]),
        ({"name": "trim"}, [(4000, 2), (9000, 6)]),
        ({"name": "filter", "filter_op": "gt", "threshold": 5}, [(1000, 1), (4000, 2)]),
    ],
)  # fmt: skip
def test_aggregators(api, post, aggregator: dict[str, Any], wanted: list[tuple[int, Any]]) -> None:
    put("m", SAMPLES, t="x")
    (result,) = post({"aggregators": [aggregator]})
    assert [time for time, _ in result["values"]] == [B + time for time, _ in wanted]
    for (_, value), (_, expected) in zip(result["values"], wanted, strict=True):
        assert value == (None if expected is None else pytest.approx(expected, rel=1e-12))


def test_chains_run_in_order(api, post) -> None:
    put("m", SAMPLES, t="x")
    chain = [
        {"name": "sum", **START}, {"name": "scale", "factor": "2"}, {"name": "alias", "alias": "Flow (n)"},
        {"name": "untag"}, {"name": "tag", "tag_name": "unit", "tag_value": "l"},
    ]  # fmt: skip
    (result,) = post({"aggregators": chain})
    assert (result["name"], result["tags"]) == ("Flow (n)", {"unit": ["l"]})
    assert result["values"] == [[B, 18], [B + 10000, 20]]


def test_the_time_of_a_metric(api, post) -> None:
    day = 86_400_000
    put("m", [(3 * 3_600_000, 5)], t="x")
    metric = {"time_override": {"start_absolute": B, "end_absolute": B + day // 2}}
    start, end = B + day, B + day + day // 4
    align = {"name": "time_align"}
    assert post({**metric, "aggregators": [align]}, start, end)[0]["values"] == [[B + 27 * 3_600_000, 5]]
    to_end = {**align, "align_to_end": True}
    assert post({**metric, "aggregators": [to_end]}, start, end)[0]["values"] == [[B + 21 * 3_600_000, 5]]
    given = {**align, "reference_start_time": B + 31 * day}
    shifted = [[B + 31 * day + 3 * 3_600_000, 5]]
    assert post({**metric, "aggregators": [given]}, start, end)[0]["values"] == shifted
    assert post({"aggregators": [align]})[0]["values"] == [[B + 3 * 3_600_000, 5]]


@pytest.mark.parametrize(
    ("aggregator", "message"),
    [
        ({"name": "limit", "limit": 3}, "Number of data points exceeds the limit of 3"),
        ({"name": "percentile", "percentile": 95, **TEN}, "95.0 is not in [0..1]"),
        ({"name": "percentile", "percentile": 1.5, **TEN}, "1.5 is not in [0..1]"),
    ],
)
def test_what_only_running_shows(api, aggregator: dict[str, Any], message: str) -> None:
    put("m", SAMPLES, t="x")
    body = {"start_absolute": B, "metrics": [{"name": "m", "aggregators": [aggregator]}]}
    answer = api.post(QUERY, json.dumps(body), content_type="")
    assert (answer.status_code, answer.json()) == (500, {"errors": [message]})


def test_rates_over_one_time(api) -> None:
    put("m", [(0, 1), (1000, 2)], t="x")
    put("m", [(0, 3)], t="y")
    for name in ("rate", "sampler"):
        body = {"start_absolute": B, "metrics": [{"name": "m", "aggregators": [{"name": name}]}]}
        answer = api.post(QUERY, json.dumps(body), content_type="")
        assert answer.status_code == 500
        assert answer.json()["errors"] == [
            f"The {name} aggregator cannot compute rate for data points with the same time stamp.  "
            f"You must precede {name} with another aggregator."
        ]


def test_scripts(api, post) -> None:
    put("m", SAMPLES, t="x")
    (result,) = post({"aggregators": [{"name": "js_function", "script": "value*2"}]})
    assert [value for _, value in result["values"]] == [2, 4, 12, 20]
    body = {
        "start_absolute": B,
        "metrics": [{"name": "none", "aggregators": [{"name": "js_filter", "script": "value *"}]}],
    }
    answer = api.post(QUERY, json.dumps(body), content_type="")
    assert answer.status_code == 400
    (message,) = answer.json()["errors"]
    assert message.startswith("query.metric[0].aggregators[0].m_script has an invalid syntax:<eval>:1:8 ")


# --- Ways to ask ---


def test_in_an_address(api, temp) -> None:
    body = json.dumps({"start_absolute": B, "metrics": [{"name": "temp"}]})
    for path in (QUERY, f"{QUERY}/"):
        answer = api.get(path, {"query": body})
        assert answer.status_code == 200
        assert answer.json()["queries"][0]["sample_size"] == 5
    empty = {"errors": ["query json must not be null or empty"]}
    for answer in (api.get(QUERY), api.get(f"{QUERY}/tags"), api.post(QUERY, "", content_type="")):
        assert (answer.status_code, answer.json()) == (400, empty)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
@pytest.mark.parametrize("path", [QUERY, f"{QUERY}/", f"{QUERY}/tags", f"{QUERY}/tags/"])
def test_any_content_type(api, temp, kind: str, path: str) -> None:
    body = json.dumps({"start_absolute": B, "metrics": [{"name": "temp"}]})
    answer = api.generic("POST", path, body, content_type=kind)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert (answer.headers["Pragma"], answer.headers["Expires"]) == ("no-cache", "0")
    assert answer.json()["queries"][0]["results"][0]["tags"] == {"room": ["a", "b"]}


def test_compressed(api, temp) -> None:
    body = json.dumps({"start_absolute": B, "metrics": [{"name": "temp"}]})
    answer = api.post(QUERY, body, content_type="", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content))["queries"][0]["sample_size"] == 5


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[]", "Not a JSON Object: []"),
        ("{}", "query.metric[] must have a size of at least 1"),
        ('{"metrics":[{"name":"m"}]}', "query.metric[0].start_time relative or absolute time must be set"),
        (
            '{"start_absolute":2,"end_absolute":1,"metrics":[{"name":"m"}]}',
            "query.metric[0].end_time must be greater than the start time",
        ),
        ('{"metrics":', None),
        (b"\xff\xfe", None),
    ],
)
def test_refusals(api, body: str | bytes, message: str | None) -> None:
    for path in (QUERY, f"{QUERY}/tags"):
        answer = api.generic("POST", path, body, content_type="application/json")
        assert answer.status_code == 400
        (told,) = answer.json()["errors"]
        assert message is None or told == message
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_huge_numbers_are_refused_or_held(api) -> None:
    huge = 2**63 - 1
    for aggregators in (
        [{"name": "time_shift", "shift": huge}],
        [{"name": "time_shift", "shift": -huge}, {"name": "sum", "start_time": huge}],
        [{"name": "sum", "sampling": {"value": huge, "unit": "years"}}],
        [{"name": "gaps", "sampling": {"value": 1, "unit": "milliseconds"}}],
        [{"name": "sma", "size": huge}],
        [{"name": "time_align", "reference_start_time": -huge}],
        [{"name": "limit", "limit": huge}],
        [{"name": "scale", "factor": 1e400}],
    ):
        put("m", SAMPLES, t="x")
        body = {"start_absolute": 0, "metrics": [{"name": "m", "aggregators": aggregators}]}
        answer = api.post(QUERY, json.dumps(body), content_type="")
        assert answer.status_code in (200, 400, 500)
        if answer.status_code != 200:
            assert answer.json()["errors"][0]


def test_limits_are_told(api, settings) -> None:
    put("m", [(at, 1.0) for at in range(100)], t="x")
    settings.TSWEB_MAX_SAMPLES_IN = 50 * 5
    answer = api.post(
        QUERY, json.dumps({"start_absolute": B, "metrics": [{"name": "m"}]}), content_type=""
    )
    assert answer.status_code == 500
    assert answer.json() == {"errors": ["Query exceeded limit of 50 data points"]}


# --- Tags ---


def tags_of(api, metric: dict[str, Any], start: int = B, **top: Any) -> Any:
    body = {"start_absolute": start, "metrics": [metric], **top}
    return api.post(f"{QUERY}/tags", json.dumps(body), content_type="").json()


def test_tags(api, temp) -> None:
    assert tags_of(api, {"name": "temp"}) == {
        "queries": [{"results": [{"name": "temp", "tags": {"room": ["a", "b"]}, "values": []}]}]
    }
    nothing = {"queries": [{"results": [{"name": "x", "tags": {}, "values": []}]}]}
    assert tags_of(api, {"name": "x"}) == nothing
    later = tags_of(api, {"name": "temp"}, B + 1500)
    assert later["queries"][0]["results"][0]["tags"] == {"room": ["a"]}
    between = tags_of(api, {"name": "temp"}, B + 100, end_absolute=B + 900)
    assert between["queries"][0]["results"][0]["tags"] == {}
    before = tags_of(api, {"name": "temp"}, 0, end_absolute=B)
    assert before["queries"][0]["results"][0]["tags"] == {"room": ["a", "b"]}
    one = tags_of(api, {"name": "temp", "tags": {"room": "b"}, "aggregators": [{"name": "sum"}]}, 0)
    assert one["queries"][0]["results"][0]["tags"] == {"room": ["b"]}


# --- Saving ---


def test_save_as(api, post, temp) -> None:
    chain = [
        {"name": "sum", "sampling": SECONDS},
        {"name": "save_as", "metric_name": "saved", "tags": {"by": "me"}},
        {"name": "scale", "factor": 10},
    ]
    by_room = {"group_by": [{"name": "tag", "tags": ["room"]}]}
    first, _ = post({"name": "temp", "aggregators": chain, **by_room})
    assert first["values"] == [[B, 10], [B + 1000, 20], [B + 2000, 30]]
    for _ in range(2):
        first, second = post({"name": "saved", **by_room})
        assert first["tags"] == {"by": ["me"], "room": ["a"], "saved_from": ["temp"]}
        assert first["values"] == [[B, 1], [B + 1000, 2], [B + 2000, 3]]
        assert second["values"] == [[B, 10], [B + 1000, 20]]
        post({"name": "temp", "aggregators": chain, **by_room})


def test_save_as_keeps_types_and_leaves_gaps_out(api, post) -> None:
    put_exact("m", [(0, 2**60 + 1), (3000, "x")], t="x")
    chain = [
        {"name": "gaps", "sampling": SECONDS, "trim": False},
        {"name": "save_as", "metric_name": "saved", "add_saved_from": False, "tags": {"k": "v"}},
    ]
    number, _ = post({"aggregators": chain}, end=B + 3000)
    assert number["values"] == [[B, 2**60 + 1], [B + 1000, None], [B + 2000, None], [B + 3000, None]]
    number, text = post({"name": "saved"})
    assert (number["tags"], number["values"]) == ({"k": ["v"]}, [[B, 2**60 + 1]])
    assert text["values"] == [[B + 3000, "x"]]


def test_what_is_saved_may_be_saved_for_a_while(api, post) -> None:
    put("m", [(0, 1)], t="x")
    chain = [
        {"name": "save_as", "metric_name": "short", "ttl": 60},
        {"name": "save_as", "metric_name": "long"},
    ]
    before_ns = time.time_ns()
    post({"aggregators": chain})
    (row,) = Expiry.objects.all()
    assert 60 * 10**9 <= row.expires_ns - before_ns <= 600 * 10**9
    assert post({"name": "short"})[0]["values"] == post({"name": "long"})[0]["values"] == [[B, 1]]


def test_save_as_without_any_tag(api) -> None:
    put("m", [(0, 1)], t="x")
    saving = [{"name": "save_as", "metric_name": "saved", "add_saved_from": False}]
    body = {
        "start_absolute": B,
        "metrics": [
            {"name": "m", "aggregators": saving, "group_by": [{"name": "tag", "tags": ["none"]}]}
        ],
    }
    answer = api.post(QUERY, json.dumps(body), content_type="")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        "query.metric[0].aggregators[0].tags count must be greater than or equal to 1"
    ]


def test_who_may_save(api, settings, temp) -> None:
    settings.TSWEB_ANONYMOUS = "read"
    saving = {"name": "temp", "aggregators": [{"name": "save_as", "metric_name": "saved"}]}
    body = json.dumps({"start_absolute": B, "metrics": [saving]})
    assert api.post(QUERY, body, content_type="").status_code == 401
    reader = get_user_model().objects.create_user("reader", password="pw-of-reader-1")
    reader.user_permissions.add(Permission.objects.get(codename="view_series"))
    headers = {"Authorization": "Basic cmVhZGVyOnB3LW9mLXJlYWRlci0x"}
    refused = Client().post(QUERY, body, content_type="", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["errors"]
    plain = json.dumps({"start_absolute": B, "metrics": [{"name": "temp"}, {"name": "saved"}]})
    answer = Client().post(QUERY, plain, content_type="", headers=headers)
    assert [one["sample_size"] for one in answer.json()["queries"]] == [5, 0]
    settings.TSWEB_ANONYMOUS = "write"
    # An address may be opened by a picture in a strange page: it never writes.
    assert api.get(QUERY, {"query": body}).status_code == 401
    assert api.post(QUERY, body, content_type="").status_code == 200


# --- Grafana's plugin ---


def test_what_grafana_sends(api, temp) -> None:
    names = {"start_absolute": 0, "cache_time": 0, "metrics": [{"tags": {}, "name": "temp"}]}
    answer = api.post(f"{QUERY}/tags", json.dumps(names), content_type="application/json")
    assert answer.json()["queries"][0]["results"][0]["tags"] == {"room": ["a", "b"]}
    sampling = {"value": "1", "unit": "hours"}
    panel = {
        "metrics": [
            {
                "name": "temp",
                "tags": {"room": ["a", "b"]},
                "group_by": [{"name": "tag", "tags": ["room"]}],
                "aggregators": [
                    {"name": "sum", "sampling": sampling, "align_sampling": True, "align_start_time": True},
                    {"name": "rate", "unit": "seconds"},
                ],
            },
            {"name": "temp", "aggregators": [{"name": "div", "divisor": "2"}]},
        ],
        "cache_time": 0,
        "start_absolute": B,
        "end_absolute": B + 3_600_000,
    }
    answer = api.post(QUERY, json.dumps(panel), content_type="application/json;charset=UTF-8")
    assert answer.status_code == 200
    first, second = answer.json()["queries"]
    assert (first["sample_size"], first["results"]) == (5, [])
    assert second["results"][0]["values"][0] == [B, 0.5]
