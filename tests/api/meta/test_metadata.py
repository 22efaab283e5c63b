"""Metrics, entities, groups, properties, messages, search."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db(databases="__all__")

KINDS = ("metrics", "entities")
SAMPLE = {"d": "2031-04-05T06:00:00Z", "v": 1}


def insert(send, metric: str, entity: str, **tags: str) -> None:
    item = {"metric": metric, "entity": entity, "tags": tags, "data": [SAMPLE]}
    assert send("POST", "series/insert", [item])[0] == 204


def names(answer: tuple) -> list[str]:
    return [found["name"] for found in answer[1]]


def test_fields_of_a_new_metric(send):
    insert(send, "M", "E")
    status, metric = send("GET", "metrics/m")
    created = metric.pop("createdDate")
    assert status == 200 and created.endswith("Z")
    assert metric == {
        "name": "m",
        "tags": {},
        "dataType": "FLOAT",
        "interpolate": "LINEAR",
        "enabled": True,
        "persistent": True,
        "versioned": False,
        "retentionDays": 0,
        "seriesRetentionDays": 0,
        "invalidAction": "NONE",
        "lastInsertDate": "2031-04-05T06:00:00.000Z",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_put_replaces_and_patch_changes(send, kind):
    assert send("PATCH", f"{kind}/x", {"label": "a"})[0] == 404
    assert send("PUT", f"{kind}/X", {"label": "A", "tags": {"Os": 5, "up": True, "no": None}})[0] == 204
    assert send("GET", f"{kind}/x")[1]["tags"] == {"os": "5", "up": "true"}
    send("PATCH", f"{kind}/x", {"timeZone": "Europe/Berlin", "tags": {"os": "7"}, "label": None})
    found = send("GET", f"{kind}/x")[1]
    assert (found["label"], found["timeZone"]) == ("A", "Europe/Berlin")
    assert found["tags"] == {"os": "7", "up": "true"}
    send("PUT", f"{kind}/x", {"enabled": "false"})
    found = send("GET", f"{kind}/x")[1]
    assert "label" not in found and found["tags"] == {} and found["enabled"] is False
    assert send("DELETE", f"{kind}/x")[0] == 204
    assert send("DELETE", f"{kind}/x")[0] == 404


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "start"),
    [
        ({"nonsense": 1}, "com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException:"),
        ({"tags": {"a": [1]}}, "com.fasterxml.jackson.databind.JsonMappingException:"),
        ({"tags": [1]}, "com.fasterxml.jackson.databind.JsonMappingException:"),
        ({"enabled": "maybe"}, "IllegalArgumentException:"),
        ({"interpolate": "CUBIC"}, "IllegalArgumentException:"),
        ({"timeZone": "Nowhere/City"}, "IllegalArgumentException:"),
        ({"timeZone": "../../etc/passwd"}, "IllegalArgumentException:"),
        ({"label": {"a": 1}}, "com.fasterxml.jackson.databind.JsonMappingException:"),
        ({"label": "a\0b"}, "IllegalArgumentException:"),
        ({"label": "x" * 5000}, "IllegalArgumentException:"),
        ({"tags": {"a\0": "b"}}, "IllegalArgumentException:"),
        ({"tags": {"": "b"}}, "IllegalArgumentException:"),
        ({"tags": {"n" * 600: "b"}}, "IllegalArgumentException:"),
        ([], "IllegalArgumentException:"),
        ("text", "com.fasterxml.jackson.core.JsonParseException:"),
    ],
)
def test_bad_fields(send, kind, body, start):
    send("PUT", f"{kind}/x", {})
    for method in ("PUT", "PATCH"):
        status, answer = send(method, f"{kind}/x", body)
        assert status == 400
        assert answer["error"].startswith(start)


@pytest.mark.parametrize(
    "body",
    [
        {"minValue": "x"}, {"maxValue": 1e400}, {"retentionDays": -1}, {"retentionDays": 10**12},
        {"retentionDays": 1.5}, {"dataType": "TEXT"}, {"filter": "((("}, {"invalidAction": 5},
    ],
)  # fmt: skip
def test_bad_metric_fields(send, body):
    assert send("PUT", "metrics/x", body)[0] == 400


@pytest.mark.parametrize(
    ("kind", "word"), [("metrics", "Invalid metric name"), ("entities", "Invalid entity name")]
)
@pytest.mark.parametrize("name", ["a%20b", "a%09b", "a%00b", "a%0Ab", "%7F", "x" * 600])
def test_names_that_no_object_can_have(send, kind, word, name):
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        status, body = send(method, f"{kind}/{name}", {})
        assert status == 400
        assert word in body["error"]
    assert send("GET", f"{kind}/{name}/{'series' if kind == 'metrics' else 'metrics'}", None)[0] == 400


def test_unknown_ones(send):
    error = "com.axibase.tsd.service.DictionaryNotFoundException: METRIC not found for name: 'x'"
    assert send("GET", "metrics/x") == (404, {"error": error})
    assert send("GET", "metrics/x/series")[0] == 404
    assert send("GET", "entities/x") == (404, {"error": error.replace("METRIC", "ENTITY")})
    assert send("GET", "entity-groups/x")[0] == 404


@pytest.mark.parametrize("name", ["disk%2Ffree", "größe", "a%2Fseries%2Fb", "100%25"])
def test_names_with_slashes_and_other_letters(send, name):
    assert send("PUT", f"metrics/{name}", {"label": "L"})[0] == 204
    assert send("GET", f"metrics/{name}")[1]["label"] == "L"
    assert send("GET", f"metrics/{name}/series")[1] == []


def test_the_raw_address_tells_a_slash_in_a_name_from_a_suffix(send, api):
    send("PUT", "metrics/disk/series", {"label": "never"})
    raw = "/api/v1/metrics/disk%2Fseries"
    answer = api.put(raw, {"label": "L"}, content_type="application/json", REQUEST_URI=raw)
    assert answer.status_code == 204
    answer = api.get(raw, REQUEST_URI=f"http://testserver{raw}?tags=*")
    assert answer.json()["name"] == "disk/series"
    raw = "/api/v1/metrics/disk%2Fseries/series"
    assert api.get(raw, REQUEST_URI=raw).json() == []


@pytest.mark.parametrize(("kind", "other"), [("metrics", "entities"), ("entities", "metrics")])
def test_lists(send, kind, other):
    for name in ("b-1", "a-1", "b-2"):
        send("PUT", f"{kind}/{name}", {"tags": {"os": name, "room": "5"}})
    insert(send, *(("b-1", "e") if kind == "metrics" else ("m", "b-1")))
    assert names(send("GET", kind)) == ["a-1", "b-1", "b-2"]
    assert names(send("GET", kind, limit=2)) == ["a-1", "b-1"]
    assert names(send("GET", kind, limit=0)) == ["a-1", "b-1", "b-2"]
    assert names(send("GET", kind, expression="name LIKE 'b-*' AND tags.room = '5'")) == ["b-1", "b-2"]
    assert names(send("GET", kind, minInsertDate="2031-01-01T00:00:00Z")) == ["b-1"]
    assert names(send("GET", kind, maxInsertDate="2031-01-01T00:00:00Z")) == ["a-1", "b-2"]
    assert names(send("GET", kind, minInsertDate="2031-01-01T00:00:00+01:00", limit=1)) == ["b-1"]
    assert names(send("GET", kind, expression="lastInsertDate > '2031-01-01T00:00:00Z'", limit=1)) in (
        [], ["b-1"],
    )  # fmt: skip
    assert send("GET", kind)[1][0]["tags"] == {}
    assert send("GET", kind, tags="os")[1][0]["tags"] == {"os": "a-1"}
    assert send("GET", kind, tags="*")[1][0]["tags"] == {"os": "a-1", "room": "5"}
    assert "lastInsertDate" not in send("GET", kind, addInsertTime="False")[1][1]


@pytest.mark.parametrize(
    "params",
    [
        {"expression": "((("}, {"expression": "name ="}, {"minInsertDate": "soon"}, {"limit": "x"},
        {"limit": "1" * 30}, {"expression": "\0"}, {"expression": "(" * 50_000}, {"addInsertTime": "x"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", KINDS)
def test_bad_list_parameters(send, kind, params):
    send("PUT", f"{kind}/x", {})
    status, body = send("GET", kind, **params)
    assert status == 400
    assert body["error"]


def test_rename_keeps_the_data(send):
    insert(send, "old", "e")
    send("PUT", "metrics/taken", {})
    assert send("POST", "metrics/old/rename", {"name": "taken"})[0] == 400
    assert send("POST", "metrics/old/rename", {"name": "a b"})[0] == 400
    assert send("POST", "metrics/old/rename", {})[0] == 400
    assert send("POST", "metrics/none/rename", {"name": "x"})[0] == 404
    assert send("POST", "metrics/old/rename", {"name": "New"})[0] == 204
    assert send("GET", "metrics/old")[0] == 404
    assert send("GET", "metrics/new/series")[1][0]["lastInsertDate"] == "2031-04-05T06:00:00.000Z"


def test_series_of_a_metric(send):
    insert(send, "m", "a", disk="sda", fs="ext4")
    insert(send, "m", "b", disk="sdb")
    assert [found["entity"] for found in send("GET", "metrics/m/series")[1]] == ["a", "b"]
    assert [found["entity"] for found in send("GET", "metrics/m/series", entity="B")[1]] == ["b"]
    found = send("GET", "metrics/m/series", **{"tags.disk": "sd?", "tags.fs": "*"})[1]
    assert [series["tags"] for series in found] == [{"disk": "sda", "fs": "ext4"}]
    assert len(send("GET", "metrics/m/series", limit=1)[1]) == 1
    assert send("GET", "metrics/m/series", maxInsertDate="2031-01-01T00:00:00Z")[1] == []
    meta = send("GET", "metrics/m/series", addMeta="True")[1][0]["meta"]
    assert (meta["metric"]["name"], meta["entity"]["name"]) == ("m", "a")
    assert send("GET", "metrics/m/series/tags")[1] == {"disk": ["sda", "sdb"], "fs": ["ext4"]}
    assert send("GET", "metrics/m/series/tags", tags="fs")[1] == {"fs": ["ext4"]}
    assert send("GET", "metrics/m/series", **{"tags.a": "\0"})[0] == 400


def test_metrics_of_an_entity(send):
    insert(send, "m1", "e")
    insert(send, "m2", "e")
    insert(send, "m3", "other")
    assert names(send("GET", "entities/e/metrics")) == ["m1", "m2"]
    assert names(send("GET", "entities/e/metrics", expression="name = 'm2'")) == ["m2"]
    found = send("GET", "entities/e/metrics", useEntityInsertTime="true")[1]
    assert found[0]["lastInsertDate"] == "2031-04-05T06:00:00.000Z"
    assert send("GET", "entities/none/metrics")[0] == 404


def test_entities_are_created_by_post(send):
    assert send("POST", "entities", {"name": "One", "label": "L"})[0] == 204
    assert send("POST", "entities", [{"name": "two"}, {"name": "a b"}])[0] == 400
    assert names(send("GET", "entities")) == ["one"]


def test_groups(send):
    assert send("PUT", "entity-groups/My Group", {"tags": {"a": "b", "c": "d"}})[0] == 204
    assert send("PATCH", "entity-groups/My Group", {"tags": {"a": None}, "enabled": None})[0] == 204
    assert send("GET", "entity-groups/My Group")[1] == {
        "name": "My Group",
        "enabled": True,
        "tags": {"c": "d"},
    }
    assert send("POST", "entity-groups/My Group/entities/add", ["A", "b"])[0] == 204
    assert names(send("GET", "entity-groups/My Group/entities")) == ["a", "b"]
    assert names(send("GET", "entities/a/groups")) == ["My Group"]
    assert send("POST", "entity-groups/My Group/entities/delete", ["a", "never"])[0] == 204
    assert send("POST", "entity-groups/My Group/entities/set", ["c"])[0] == 204
    assert names(send("GET", "entity-groups/My Group/entities")) == ["c"]
    status, body = send("POST", "entity-groups/My Group/entities/add", ["z"], createEntities="false")
    assert (status, body["error"]) == (
        404,
        "com.axibase.tsd.service.DictionaryNotFoundException: ENTITY not found for name: 'z'",
    )
    for bad in ({}, "x", [1], [None], ["a b"]):
        assert send("POST", "entity-groups/My Group/entities/add", bad)[0] == 400


def test_computed_groups(send):
    insert(send, "m", "web-1")
    insert(send, "m", "db-1")
    assert send("PUT", "entity-groups/g", {"expression": "name LIKE 'web*'"})[0] == 204
    assert names(send("GET", "entity-groups/g/entities")) == ["web-1"]
    status, body = send("POST", "entity-groups/g/entities/add", ["x"])
    assert (status, body["error"]) == (
        400,
        "IllegalArgumentException: Cannot modify entities for entity group 'g'. "
        "Reset expression field first.",
    )
    assert send("PUT", "entity-groups/g", {"expression": "((("})[0] == 400
    insert(send, "m", "web-2")
    assert names(send("GET", "entity-groups/g/entities")) == ["web-1", "web-2"]
    assert names(send("GET", "entities", expression="memberOf('g')")) == ["web-1", "web-2"]
    assert send("PUT", "entity-groups/g", {"expression": ""})[0] == 204
    assert names(send("GET", "entity-groups/g/entities")) == []


def test_a_group_that_names_itself_is_empty_and_ends(send):
    insert(send, "m", "e")
    assert send("PUT", "entity-groups/g", {"expression": "NOT memberOf('g')"})[0] == 204
    assert names(send("GET", "entity-groups/g/entities")) == ["e"]


def test_properties(send):
    item = {"type": "Disk", "entity": "E", "key": {"Id": "sda"}, "tags": {"size": 5}}
    assert send("POST", "properties/insert", [item | {"date": "2020-01-01T00:00:00Z"}])[0] == 204
    more = {"tags": {"type": "ssd"}, "timestamp": 1577923200000.0, "date": None}
    assert send("POST", "properties/insert", [item | more])[0] == 204
    query = {"type": "disk", "entity": "*", "startDate": "2019-01-01T00:00:00Z", "endDate": "now"}
    (found,) = send("POST", "properties/query", [query])[1]
    assert (found["key"], found["tags"]) == ({"id": "sda"}, {"size": "5", "type": "ssd"})
    assert send("POST", "properties/query", [query | {"key": {"id": "sdb"}}])[1] == []
    assert send("POST", "properties/query", [query | {"exactMatch": "true"}])[1] == []
    assert len(send("POST", "properties/query", [query | {"key": {"id": "sda"}, "exactMatch": True}])[1]) == 1
    assert send("GET", "properties/e/types")[1] == ["disk"]
    assert send("GET", "entities/e/property-types")[1] == ["disk"]
    assert names(send("GET", "entities", expression="property('disk:id=sda:type') = 'ssd'")) == ["e"]
    assert send("POST", "properties/query", [{"type": "disk", "entity": "e"}])[0] == 400
    assert send("POST", "properties/query", [{"type": "disk"} | {"startDate": "now"}])[0] == 400
    assert send("POST", "properties/delete", [{"type": "disk", "entity": "e"}]) == (200, {"deleted": 1})


@pytest.mark.parametrize("path", ["properties", "messages"])
@pytest.mark.parametrize(
    "body",
    [
        5, [5], [{}], [{"entity": 5, "type": 5}], [{"entity": "e", "type": "t", "interval": 5}],
        [{"entity": "e", "type": "t", "interval": {"count": "x", "unit": "DAY"}}],
        [{"entity": "e", "type": "t", "interval": {"count": 1, "unit": 5}}],
        [{"entity": "\0", "type": "t", "interval": {"count": 1, "unit": "DAY"}}],
        [{"entities": {"a": 1}, "type": "t", "interval": {"count": 1, "unit": "DAY"}}],
        [{"entity": "e", "type": "t\0", "interval": {"count": 1, "unit": "DAY"}}],
        [{"entity": "e", "type": "t", "startDate": "2021-01-01T00:00:00Z", "endDate": "x"}],
        [{"entity": "e", "type": "t", "limit": "x", "interval": {"count": 1, "unit": "DAY"}}],
        [{"entityExpression": "(((", "type": "t", "interval": {"count": 1, "unit": "DAY"}}],
    ],
)  # fmt: skip
def test_bad_queries(send, path, body):
    status, answer = send("POST", f"{path}/query", body)
    assert status == 400
    assert answer["error"]


def test_messages(send):
    messages = [
        {"entity": "e", "message": f"number {n}", "severity": n, "date": f"2020-01-0{n}T00:00:00Z"}
        for n in range(1, 4)
    ]
    assert send("POST", "messages/insert", messages)[0] == 204
    query = {"entity": "e", "startDate": "2020-01-01T00:00:00Z", "endDate": "now"}
    found = send("POST", "messages/query", [query])[1]
    assert [message["message"] for message in found] == ["number 3", "number 2", "number 1"]
    found = send("POST", "messages/query", [query | {"minSeverity": "WARNING", "limit": 5}])[1]
    assert [message["severity"] for message in found] == ["WARNING"]
    assert send("POST", "messages/insert", [{"entity": "e"}])[0] == 400
    assert send("POST", "messages/insert", [{"entity": "e", "message": "x", "severity": 9}])[0] == 400
    assert send("POST", "alerts/query", [{}]) == (200, [])
    assert send("POST", "messages/stats/query", [{}]) == (200, [])


def test_search(send):
    insert(send, "cpu-load", "web-1", core="0")
    insert(send, "disk", "web-1")
    insert(send, "disk", "cpu-server")
    body = send("GET", "search", query="CPU")[1]
    assert body["recordsTotal"] == 2
    assert [(row[0], row[4]) for row in body["data"]] == [("cpu-load", "web-1"), ("disk", "cpu-server")]
    assert body["data"][0][8] == {"core": "0"}
    assert send("GET", "search", query="web disk")[1]["recordsTotal"] == 1
    assert send("GET", "search", query="*", limit=1, offset=1)[1]["recordsFiltered"] == 1
    assert send("GET", "search", query="nothing")[1]["data"] == []


def test_the_rest(send):
    assert send("GET", "version")[1]["date"]["timeZone"]["name"]
    assert send("GET", "ping") == (200, None)
    assert "API_DATA_WRITE" in send("GET", "permissions")[1]["roles"]
