"""Newest times of metrics and entities: exact while few series are asked, summed up for very many."""

from __future__ import annotations

import numpy as np
import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.catalog import listing, newest, services
from apps.catalog.models import Entity, Metric
from apps.catalog.selectors import catalog
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")


def insert(metric: str, entity: str, *times: int) -> None:
    samples = Samples(np.array(times, np.int64), np.ones(len(times)))
    insert_series([(SeriesKey.of(metric, entity), samples)])


def test_few_series_are_asked_themselves():
    insert("a", "x", 5, 9)
    insert("a", "y", 7)
    insert("b", "y", 8)
    assert listing.newest_by_metric(["a", "b", "none"]) == {"a": 9, "b": 8}
    assert listing.newest_by_entity(["x", "y"]) == {"x": 9, "y": 8}
    assert listing.newest_by_metric(["a", "b"], entity="y") == {"a": 7, "b": 8}
    assert catalog().newest_ns(metric="A") == 9
    assert catalog().newest_ns(metric="a", entity="y") == 7


def test_very_many_are_summed_up(monkeypatch):
    monkeypatch.setattr(newest, "EXACT_SERIES", 1)
    insert("a", "x", -5)
    insert("a", "y", -7)
    assert listing.newest_by_metric(["a"]) == {"a": -5}, "read from the samples until they were summed up"
    assert newest.refresh_newest() == 3
    insert("a", "x", 100)
    assert listing.newest_by_metric(["a"]) == {"a": -5}
    assert newest.refresh_newest() == 2
    assert listing.newest_by_metric(["a"]) == {"a": 100}
    assert dict(Entity.objects.values_list("name", "newest_ns")) == {"x": 100, "y": -7}
    services.delete_entity("x")
    newest.refresh_newest()
    assert Metric.objects.get().newest_ns == -7


def test_summing_up_waits_for_something_new():
    sums = newest.NewestTimes(pause_s=0)
    insert("a", "x", 1)
    assert sums.run("first") == 2
    insert("a", "x", 2)
    assert sums.run("first") == 0
    sums._due_s = 0
    assert sums.run("second") == 2
