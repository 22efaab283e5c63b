"""What holds for every address: headers, both forms, compression, errors, preflight, rights."""

from __future__ import annotations

import gzip
import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import Error
from django.test import Client
from rest_framework.authtoken.models import Token

pytestmark = pytest.mark.django_db(databases="__all__")

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Pragma": "no-cache",
    "Cache-Control": "no-cache",
    "Expires": "0",
}
LISTS = [
    "metricnames", "tagnames", "tagvalues", "features", "features/aggregators", "health/status", "version",
]  # fmt: skip
POINT = {"name": "m", "timestamp": 1, "value": 1, "tags": {"t": "x"}}
QUERY = {"start_absolute": 0, "end_absolute": 10, "metrics": [{"name": "m"}]}


@pytest.mark.parametrize("path", LISTS)
def test_both_forms_of_an_address_answer_alike(api, path):
    plain, slashed = api.get(f"/api/v1/{path}"), api.get(f"/api/v1/{path}/")
    assert (plain.status_code, slashed.status_code) == (200, 200)
    assert plain["Content-Type"] == "application/json; charset=UTF-8"
    packed = api.get(f"/api/v1/{path}", headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    if path == "version":
        # It tells the time, so no two answers are alike. KairosDB's ends its line.
        assert plain.content.endswith(b"}\n")
        assert b"KairosDB " in gzip.decompress(packed.content)
    else:
        assert plain.content == slashed.content == gzip.decompress(packed.content)
    for answer in (plain, slashed):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "method, path, body, status",
    [
        ("POST", "datapoints", POINT, 204),
        ("POST", "datapoints/", POINT, 204),
        ("POST", "datapoints", "5", 400),
        ("POST", "datapoints/query/", QUERY, 200),
        ("POST", "datapoints/query", "", 400),
        ("POST", "datapoints/delete/", QUERY, 204),
        ("DELETE", "metric/m", None, 204),
        ("DELETE", "metric/m/", None, 204),
        ("GET", "health/check", None, 204),
        ("GET", "health/check/", None, 204),
        ("GET", "features/widgets", None, 404),
        ("PUT", "datapoints", POINT, 405),
        ("GET", "metric/m", None, 405),
        ("POST", "metricnames", "", 405),
        ("GET", "datapoints/bogus", None, 404),
    ],
)
def test_headers_and_envelope_of_every_answer(api, method, path, body, status):
    sent = body if isinstance(body, str) else json.dumps(body)
    answer = api.generic(method, f"/api/v1/{path}", sent, content_type="text/plain")
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert answer["Content-Type"].startswith("application/json")
    if status == 204:
        assert answer.content == b""
    elif status >= 400:
        errors = answer.json()["errors"]
        assert list(answer.json()) == ["errors"]
        assert errors and all(isinstance(one, str) and one for one in errors)


def test_an_unknown_feature_is_named_in_lower_case(send):
    assert send("GET", "features/Widgets") == (404, {"errors": ["Unknown feature 'widgets'"]})
    assert send("GET", "features/GROUP_BY")[0] == 200


