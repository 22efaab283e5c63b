"""Each way in and out of the store tells those who computed from a metric what changed."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from apps.store.lateness import watch
from apps.store.models import LateRange
from apps.store.stretches import Stretch, merged

pytestmark = pytest.mark.django_db(databases="__all__")

SECOND, MS = 10**9, 10**6
T0_S = 1_700_000_000
T0_MS, T0 = T0_S * 1000, T0_S * SECOND
EVER = (-(2**63), T0 + 3600 * SECOND)
KAIROS = {"name": "m", "tags": {"host": "a"}}
ATSD = {"metric": "m", "entity": "e"}

#: How a point a minute after T0 comes in, by family.
WRITES = {
    "ATSD": ("series/insert", [ATSD | {"data": [{"t": T0_MS + 60_000, "v": 1}]}]),
    "ATSD, other case": ("series/insert", [ATSD | {"metric": " M", "data": [{"t": T0_MS + 60_000, "v": 1}]}]),
    "ATSD command": ("command", f"series e:e m:m=1 ms:{T0_MS + 60_000}"),
    "ATSD CSV": ("series/csv/e", f"time,m\n{T0_MS + 60_000},1"),
    "KairosDB": ("datapoints", [KAIROS | {"datapoints": [[T0_MS + 60_000, 1]]}]),
    "KairosDB, for a while": ("datapoints", [KAIROS | {"ttl": 9_999, "datapoints": [[T0_MS + 60_000, 1]]}]),
    "KairosDB, of other metrics": (
        "datapoints/query",
        {
            "start_absolute": T0_MS,
            "metrics": [
                {
                    "name": "other",
                    "aggregators": [{"name": "save_as", "metric_name": "m", "tags": {"x": "y"}}],
                }
            ],
        },
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def anyone_may_write(settings) -> None:
    settings.TSWEB_ANONYMOUS = "write"


def send(path: str, body: object, method: str = "POST") -> int:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain" if isinstance(body, str) else "application/json"
    return Client().generic(method, f"/api/v1/{path}", text, content_type=kind).status_code


def late() -> list[Stretch]:
    return merged(LateRange.objects.values_list("start_ns", "end_ns"))


@pytest.mark.parametrize("way", WRITES)
def test_points_that_come_in(way: str) -> None:
    send("datapoints", [KAIROS | {"name": "other", "datapoints": [[T0_MS + 60_000, 1]]}])
    watch("w", ["m"], EVER[1])
    assert send(*WRITES[way]) < 300
    at_ns = T0 + 60 * SECOND
    assert late() == [(at_ns, at_ns + 1)]


def test_points_that_kairosdb_deletes() -> None:
    send("datapoints", [KAIROS | {"datapoints": [[T0_MS + at, 1] for at in range(0, 90_000, 1000)]}])
    watch("w", ["m"], EVER[1])
    body = {"start_absolute": T0_MS + 5_000, "end_absolute": T0_MS + 9_000, "metrics": [{"name": "m"}]}
    assert send("datapoints/delete", body) == 204
    assert late() == [(T0 + 5 * SECOND, T0 + 9 * SECOND + MS)]


def test_series_that_atsd_deletes() -> None:
    send(*WRITES["ATSD"])
    watch("w", ["m"], EVER[1])
    assert send("series/delete", [ATSD]) == 200
    assert late() == [EVER]


@pytest.mark.parametrize(
    ("path", "method"), [("metric/m", "DELETE"), ("metrics/m", "DELETE"), ("entities/e", "DELETE")]
)
def test_whole_metrics_and_entities_leave_what_was_computed_from_them(path: str, method: str) -> None:
    send(*WRITES["ATSD"])
    watch("w", ["m"], EVER[1])
    assert send(path, "", method) < 300
    assert late() == []
