"""Charts asked wrongly: types that are not meant, names and labels that want to be markup."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.algebra.series import Samples, SeriesKey
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
CONFIG = """[configuration]
start-time = 1970-01-01T00:00:00Z
end-time = 1970-01-02T00:00:00Z
title = %(text)s
[group]
[widget]
type = %(widget)s
title = %(text)s
[threshold]
value = 1
label = %(text)s
[series]
metric = m
entity = e
label = %(text)s
units = %(text)s
[series]
metric = m
entity = e
label-format = entity: tags.k
format = %(text)s
"""
WIDGETS = ["chart", "gauge", "bar", "pie", "table", "console", "property", "text", "treemap", "box", "graph"]
FIELDS = [
    "config", "now", "width", "series", "start", "end", "only", "choices", "time", "widget", "section",
    "member", "series_index",
]  # fmt: skip
ODD = [
    None, True, False, 0, -1, 10**30, 1e308, 0.5, "", " ", "x", "\0", "\ud800", HOSTILE, "2018-13-45",
    "9" * 400, [], [[]], [None], [-1], {}, {"a": 1}, {"a": {"b": []}}, [HOSTILE],
]  # fmt: skip
PLAIN = CONFIG % {"text": "fine", "widget": "chart"}


@pytest.fixture(autouse=True)
def readable(settings):
    settings.TSWEB_ANONYMOUS = "read"


def ask(address: str, body: object):
    return Client(raise_request_exception=False).post(
        f"/api/charts/{address}", json.dumps(body), content_type="application/json"
    )


def check(answer) -> None:
    """A refusal names code and message; nothing else that an answer may be is a failure."""
    assert answer.status_code in (200, 400), answer.content[:300]
    if answer.status_code == 400:
        assert all(error["code"] and error["message"] for error in answer.json()["errors"])


@pytest.mark.parametrize("address", ["render", "check", "explain"])
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_with_every_wrong_type(address, field):
    for value in ODD:
        check(ask(address, {"config": PLAIN, "time": 1000, field: value}))
    for body in (None, [], "x", 5, [PLAIN], {}):
        check(ask(address, body))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("address", ["render", "check", "explain"])
def test_made_up_bodies(address):
    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6))
    def attempt(body):
        check(ask(address, {"config": PLAIN, "time": 1000} | body))

    attempt()


def markup(value: object, path: str = "") -> list[str]:
    """Where a figure holds a tag that a browser would read as one."""
    if isinstance(value, dict):
        return [found for name, one in value.items() for found in markup(one, f"{path}.{name}")]
    if isinstance(value, list):
        return [found for at, one in enumerate(value) for found in markup(one, f"{path}[{at}]")]
    bad = isinstance(value, str) and ("<img" in value.lower() or "<script" in value.lower())
    return [f"{path}: {value}"] if bad else []


@pytest.mark.parametrize("widget", WIDGETS)
def test_no_label_is_markup_in_a_figure(widget):
    insert_series([(SeriesKey.of("m", "e", {"k": HOSTILE}), Samples.of([10**9, 2 * 10**9], [1, 2]))])
    answer = ask("render", {"config": CONFIG % {"text": HOSTILE, "widget": widget}, "series": True})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    found = [place for one in answer.json()["widgets"] for place in markup(one.get("figure"))]
    assert found == []
