"""Compaction when due, checkpoints when grown, retention once a day."""

from __future__ import annotations

import fcntl
import os

import numpy as np
import pytest
from django.conf import settings as django_settings

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.models import Series
from apps.catalog.services import patch_metric, resolve_series
from apps.store import checkpoint, compaction, rewrite
from apps.store.compaction import COMPACT_AFTER_NS, Compactor
from apps.store.ingest import insert_series
from apps.store.maintenance import run_maintenance
from apps.store.models import Head
from apps.store.retention import apply_retention
from apps.store.rewrite import rewrite_stripe
from apps.store.source import StoreSource
from apps.store.writer import append_samples
from tests.store.test_processes import Store

DAY_NS = 86_400 * 10**9
both = pytest.mark.django_db(databases="__all__")


@both
def test_due_by_age_size_and_rows(monkeypatch):
    monkeypatch.setattr(compaction, "COMPACT_SAMPLES", 10)
    monkeypatch.setattr(compaction, "COMPACT_ROWS", 4)
    compactor = Compactor()
    append_samples({1: Samples.of([1], [1]), 300: Samples.of(range(10), range(10))})
    assert compactor.due(now_ns=0) == [1]
    for time_ns in range(3):
        append_samples({600: Samples.of([time_ns], [1])})
    assert compactor.due(now_ns=5) == [1]
    append_samples({600: Samples.of([9], [1])})
    assert compactor.due(now_ns=5) == [1, 2]
    assert compactor.run(now_ns=5) == 14
    assert compactor.due(now_ns=COMPACT_AFTER_NS - 1) == []
    assert compactor.due(now_ns=COMPACT_AFTER_NS) == [0]
    assert compactor.run(now_ns=COMPACT_AFTER_NS) == 1
    assert not Head.objects.exists()


@both
def test_age_counts_from_the_first_row_there_is():
    compactor = Compactor()
    append_samples({1: Samples.of([1], [1])})
    assert compactor.due(now_ns=0) == []
    rewrite_stripe(0)
    append_samples({1: Samples.of([2], [1])})
    assert compactor.due(now_ns=COMPACT_AFTER_NS) == []
    assert compactor.due(now_ns=2 * COMPACT_AFTER_NS) == [0]


@both
def test_changed_while_it_was_read_starts_over(monkeypatch):
    """What happens between reading and the lock is seen, and nothing of it is undone."""
    append_samples({1: Samples.of([1, 2], [1, 1])})
    original, meddled = rewrite._prepare, []

    def meddling(stripe, loaded, cut):
        change = original(stripe, loaded, cut)
        if len(meddled) < 2:
            meddled.append(1)
            # Another process folds the log in and a later write replaces a sample.
            monkeypatch.setattr(rewrite, "_prepare", original)
            rewrite_stripe(stripe, load={1: Samples.of([2], [len(meddled) + 1])})
            monkeypatch.setattr(rewrite, "_prepare", meddling)
        return change

    monkeypatch.setattr(rewrite, "_prepare", meddling)
    rewrite_stripe(0)
    assert StoreSource().read([1], 0, 10)[0].values.tolist() == [1, 3]


@both
def test_retention_of_samples_and_series():
    now_ns = 1_000 * DAY_NS
    days = np.array([900, 989, 990, 999]) * DAY_NS
    insert_series(
        [
            (SeriesKey.of("short", "e"), Samples(days, days * 0.0)),
            (SeriesKey.of("long", "e"), Samples(days, days * 0.0)),
            (SeriesKey.of("quiet", "old"), Samples(days[:1], days[:1] * 0.0)),
            (SeriesKey.of("quiet", "new"), Samples(days[3:], days[3:] * 0.0)),
        ]
    )
    resolve_series([SeriesKey.of("quiet", "never")])
    patch_metric("short", {"retention_days": 10})
    patch_metric("quiet", {"series_retention_days": 30})
    assert apply_retention(now_ns) == 1
    ids = resolve_series([SeriesKey.of("short", "e"), SeriesKey.of("long", "e")])
    short, long = StoreSource().read(ids, 0, 2**62)
    assert (short.times_ns // DAY_NS).tolist() == [990, 999]
    assert len(long) == 4
    left = Series.objects.filter(metric__name="quiet").values_list("entity__name", flat=True)
    assert sorted(left) == ["never", "new"]


@both
def test_a_round_of_maintenance():
    append_samples({1: Samples.of([1], [1])})
    assert run_maintenance(now_ns=0).compacted_samples == 0
    assert run_maintenance(now_ns=COMPACT_AFTER_NS).compacted_samples == 1


@both
def test_retention_comes_once_a_day_and_again_after_the_clock_went_back(monkeypatch):
    seen = []
    monkeypatch.setattr("apps.store.maintenance.apply_retention", lambda now_ns: seen.append(now_ns) or 0)
    for now_ns in (5 * DAY_NS, 5 * DAY_NS + 1, 6 * DAY_NS - 1, 6 * DAY_NS, 2 * DAY_NS, 3 * DAY_NS - 1):
        run_maintenance(now_ns)
    assert seen == [5 * DAY_NS, 6 * DAY_NS, 2 * DAY_NS]


CHECKPOINT = """
import django, os
django.setup()
from django.conf import settings
from apps.algebra.series import Samples
from apps.store.checkpoint import checkpoint_when_due
from apps.store.writer import append_samples
for k in range(200):
    append_samples({s: Samples.of([k], [k]) for s in range(0, 2560, 16)})
log = str(settings.DATABASES["samples"]["NAME"]) + "-wal"
before = os.stat(log).st_size
assert checkpoint_when_due(before + 1) == []
assert checkpoint_when_due(before) == ["samples"], before
assert os.stat(log).st_size == 0
print(before)
"""


def test_log_is_truncated_when_it_has_grown(tmp_path):
    store = Store(tmp_path, None)
    assert int(store.run("-c", CHECKPOINT)) > 2**20


@both
def test_only_one_process_checkpoints(monkeypatch, tmp_path):
    monkeypatch.setattr(django_settings, "TSWEB_DATA_DIR", tmp_path)
    monkeypatch.setattr(checkpoint, "_log_bytes", lambda alias: 2**30)
    monkeypatch.setattr(checkpoint, "_checkpoint", lambda alias: pytest.fail("not alone"))
    handle = os.open(tmp_path / "checkpoint.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    assert checkpoint.checkpoint_when_due() == []
    os.close(handle)
