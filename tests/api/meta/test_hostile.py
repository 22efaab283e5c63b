"""Whatever is sent, the answer is never a server error."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db(databases="__all__")

FIELDS = [
    "entity",
    "entities",
    "entityGroup",
    "entityExpression",
    "metric",
    "type",
    "tags",
    "key",
    "data",
    "date",
    "t",
    "d",
    "v",
    "x",
    "name",
    "label",
    "enabled",
    "expression",
    "severity",
    "message",
    "interval",
    "startDate",
    "endDate",
    "limit",
    "exactMatch",
    "count",
    "unit",
    "timeZone",
    "filter",
    "retentionDays",
    "minValue",
    "dataType",
    "last",
    "offset",
    "merge",
]

words = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["e", "m", "*", "now", "DAY", "2031-04-05T06:00:00Z", "true", "NaN", "\0", "\u2028", "a b", "(", "-1"]
    ),
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-(10**30), 10**30), st.floats(), words
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(FIELDS), words), inner, max_size=6),
    ),
    max_leaves=25,
)
objects = st.dictionaries(st.sampled_from(FIELDS), values, min_size=1, max_size=8)
bodies = st.one_of(values, objects, st.lists(objects, min_size=1, max_size=2))

TARGETS = (
    ("POST", "series/insert"), ("POST", "series/delete"), ("PUT", "metrics/m"), ("PATCH", "metrics/m"),
    ("POST", "metrics/m/rename"), ("PUT", "entities/e"), ("PATCH", "entities/e"), ("POST", "entities"),
    ("PUT", "entity-groups/g"), ("PATCH", "entity-groups/g"), ("POST", "entity-groups/g/entities/set"),
    ("POST", "properties/insert"), ("POST", "properties/query"), ("POST", "properties/delete"),
    ("POST", "messages/insert"), ("POST", "messages/query"),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path"), TARGETS)
def test_bodies(send, method, path):
    send("POST", "series/insert", [{"entity": "e", "metric": "m", "data": [{"t": 1, "v": 1}]}])
    send("PUT", "entity-groups/g", {})

    @given(bodies)
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(body):
        if isinstance(body, str):
            body = [body]
        status, answer = send(method, path, body)
        assert status < 500
        assert status < 400 or answer["error"]

    check()


@pytest.mark.parametrize(
    "path", ["metrics", "entities", "entity-groups", "metrics/m/series", "search", "entities/e/metrics"]
)
def test_parameters(send, path):
    send("POST", "series/insert", [{"entity": "e", "metric": "m", "data": [{"t": 1, "v": 1}]}])
    names = st.sampled_from(
        [
            "expression",
            "limit",
            "tags",
            "minInsertDate",
            "maxInsertDate",
            "query",
            "offset",
            "entity",
            "tags.a",
        ]
    )

    @given(st.dictionaries(names, words, max_size=4))
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(params):
        status, answer = send("GET", path, None, **params)
        assert status < 500
        assert status < 400 or answer["error"]

    check()


@pytest.mark.parametrize("path", ["command", "series/csv/e"])
def test_texts(send, path):
    @given(st.one_of(st.binary(max_size=80), st.text(max_size=80)))
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def check(body):
        if isinstance(body, str):
            body = "series e:e m:m=1 t:a=" + body
        status, _ = send("POST", path, body)
        assert status < 500

    check()
