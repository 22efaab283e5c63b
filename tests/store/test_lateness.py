"""Who hears of which change: lines, ranges, and what happens to ranges that wait."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import OperationalError

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.services import delete_entity, delete_metric, patch_metric, resolve_series
from apps.store import ingest, lateness
from apps.store.ingest import insert_series
from apps.store.lateness import (
    forget_ranges,
    log_ranges,
    mark_changed,
    remove_points,
    take_ranges,
    unwatch,
    watch,
)
from apps.store.maintenance import run_maintenance
from apps.store.models import LateRange, Watch
from apps.store.retention import apply_retention
from apps.store.source import StoreSource
from apps.store.stretches import merged
from apps.store.writer import BULK_SAMPLES

pytestmark = pytest.mark.django_db(databases="__all__")

MINUTE = 60 * 10**9
T0 = 1_700_000_000 * 10**9
LINE = T0 + 1000 * MINUTE


def put(*minutes: int, metric: str = "m", entity: str = "e", **more) -> None:
    times = [T0 + at * MINUTE for at in sorted(minutes)]
    insert_series([(SeriesKey.of(metric, entity), Samples.of(times, [1.0] * len(times)))], **more)


def late(watcher: str = "w") -> list[tuple[int, int]]:
    """Minutes of the ranges that wait, their ends rounded up."""
    rows = LateRange.objects.filter(watcher=watcher, is_taken=False).values_list("start_ns", "end_ns")
    return [((start - T0) // MINUTE, -((T0 - end) // MINUTE)) for start, end in merged(rows)]


def test_only_what_lies_before_the_line_of_a_watched_metric_is_late() -> None:
    put(5)
    watch("w", ["m"], LINE)
    put(6, 7, 600, 1000, 2000)
    put(8, metric="other")
    assert late() == [(6, 7), (7, 8), (600, 601)]
    assert LateRange.objects.filter(start_ns=T0 + 6 * MINUTE, end_ns=T0 + 6 * MINUTE + 1).exists()


@pytest.mark.parametrize("count", [BULK_SAMPLES - 1, BULK_SAMPLES, 5 * BULK_SAMPLES])
def test_bulk_and_log_alike(count: int) -> None:
    watch("w", ["m"], LINE)
    put(*range(count))
    assert merged(late()) == [(0, min(count, 1000))]
    assert LateRange.objects.count() <= 64


def test_samples_of_limited_time_are_late_when_written_but_not_when_they_go() -> None:
    watch("w", ["m"], LINE)
    put(3, expires_ns=T0 + MINUTE)
    assert late() == [(3, 4)]
    forget_ranges(take_ranges("w").ids)
    run_maintenance(T0 + 2 * MINUTE)
    (samples,) = StoreSource().read(resolve_series([SeriesKey.of("m", "e")]), 0, 2**62)
    assert not len(samples)
    assert not LateRange.objects.exists()


def test_what_is_not_stored_is_not_late() -> None:
    watch("w", ["m"], LINE)
    patch_metric("m", {"enabled": False}, create=True)
    put(3)
    insert_series([(SeriesKey.of("m", "e"), Samples.empty())])
    insert_series([])
    assert not LateRange.objects.exists()


def test_each_watcher_has_its_own_line_and_its_own_metrics() -> None:
    watch("early", ["m"], T0 + 10 * MINUTE)
    watch("both", ["n", "M "], LINE)
    put(5, 20)
    put(7, metric="n")
    assert late("early") == [(5, 6)]
    assert late("both") == [(5, 6), (7, 8), (20, 21)]


def test_many_metrics_in_one_batch(monkeypatch) -> None:
    monkeypatch.setattr(lateness, "_NAMES_ASKED", 3)
    watch("w", ["m7"], LINE)
    watch("x", ["elsewhere"], LINE)
    one = Samples.of([T0], [1.0])
    insert_series([(SeriesKey.of(f"m{at}", "e"), one) for at in range(20)])
    assert (late(), late("x")) == ([(0, 1)], [])


def test_a_new_line_replaces_the_old_one_or_only_rises() -> None:
    watch("w", ["m"], LINE)
    watch("w", ["m"], LINE - MINUTE, may_lower=False)
    assert Watch.objects.get().until_ns == LINE
    watch("w", ["m"], LINE + MINUTE, may_lower=False)
    assert Watch.objects.get().until_ns == LINE + MINUTE
    watch("w", ["n"], LINE)
    assert [(one.metric, one.until_ns) for one in Watch.objects.all()] == [("n", LINE)]


def test_watchers_whose_keys_begin_so_are_let_go() -> None:
    for watcher in ("task:1:0:", "task:1:1:", "task:11:0:"):
        watch(watcher, ["m"], LINE)
    put(1)
    unwatch("task:1:")
    assert list(Watch.objects.values_list("watcher", flat=True)) == ["task:11:0:"]
    assert list(LateRange.objects.values_list("watcher", flat=True)) == ["task:11:0:"]


def test_a_range_waits_once_and_taken_ones_do_not_stand_for_new_ones() -> None:
    watch("w", ["m"], LINE)
    for _ in range(3):
        put(5, 7)
        put(5)
    assert LateRange.objects.count() == 2
    taken = take_ranges("w")
    assert len(taken.stretches) == 2
    put(5)
    assert (LateRange.objects.count(), late()) == (3, [(5, 6)])
    forget_ranges(taken.ids)
    assert late() == [(5, 6)]
    # Never forgotten, it is taken again, with what came since.
    take_ranges("w")
    put(9)
    assert len(take_ranges("w").ids) == 2


def test_ranges_of_one_who_is_away_stay_few(monkeypatch) -> None:
    monkeypatch.setattr(lateness, "_MOST_WAITING", 20)
    monkeypatch.setattr(lateness, "_KEPT_WAITING", 10)
    watch("w", ["m"], LINE)
    rng = np.random.default_rng(4711)
    minutes = rng.permutation(900).tolist()[:300]
    for at in minutes:
        put(at)
    assert LateRange.objects.count() <= 20
    covered = take_ranges("w").stretches
    for at in minutes:
        assert any(start <= T0 + at * MINUTE < end for start, end in covered)


def test_ranges_that_cant_be_joined_just_now_are_logged(monkeypatch, caplog) -> None:
    monkeypatch.setattr(lateness, "_MOST_WAITING", 1)

    def in_the_way(watcher: str) -> None:
        raise OperationalError("deadlock detected")

    monkeypatch.setattr(lateness, "_join_neighbours", in_the_way)
    watch("w", ["m"], LINE)
    put(1, 5, 9)
    assert late() == [(1, 2), (5, 6), (9, 10)]
    assert "could not be joined" in caplog.text


# --- Removing ---


def test_removed_points_are_late_where_they_were() -> None:
    put(1, 2, 3, 2000)
    watch("w", ["m"], LINE)
    ids = resolve_series([SeriesKey.of("m", "e")])
    remove_points(ids, T0 + MINUTE, T0 + 3 * MINUTE)
    assert late() == [(1, 3)]
    remove_points(ids, LINE, 2**63 - 1)
    assert late() == [(1, 3)]
    remove_points(ids, LINE - MINUTE, 2**63 - 1)
    assert late() == [(1, 3), (999, 1000)]


def test_what_retention_or_whole_metrics_take_is_not_told() -> None:
    put(1, 2)
    put(1, entity="silent")
    watch("w", ["m"], LINE)
    patch_metric("m", {"retention_days": 1})
    apply_retention(T0 + 3 * 86_400 * 10**9)
    patch_metric("m", {"series_retention_days": 1})
    put(5000)
    apply_retention(T0 + 4 * 86_400 * 10**9)
    delete_entity("e")
    delete_metric("m")
    assert not LateRange.objects.exists()


def test_all_of_a_metric_may_change() -> None:
    watch("w", ["m"], LINE)
    mark_changed(["other"], -(2**63), 2**63 - 1)
    assert not LateRange.objects.exists()
    mark_changed(["M"], -(2**63), 2**63 - 1)
    (row,) = LateRange.objects.all()
    assert (row.start_ns, row.end_ns) == (-(2**63), LINE)


def test_what_was_stored_before_something_failed_is_late(monkeypatch) -> None:
    watch("w", ["m"], LINE)
    append = ingest.append_aligned

    def failing(ids, parts, **more):
        append(ids, parts, **more)
        raise OSError("disk full")

    monkeypatch.setattr(ingest, "append_aligned", failing)
    with pytest.raises(OSError, match="disk full"):
        put(5)
    assert late() == [(5, 6)]


def test_a_line_that_is_drawn_while_samples_are_on_their_way_counts(monkeypatch) -> None:
    """Whoever drew it may have read before they were there."""
    append = ingest.append_aligned

    def slow(ids, parts, **more):
        watch("w", ["m"], LINE)
        return append(ids, parts, **more)

    monkeypatch.setattr(ingest, "append_aligned", slow)
    put(5)
    assert late() == [(5, 6)]


def test_ranges_without_anything_to_log() -> None:
    log_ranges({"w": []})
    assert not LateRange.objects.exists()


# --- What it costs ---


def test_one_question_when_nothing_is_late(settings, django_assert_num_queries) -> None:
    put(1)
    samples = Samples.of([LINE + MINUTE], [1.0])
    items = [(SeriesKey.of("m", "e"), samples)]
    with django_assert_num_queries(1, using=settings.SAMPLES_DATABASE):
        lateness.mark_written(items)
    watch("w", ["m"], LINE)
    with django_assert_num_queries(1, using=settings.SAMPLES_DATABASE):
        lateness.mark_written(items)
