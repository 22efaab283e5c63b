"""Searching series by words, and that the statements of frequent questions go by index."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.catalog import search, services
from apps.catalog.models import Series
from apps.catalog.search import matching_series, search_series
from apps.catalog.selectors import catalog
from apps.store.ingest import insert_series

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def hosts():
    for metric in ("cpu.busy", "disk-free"):
        for host in range(4):
            key = SeriesKey.of(metric, f"host-{host}", {"mount": f"/d{host}", "Ort": "K\u00f6ln"})
            insert_series([(key, Samples(np.array([1], np.int64), np.ones(1)))])
    services.patch_metric("cpu.busy", {"label": "Busy share", "tags": {"team": "Platform"}})
    services.patch_entity("host-2", {"label": "db", "tags": {"app": "postgres \u00fc"}})


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 8),
        ("host-1", 2),
        ("cpu host-1", 1),
        ("HOST-1 CPU", 1),
        ("share", 4),
        ("platform", 4),
        ("postgres", 2),
        ("\u00fc", 2),
        ("/d3", 2),
        ("k\u00f6ln", 8),
        ("nothing", 0),
        ("cpu nothing", 0),
        ("host-?", 8),
        ("host-*2", 2),
        ("*-free", 4),
        ("h?st", 0),
        ("plat*", 4),
        ("/d*", 8),
        ("nul\0", 0),
        ("100%", 0),
        ("_", 0),
        ('"', 0),
    ],
)
@pytest.mark.parametrize("ranked", [5_000, 0], ids=["ranked", "by-name"])
@pytest.mark.parametrize("listed", [1_000, 0], ids=["lists", "queries"])
def test_words_in_names_labels_and_tags(hosts, monkeypatch, query, count, ranked, listed):
    monkeypatch.setattr(search, "_RANKED", ranked)
    monkeypatch.setattr(search, "_LISTED", listed)
    hits, total = search_series(query, offset=0, limit=100)
    assert (len(hits), total) == (count, count)


@pytest.mark.parametrize("ranked", [5_000, 0])
def test_pages_of_hits(hosts, monkeypatch, ranked):
    monkeypatch.setattr(search, "_RANKED", ranked)
    everything, _ = search_series("host", offset=0, limit=100)
    pages = [search_series("host", offset=start, limit=3)[0] for start in (0, 3, 6)]
    assert [hit.ref.id for page in pages for hit in page] == [hit.ref.id for hit in everything]


def test_words_in_names_come_first(hosts):
    services.patch_metric("disk-free", {"label": "cpu"})
    hits, _ = search_series("cpu", offset=0, limit=100)
    assert [(hit.ref.key.metric, hit.score) for hit in hits] == [("cpu.busy", 2.0)] * 4 + [
        ("disk-free", 1.0)
    ] * 4


def plan_of(rows) -> str:
    return rows.explain(**({} if connection.vendor == "sqlite" else {"format": "text"}))


def test_frequent_questions_go_by_index(hosts):
    if connection.vendor == "postgresql":
        # It reads tables of a few rows whole, whatever their indexes, unless it is told not to.
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    for rows in (
        Series.objects.filter(metric__name="cpu.busy", entity__name__in=["host-1"]),
        Series.objects.filter(metric__name="cpu.busy"),
        Series.objects.filter(entity__name="host-1"),
        matching_series(["host-1"]),
        matching_series(["cpu", "host-1"]),
    ):
        plan = plan_of(rows)
        assert "SCAN catalog_series\n" not in f"{plan}\n", plan
        assert "Seq Scan on catalog_series" not in plan, plan


def test_one_metric_and_entity_is_found_among_many(hosts):
    found = catalog().find_series(SeriesSelector("CPU.busy", entities=("host-1",)))
    assert [ref.key.entity for ref in found] == ["host-1"]


def test_a_zero_byte_is_in_no_name(hosts):
    assert catalog().find_series(SeriesSelector("cpu.busy\0", entities=("*",))) == []
    assert catalog().find_series(SeriesSelector("cpu.busy", entities=("a\0", "host-1\0"))) == []
    assert catalog().find_series(SeriesSelector("cpu.busy", tags=(("a\0", ("*",)),))) == []
    assert catalog().metric("\0") is None
    assert not catalog().has_tag_name("\0")
    assert catalog().group_members("\0") == frozenset()