def test_answers_are_compressed_for_those_who_take_it(api):
    packed = api.get("/api/v1/features", headers={"Accept-Encoding": "gzip, deflate"})
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    assert json.loads(gzip.decompress(packed.content)) == api.get("/api/v1/features").json()
    takes = {"Accept-Encoding": "gzip"}
    query = api.post("/api/v1/datapoints/query", QUERY, content_type="application/json", headers=takes)
    assert query["Content-Encoding"] == "gzip"
    assert "queries" in json.loads(gzip.decompress(b"".join(query)))
    refused = api.get("/api/v1/features", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


@pytest.mark.parametrize(
    "path",
    ["version", "metricnames", "datapoints", "datapoints/query", "datapoints/query/tags", "datapoints/delete",
     "metric/m", "health/status", "health/check"],
)  # fmt: skip
def test_a_preflight_is_echoed(path):
    answer = Client().options(
        f"/api/v1/{path}",
        headers={"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-one, X-Two"},
    )
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Headers"] == "x-one, X-Two"
    assert answer["Access-Control-Allow-Methods"] == "POST"
    assert answer["Access-Control-Max-Age"] == "86400"


def test_a_preflight_elsewhere_is_not():
    answer = Client().options("/api/v1/series/query", headers={"Access-Control-Request-Headers": "x-one"})
    assert "x-one" not in answer["Access-Control-Allow-Headers"]
    assert "Access-Control-Max-Age" not in answer.headers


def test_version_speaks_to_both_families(send):
    status, answer = send("GET", "version")
    assert status == 200
    assert answer["version"].startswith("KairosDB ")
    assert "buildInfo" in answer


def test_health(send, monkeypatch):
    assert send("GET", "health/status") == (200, ["JVM-Thread-Deadlock: OK", "Datastore-Query: OK"])

    class Broken(dict):
        def __missing__(self, alias: str):
            raise Error("gone")

    monkeypatch.setattr("apps.queries.health.connections", Broken())
    assert send("GET", "health/status") == (200, ["JVM-Thread-Deadlock: OK", "Datastore-Query: FAIL"])
    assert send("GET", "health/check") == (500, None)


def test_points_of_a_query_are_deleted(send):
    rows = [[time, time] for time in range(10)]
    for host in ("a", "b"):
        send("POST", "datapoints", {"name": "m", "tags": {"host": host}, "datapoints": rows})
    query = {"start_absolute": 2, "end_absolute": 4, "metrics": [{"name": "m", "tags": {"host": "a"}}]}
    assert send("POST", "datapoints/delete", query) == (204, None)
    _, answer = send("POST", "datapoints/query", QUERY | {"metrics": [{"name": "m", "tags": {"host": "a"}}]})
    (result,) = answer["queries"][0]["results"]
    assert [time for time, _ in result["values"]] == [0, 1, 5, 6, 7, 8, 9]
    _, answer = send("POST", "datapoints/query", QUERY | {"metrics": [{"name": "m", "tags": {"host": "b"}}]})
    assert answer["queries"][0]["sample_size"] == 10
    assert send("POST", "datapoints/delete", QUERY | {"metrics": [{"name": "none"}]}) == (204, None)
    assert send("POST", "datapoints/delete", {"metrics": []})[0] == 204
    send("POST", "datapoints/delete", QUERY)
    assert send("GET", "metricnames") == (200, {"results": []})


# --- Who may ---

ASKS = [
    ("read", "GET", "metricnames", None),
    ("read", "GET", "tagnames", None),
    ("read", "GET", "tagvalues", None),
    ("read", "GET", "features", None),
    ("read", "POST", "datapoints/query", QUERY),
    ("read", "GET", "datapoints/query?query=" + json.dumps(QUERY), None),
    ("read", "POST", "datapoints/query/tags", QUERY),
    ("write", "POST", "datapoints", POINT),
    ("write", "POST", "datapoints/delete", QUERY),
    ("write", "DELETE", "metric/m", None),
    ("anybody", "GET", "health/status", None),
    ("anybody", "GET", "health/check", None),
]


@pytest.mark.parametrize("kind, method, path, body", ASKS, ids=lambda one: str(one)[:25])
def test_who_may(settings, kind, method, path, body):
    settings.TSWEB_ANONYMOUS = "none"
    people = {}
    for name in ("reader", "editor"):
        user = get_user_model().objects.create_user(name)
        user.groups.set(Group.objects.filter(name=f"{name}s"))
        people[name] = {"Authorization": f"Token {Token.objects.create(user=user).key}"}

    def status(headers: dict[str, str]) -> int:
        sent = "" if body is None else json.dumps(body)
        return Client().generic(method, f"/api/v1/{path}", sent, content_type="", headers=headers).status_code

    nobody = status({})
    assert nobody == 401 if kind != "anybody" else nobody < 300
    assert (status(people["reader"]) < 300) is (kind != "write")
    assert status(people["editor"]) < 300
    settings.TSWEB_ANONYMOUS = "read"
    assert (status({}) < 300) is (kind != "write")


def test_a_session_needs_its_csrf_token_and_others_do_not(settings):
    settings.TSWEB_ANONYMOUS = "none"
    user = get_user_model().objects.create_user("editor")
    user.groups.set(Group.objects.filter(name="editors"))
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    refused = client.post("/api/v1/datapoints", POINT, content_type="application/json")
    assert refused.status_code == 403
    assert list(refused.json()) == ["errors"]
    token = {"Authorization": f"Token {Token.objects.create(user=user).key}"}
    stored = Client(enforce_csrf_checks=True).post(
        "/api/v1/datapoints", POINT, content_type="application/json", headers=token
    )
    assert stored.status_code == 204


def test_a_body_beyond_the_limit_is_refused_in_the_family_s_form(api, settings):
    settings.TSWEB_MAX_BODY_BYTES = 20
    answer = api.post("/api/v1/datapoints", POINT, content_type="application/json")
    assert answer.status_code == 413
    assert list(answer.json()) == ["errors"]
    assert answer["Access-Control-Allow-Origin"] == "*"
