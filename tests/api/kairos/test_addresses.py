"""Two families share ``/api/v1/``: no address of one is taken by the other."""

from __future__ import annotations

import pytest
from django.urls import resolve

from apps.api.kairos.addresses import is_kairos_path

KAIROS = [
    "datapoints", "datapoints/", "datapoints/query", "datapoints/query/", "datapoints/query/tags",
    "datapoints/query/tags/", "datapoints/delete", "datapoints/delete/", "metricnames", "metricnames/",
    "tagnames", "tagnames/", "tagvalues", "tagvalues/", "metric/a", "metric/a/", "metric/series/tags",
    "metric/a/rename", "health/status", "health/status/", "health/check", "health/check/", "features",
    "features/", "features/aggregators", "features/group_by/", "metadata/a", "metadata/a/b/",
    "metadata/a/b/c",
]  # fmt: skip
ATSD = [
    "series/query", "series/insert", "series/delete", "series/json/e/m", "series/csv/e", "metrics",
    "metrics/a", "metrics/a/series", "metrics/names/rename", "metrics/datapoints", "entities",
    "entities/health/groups", "entity-groups", "properties/query", "messages/query", "command", "search",
    "version", "ping", "permissions",
]  # fmt: skip


@pytest.mark.parametrize("address", KAIROS)
def test_kairos(address):
    assert resolve(f"/api/v1/{address}").func.__module__.startswith("apps.api.kairos.")
    assert is_kairos_path(f"/api/v1/{address}")


@pytest.mark.parametrize("address", ATSD)
def test_atsd(address):
    view = resolve(f"/api/v1/{address}").func
    module = getattr(view, "view_class", view).__module__
    assert not module.startswith("apps.api.kairos.")
    assert not is_kairos_path(f"/api/v1/{address}")


OTHERS = ["/api/v1", "/api/v1/", "/datapoints", "/api/charts/health", "/api/v2/datapoints"]


@pytest.mark.parametrize("path", OTHERS)
def test_nothing_else_is_kairos(path):
    assert not is_kairos_path(path)
