"""Series queries through the whole stack: real store, real catalog, real bodies."""

from __future__ import annotations

import gzip
import json
import time
import zlib

import pytest

pytestmark = pytest.mark.django_db(databases="__all__")

DAY = {"startDate": "2031-04-05T00:00:00Z", "endDate": "2031-04-06T00:00:00Z"}
QUERY = {**DAY, "metric": "flow.litres", "entity": "pump-3"}


@pytest.fixture
def flow(store):
    store(
        "flow.litres", "pump-3",
        {"2031-04-05T06:00:00Z": 100, "2031-04-05T06:00:10Z": 130, "2031-04-05T06:00:30Z": float("nan")},
        line="b",
    )  # fmt: skip


def test_a_bare_object_is_an_array_of_one(api, flow):
    (series,) = json.loads(api.send(QUERY).getvalue())
    assert series["tags"] == {"line": "b"}
    assert series["data"] == [
        {"d": "2031-04-05T06:00:00.000Z", "v": 100.0},
        {"d": "2031-04-05T06:00:10.000Z", "v": 130.0},
        {"d": "2031-04-05T06:00:30.000Z", "v": None},
    ]


def test_names_in_any_case_and_meta(api, flow):
    (series,) = api.query({**QUERY, "metric": "FLOW.Litres", "entity": "PUMP-3", "addMeta": "true"})
    assert series["entity"] == "pump-3"
    assert series["meta"]["metric"]["dataType"] == "FLOAT"
    assert series["meta"]["entity"]["createdDate"].endswith("Z")


def test_unknown_names(api, flow):
    (series,) = api.query({**QUERY, "entity": "ghost-17"})
    assert series["warning"].endswith("ENTITY not found for name: 'ghost-17'")
    assert series["data"] == []


def test_newest_samples_only(api, flow):
    (last,) = api.query({**QUERY, "cache": True, "timeFormat": "milliseconds"})
    assert [sample["t"] for sample in last["data"]] == [1933135230000]
    (two,) = api.query({**QUERY, "limit": 2})
    assert [sample["v"] for sample in two["data"]] == [130.0, None]


def test_a_long_answer_is_streamed(api, store):
    from apps.algebra.series import Samples, SeriesKey
    from apps.store.ingest import insert_series

    times = [1933113600 * 10**9 + i * 10**9 for i in range(40_000)]
    insert_series([(SeriesKey.of("long", "e"), Samples.of(times, range(40_000)))])
    response = api.send([{**DAY, "metric": "long", "entity": "e"}])
    assert response.streaming
    (series,) = json.loads(response.getvalue())
    assert len(series["data"]) == 40_000
    assert series["data"][-1] == {"d": "2031-04-05T11:06:39.000Z", "v": 39_999.0}


def test_compressed_bodies(api, flow):
    body = json.dumps([QUERY]).encode()
    response = api.send(gzip.compress(body), **{"Content-Encoding": "gzip"})
    assert len(json.loads(response.getvalue())[0]["data"]) == 3
    assert "can't be read" in api.fault(b"no gzip", **{"Content-Encoding": "gzip"})
    assert "too early" in api.fault(gzip.compress(body)[:-12], **{"Content-Encoding": "gzip"})
    assert "not understood" in api.fault(body, **{"Content-Encoding": "br"})


