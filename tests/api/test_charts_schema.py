"""What the charts API answers has the shape that the API's description gives it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from apps.algebra.series import Samples, SeriesKey
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

HEAD = """[configuration]
start-time = 2018-05-24T00:00:00Z
end-time = 2018-05-25T00:00:00Z
entity = pump
metric = flow
"""
CHART = HEAD + """title = Page
[group]
[widget]
type = chart
timezone = GMT+2
[threshold]
value = 3
[dropdown]
options = a, b
change-field = series.entity
[series]
alias = a
rate = 1 hour
[series]
value = value('a') * 2
color = red
[series]
metric = ghost
[group]
[widget]
type = table
[series]
[widget]
type = pie
[series]
[widget]
type = gauge
thresholds = 0, 1
[series]
"""
WRONG = HEAD + "[group]\n[widget]\ntype = chrat\n[series]\nvalue = value('b'\n"
CONFIGS = [CHART, HEAD, "", "nonsense", WRONG]

KINDS: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float),
}  # fmt: skip


def misfits(value: Any, schema: dict[str, Any], place: str = "answer") -> list[str]:
    """Where a value is not what its schema says, for what the schemas of charts use."""
    if value is None:
        return [] if schema.get("nullable") else [f"{place} is null"]
    kind = schema["type"]
    if not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return [f"{place} is no {kind}: {value!r}"[:200]]
    found = [f"{place} is {value!r}"] if value not in schema.get("enum", [value]) else []
    if kind in ("integer", "number") and value < schema.get("minimum", value):
        found.append(f"{place} is {value}, too small")
    if kind == "array":
        low, high = schema.get("minItems", 0), schema.get("maxItems", len(value))
        found += [] if low <= len(value) <= high else [f"{place} has {len(value)} elements"]
        items = schema["items"]
        found += [text for at, one in enumerate(value) for text in misfits(one, items, f"{place}[{at}]")]
    if kind == "object":
        inner, more = schema.get("properties", {}), schema.get("additionalProperties")
        found += [f"{place}.{name} is missing" for name in schema.get("required", []) if name not in value]
        if inner:
            found += [f"{place}.{name} is not described" for name in value if name not in inner]
        for name, one in value.items():
            if name in inner or more:
                found += misfits(one, inner.get(name, more), f"{place}.{name}")
    return found


@pytest.fixture
def described(settings):
    settings.TSWEB_ANONYMOUS = "read"
    start_ns = int(np.datetime64("2018-05-24T01:00", "ns").astype(np.int64))
    for host in ("pump", "other"):
        times = start_ns + np.arange(20, dtype=np.int64) * 3_600 * 10**9
        insert_series([(SeriesKey.of("flow", host), Samples(times, np.sin(np.arange(20.0))))])
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]

    def check(name: str, body: object, status: int = 200) -> Any:
        answer = Client().post(f"/api/charts/{name}", json.dumps(body), content_type="application/json")
        assert answer.status_code == status, answer.content
        content = paths[f"/api/charts/{name}"]["post"]["responses"][str(status)]["content"]
        found = json.loads(answer.content)
        assert misfits(found, content["application/json"]["schema"]) == []
        return found

    return check


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("series", [False, True])
def test_render_and_check(described, config, series):
    body = {"config": config, "series": series, "now": "2018-05-25T00:00:00Z"}
    found = described("render", body)
    assert found["widgets"] or found["diagnostics"] or config in ("", HEAD)
    described("check", body)


def test_explain(described):
    for question in (
        {"time": "2018-05-24T05:00:00Z", "section": 1},
        {"time": "2018-05-24T05:00:00Z"},
        {"time": "2018-05-24T05:20:00Z"},
        {"time": "2018-05-24T05:00:00Z", "section": 2},
    ):
        described("explain", {"config": CHART, "now": "2018-05-25T00:00:00Z", **question})


@pytest.mark.parametrize("name", ["render", "check", "explain"])
def test_refusals(described, name):
    for body in ([], {"config": 5}, {"config": "", "width": -1, "time": 0}):
        described(name, body, status=400)
