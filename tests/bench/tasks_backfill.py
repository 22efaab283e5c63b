"""A backfill beside what it can't do without: reading the raw samples and writing the points they give."""

from __future__ import annotations

import time
from itertools import count

import numpy as np

from tests.bench.store_prepare import SECOND_NS, START_NS, prepare
from tests.bench.table import Row, paired_ms

LIMIT = 2.0
SERIES, SAMPLES = 1_000, 10_000
METRIC = "bench.backfill"
END_NS = START_NS + SAMPLES * 10 * SECOND_NS


def rows() -> list[Row]:
    prepare()
    return [_backfill()]


def _backfill() -> Row:
    from apps.algebra.series import Samples, SeriesKey
    from apps.algebra.source import SeriesSelector
    from apps.catalog.selectors import catalog
    from apps.store.ingest import insert_series
    from apps.store.source import StoreSource

    _store_raw()
    numbers = count()

    def ours() -> None:
        _run_backfill(f"{METRIC}.by-task-{next(numbers)}")

    def points() -> list[Samples]:
        """What the task stored."""
        refs = catalog().find_series(SeriesSelector(f"{METRIC}.by-task-0"))
        return StoreSource().read([ref.id for ref in refs], -(2**63), 2**63 - 1)

    ours()
    results = points()
    assert len(results) == SERIES
    assert min(map(len, results)) >= SAMPLES // 60

    def floor() -> None:
        metric = f"{METRIC}.by-hand-{next(numbers)}"
        ids = [ref.id for ref in catalog().find_series(SeriesSelector(METRIC))]
        assert sum(map(len, StoreSource().read(ids, START_NS, END_NS))) == SERIES * SAMPLES
        insert_series(
            [(SeriesKey.of(metric, "default", {"host": f"h{at}"}), one) for at, one in enumerate(results)]
        )

    ours_ms, floor_ms = paired_ms(ours, floor, repeats=3)
    return Row(
        f"backfill of ten-minute averages, {SERIES:,} series x {SAMPLES:,} samples",
        ours_ms,
        "reading the samples into arrays, writing the points",
        floor_ms,
        f"<= {LIMIT:g} x",
        ours_ms <= LIMIT * floor_ms,
    )


def _store_raw() -> None:
    from apps.algebra.series import Samples, SeriesKey
    from apps.catalog.services import resolve_series
    from apps.store.writer import load_samples

    rng = np.random.default_rng(11)
    times = START_NS + np.arange(SAMPLES, dtype=np.int64) * 10 * SECOND_NS
    values = np.round(np.abs(rng.normal(35, 10, (SERIES, SAMPLES))), 2)
    keys = [SeriesKey.of(METRIC, "default", {"host": f"h{at}"}) for at in range(SERIES)]
    ids = resolve_series(keys)
    load_samples({number: Samples(times, values[at]) for at, number in enumerate(ids)})


def _run_backfill(save_as: str) -> None:
    from django.contrib.auth import get_user_model

    from apps.queries.kairos_rollups import read_rollups
    from apps.tasks.models import Backfill
    from apps.tasks.runner import run_backfill_slice
    from apps.tasks.services import delete_task, put_task, start_backfill

    average = {"name": "avg", "sampling": {"value": 10, "unit": "minutes"}, "align_start_time": True}
    asked = {"name": METRIC, "group_by": [{"name": "tag", "tags": ["host"]}], "aggregators": [average]}
    body = {
        "name": save_as,
        "execution_interval": {"value": 1, "unit": "days"},
        "rollups": [{"save_as": save_as, "query": {"metrics": [asked]}}],
    }
    now_ns = time.time_ns()
    every = read_rollups(body, now_ns=now_ns).every
    owner, _ = get_user_model().objects.get_or_create(username="bench", is_superuser=True)
    task = put_task("rollup", None, save_as, body, every=every, user=owner, now_ns=now_ns)
    backfill = start_backfill(task, owner, START_NS, END_NS, now_ns=now_ns)
    while run_backfill_slice("bench"):
        continue
    backfill.refresh_from_db()
    assert backfill.state == Backfill.State.DONE, backfill.error
    delete_task(task, owner)