def test_a_compressed_body_may_not_burst(api, settings):
    settings.TSWEB_MAX_BODY_BYTES = 2**20
    bomb = gzip.compress(b" " * 2**24)
    assert "more than the limit" in api.fault(bomb, status=413, **{"Content-Encoding": "gzip"})
    stream = zlib.compress(b" " * 2**24)
    assert "more than the limit" in api.fault(stream, status=413, **{"Content-Encoding": "deflate"})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "metric must not be empty"),
        (b"  ", "body is empty"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "not JSON"),
        (b"[" * 300 + b"]" * 300, "nested deeper"),
        (b'{"a":' * 100_000 + b"NaN", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'"text"', "array of query objects"),
        (b"[1]", "[0] must be an object"),
        (b"[[]]", "[0] must be an object"),
        (b"[null]", "[0] must be an object"),
        (json.dumps([{**QUERY, "limit": 10**400}]).encode(), "not JSON"),
        (b'[{"metric": "m", "entity": "e", "limit": NaN}]', "limit must be a number"),
        (json.dumps([{**QUERY, "tagExpression": "(" * 100_000}]).encode(), "tagExpression"),
        (json.dumps([{**QUERY, "sampleFilter": "[" * 100_000}]).encode(), "sampleFilter"),
        (json.dumps([{**QUERY, "sampleFilter": "nothing(value)"}]).encode(), "nothing"),
        (json.dumps([{**QUERY, "entity": {"a": 1}}]).encode(), "[0].entity must be a text"),
        (json.dumps([QUERY] * 1001).encode(), "1001 queries"),
        (json.dumps([{**QUERY, "metric": "\ud800"}]).encode(), "not JSON"),
    ],
)
def test_bad_bodies(api, flow, body, text):
    began = time.process_time()
    assert text in api.fault(body)
    assert time.process_time() - began < 10


def test_names_that_no_database_takes(api, flow):
    for name in ("a\0b", "x" * 100_000, "'; DROP TABLE", "*" * 2_000, "?*" * 2_000):
        response = api.send([{**QUERY, "entity": name, "tags": {name: name}}])
        assert response.status_code in (200, 400)
        response = api.send([{**QUERY, "metric": name}])
        assert response.status_code in (200, 400)
        response = api.send([{**QUERY, "entity": "", "entityGroup": name}])
        assert response.status_code in (200, 400)


def test_an_error_is_one_text_with_its_place(api, flow):
    response = api.send([QUERY, {**QUERY, "aggregate": {"type": "AVERAGE"}}])
    assert json.loads(response.content) == {
        "error": "IllegalArgumentException: Unknown statistic: AVERAGE "
        "(at [1].aggregate.type; did you mean AVG?)"
    }


def test_other_methods_and_addresses(api):
    assert api.get("/api/v1/series/query").status_code == 405
    response = api.get("/api/v1/nothing-here")
    assert response.status_code == 404
    assert "error" in json.loads(response.content)


def test_options_are_answered_everywhere(api):
    for path in ("/api/v1/series/query", "/api/v1/metrics", "/api/v1/nothing-here"):
        response = api.client.options(path)
        assert response.status_code == 200
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Allow-Methods"] == (
            "GET, HEAD, POST, PUT, PATCH, DELETE"
        )
        assert "Authorization" in response.headers["Access-Control-Allow-Headers"]


def test_callers_need_the_right_to_read(api, settings, flow):
    settings.TSWEB_ANONYMOUS = "none"
    assert api.send([QUERY]).status_code == 401
    assert api.get("/api/v1/series/json/pump-3/flow.litres", interval="1-DAY").status_code == 401


def test_content_type_and_accept_do_not_matter(api, flow):
    response = api.client.post(
        "/api/v1/series/query",
        json.dumps([QUERY]).encode(),
        content_type="application/x-www-form-urlencoded",
        headers={"Accept": "text/html"},
    )
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json;charset=UTF-8"


def test_entity_expression_and_groups(api, store):
    from apps.catalog.models import Entity

    for name in ("a1", "a2"):
        store("m", name, {"2031-04-05T06:00:00Z": 1})
    Entity.objects.filter(name="a1").update(tags={"os": "linux"})
    found = api.query({**DAY, "metric": "m", "entityExpression": "tags.os = 'linux'"})
    assert [one["entity"] for one in found] == ["a1"]
    found = api.query({**DAY, "metric": "m", "entity": "*", "group": {"type": "SUM"}})
    assert found[0]["entity"] == "*"
    assert found[0]["data"] == [{"d": "2031-04-05T06:00:00.000Z", "v": 2.0}]
