"""Writing data points over HTTP, and reading what is there now."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from apps.algebra.series import FLOAT, INT, TEXT
from apps.algebra.source import SeriesSelector
from apps.catalog.selectors import catalog
from apps.store.maintenance import run_maintenance
from apps.store.source import StoreSource

pytestmark = pytest.mark.django_db(databases="__all__")

B = 1704067200000


def point(name: str = "m", value: object = 1, time: int = B, **more: object) -> dict:
    return {"name": name, "timestamp": time, "value": value, "tags": {"t": "x"}} | more


def stored(metric: str) -> dict:
    """Entity and tags of each series of a metric -> its samples, exactly."""
    refs = catalog().find_series(SeriesSelector(metric))
    parts = StoreSource().read([ref.id for ref in refs], -(2**63), 2**63 - 1, exact=True)
    return {(ref.key.entity, ref.key.tags): part for ref, part in zip(refs, parts, strict=True)}


def only(metric: str):
    (samples,) = stored(metric).values()
    return samples


def test_the_documents_example(send):
    body = [
        {
            "name": "pump.flow", "tags": {"site": "north"}, "ttl": 0,
            "datapoints": [[B, 12], [B + 1000, 12.5], [B + 2000, "13.25"]],
        },
        {
            "name": "pump.state", "type": "string", "timestamp": B, "value": "",
            "tags": {"site": "north"},
        },
    ]  # fmt: skip
    assert send("POST", "datapoints", body) == (204, None)
    flow = only("pump.flow")
    assert flow.times_ns.tolist() == [(B + step) * 1_000_000 for step in (0, 1000, 2000)]
    assert flow.values.tolist() == [12, 12.5, 13.25]
    assert flow.kinds.tolist() == [INT, FLOAT, FLOAT]
    state = only("pump.state")
    assert (state.kinds.tolist(), state.texts.tolist()) == ([TEXT], [""])


def test_what_is_right_is_stored_beside_what_is_wrong(send):
    body = [point("a", tags={"t": "x"}), point("b", "", tags={"t": ""})]
    path = "metric[1](name=b)"
    told = [f"{path}.value may not be empty.", f"{path}.tag[t].value may not be empty."]
    assert send("POST", "datapoints", body) == (400, {"errors": told})
    assert len(only("a")) == 1
    assert stored("b") == {}


def test_metrics_before_a_mistake_in_the_text_are_stored(send):
    text = f"[{json.dumps(point('before'))}, {json.dumps(point('behind'))[:-4]}"
    assert send("POST", "datapoints", text) == (
        400,
        {"errors": ["Invalid json. No content due to end of input."]},
    )
    assert len(only("before")) == 1
    assert stored("behind") == {}


def test_a_name_the_catalog_refuses_holds_up_none_of_the_others(send):
    status, answer = send("POST", "datapoints", [point("good"), point("b\0d"), point("fine")])
    assert status == 400
    assert len(answer["errors"]) == 1 and answer["errors"][0].startswith("metric[1](name=b\0d)")
    assert len(only("good")) == len(only("fine")) == 1


def test_lone_surrogates_are_refused_in_words(send):
    for body in (point("\ud800"), point(value="\ud800"), point(tags={"t": "\udfff"})):
        status, answer = send("POST", "datapoints", body)
        assert (status, len(answer["errors"])) == (400, 1)


def test_the_last_of_a_time_counts_whatever_its_type(send):
    send("POST", "datapoints", [point(value=1), point(value=2.5), point(value=7)])
    assert (only("m").values.tolist(), only("m").ints.tolist()) == ([7], [7])
    send("POST", "datapoints", point(value="off"))
    assert only("m").texts.tolist() == ["off"]


def test_64_bit_integers_and_texts_come_back_exactly(send):
    body = {"name": "m", "tags": {"t": "x"}, "datapoints": [[1, 2**63 - 1], [2, -(2**63)], [3, "é\n\"'\t"]]}
    assert send("POST", "datapoints", body)[0] == 204
    found = only("m")
    assert found.ints[:2].tolist() == [2**63 - 1, -(2**63)]
    assert found.texts[2] == "é\n\"'\t"


def test_a_tag_named_entity_is_the_entity(send):
    tagged = [{"entity": "pump-1", "t": "x"}, {"t": "x"}, {"entity": "default"}]
    assert send("POST", "datapoints", [point(tags=tags) for tags in tagged])[0] == 204
    assert set(stored("m")) == {
        ("pump-1", (("t", "x"),)),
        ("default", (("t", "x"),)),
        ("default", (("entity", "default"),)),
    }


@pytest.mark.parametrize("header", [{"Content-Encoding": "gzip"}, {"Content-Type": "application/gzip"}])
def test_compressed_bodies(api, header):
    body = gzip.compress(json.dumps(point()).encode())
    kind = header.get("Content-Type", "application/json")
    rest = {name: value for name, value in header.items() if name != "Content-Type"}
    answer = api.generic("POST", "/api/v1/datapoints", body, content_type=kind, headers=rest)
    assert answer.status_code == 204
    assert len(only("m")) == 1
    damaged = api.generic("POST", "/api/v1/datapoints", body[:-9], content_type=kind, headers=rest)
    assert damaged.status_code == 400
    assert list(damaged.json()) == ["errors"]


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "odd"])
def test_the_content_type_does_not_matter(api, kind):
    answer = api.generic("POST", "/api/v1/datapoints/", json.dumps(point()), content_type=kind)
    assert (answer.status_code, answer["Content-Type"]) == (204, "application/json")
    assert len(only("m")) == 1


def test_a_long_body_is_stored_in_several_batches(send, monkeypatch):
    monkeypatch.setattr("apps.queries.kairos_ingest.BATCH_POINTS", 50)
    monkeypatch.setattr("apps.dialects.kairos.ingest.WHOLE_CHARS", 100)
    rows = [[B + step, step] for step in range(40)]
    body = [{"name": f"m{index}", "tags": {"t": "x"}, "datapoints": rows} for index in range(5)]
    assert send("POST", "datapoints", body)[0] == 204
    for index in range(5):
        assert np.array_equal(only(f"m{index}").ints, np.arange(40))


def test_every_point_of_a_metric_is_deleted(send):
    send("POST", "datapoints", [point("disk/a b"), point("disk/a b", tags={"entity": "e"}), point("other")])
    assert send("DELETE", "metric/disk%2Fa%20b") == (204, None)
    assert send("DELETE", "metric/never.there/") == (204, None)
    assert stored("disk/a b") == {}
    assert send("GET", "metricnames") == (200, {"results": ["other"]})


def test_names_and_values(send):
    two, one = {"dc": "1", "host": "a"}, {"entity": "E1", "dc": "2"}
    send("POST", "datapoints", [point("b.two", tags=two), point("b.one", tags=one), point("a")])
    assert send("GET", "metricnames") == (200, {"results": ["a", "b.one", "b.two"]})
    assert send("GET", "metricnames/?prefix=b.") == (200, {"results": ["b.one", "b.two"]})
    assert send("GET", "tagnames") == (200, {"results": ["dc", "entity", "host", "t"]})
    assert send("GET", "tagvalues/") == (200, {"results": ["1", "2", "E1", "a", "x"]})


def test_points_are_read_through_the_other_family(send):
    send("POST", "datapoints", point("temp", 21.5, tags={"entity": "room-1", "site": "north"}))
    window = {"startDate": "2024-01-01T00:00:00Z", "endDate": "2024-01-02T00:00:00Z"}
    query = [{"metric": "temp", "entity": "room-1", **window}]
    _, (series,) = send("POST", "series/query", query, **{"Content-Type": "application/json"})
    assert series["tags"] == {"site": "north"}
    assert series["data"] == [{"d": "2024-01-01T00:00:00.000Z", "v": 21.5}]


def test_points_with_a_time_to_live_vanish_from_every_family(send, monkeypatch):
    now_ns = 1_800_000_000 * 10**9
    monkeypatch.setattr("apps.api.kairos.datapoints.time.time_ns", lambda: now_ns)
    body = [
        point(time=B, ttl=60),
        point(time=B + 1, ttl=3600),
        point(time=B + 2, ttl=0),
        point(time=B + 3, ttl="60"),
        # Written again without one: this point stays.
        point(time=B + 3),
        point(time=B + 4, ttl=10**15),
    ]
    assert send("POST", "datapoints", body) == (204, None)
    run_maintenance(now_ns + 59 * 10**9)
    assert len(only("m")) == 5
    run_maintenance(now_ns + 60 * 10**9)
    assert (only("m").times_ns // 1_000_000 - B).tolist() == [1, 2, 3, 4]
    run_maintenance(now_ns + 3600 * 10**9)
    assert (only("m").times_ns // 1_000_000 - B).tolist() == [2, 3, 4]
    window = {"startDate": "2024-01-01T00:00:00Z", "endDate": "2024-01-02T00:00:00Z"}
    query = [{"metric": "m", "entity": "default", **window}]
    _, (series,) = send("POST", "series/query", query, **{"Content-Type": "application/json"})
    assert len(series["data"]) == 3


def test_points_are_over_when_their_time_is_whoever_removes_them(send, monkeypatch):
    clock = [1_800_000_000 * 10**9]
    for place in ("datapoints", "query"):
        monkeypatch.setattr(f"apps.api.kairos.{place}.time.time_ns", lambda: clock[0])
    body = [
        point(time=B, ttl=2),
        point(time=B + 1, ttl=3, tags={"t": "x", "u": "long"}),
        point(time=B + 2, tags={"t": "y"}),
        point(time=B + 3, ttl=2, tags={"t": "y"}),
        point(time=B, ttl=2, name="other"),
    ]
    assert send("POST", "datapoints", body) == (204, None)
    query = {"start_absolute": 0, "end_absolute": B + 100, "metrics": [{"name": "m"}, {"name": "other"}]}

    def seen() -> tuple[list[list[int]], list[dict]]:
        _, points = send("POST", "datapoints/query", query)
        _, tags = send("POST", "datapoints/query/tags", query)
        results = [each["results"] for each in points["queries"]]
        times = [[time - B for one in found for time, _ in one["values"]] for found in results]
        return times, [each["results"][0]["tags"] for each in tags["queries"]]

    clock[0] += 2 * 10**9 - 1
    assert seen() == ([[0, 1, 2, 3], [0]], [{"t": ["x", "y"], "u": ["long"]}, {"t": ["x"]}])
    clock[0] += 1
    assert seen() == ([[1, 2], []], [{"t": ["x", "y"], "u": ["long"]}, {}])
    assert send("POST", "datapoints", [point(time=B)]) == (204, None)
    assert seen()[0] == [[0, 1, 2], []]
    clock[0] += 10**9
    assert seen() == ([[0, 2], []], [{"t": ["x", "y"]}, {}])
    run_maintenance(clock[0])
    assert seen() == ([[0, 2], []], [{"t": ["x", "y"]}, {}])
