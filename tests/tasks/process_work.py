"""What the processes of test_processes do besides ``manage.py run_tasks``: prepare and check.

``python -m tests.tasks.process_work prepare|check``
"""

from __future__ import annotations

import sys
import time

import numpy as np

MINUTE_NS = 60 * 10**9
HISTORY_PERIOD_NS = 10 * MINUTE_NS
#: 2024-05-14, and a week's worth of points every 30 seconds.
FIRST_NS, POINTS = 1_715_644_800 * 10**9, 20_000
HOSTS = ("a", "b", "c")


def prepare() -> None:
    """Raw points of a week in the past and of the hour around now; a backfill of one, a schedule for both."""
    from apps.algebra.series import Samples, SeriesKey
    from apps.store.ingest import insert_series
    from apps.tasks.services import start_backfill

    rng = np.random.default_rng(4711)
    for host in HOSTS:
        times_ns = FIRST_NS + np.arange(POINTS) * 30 * 10**9 + rng.integers(0, 10**4, POINTS) * 10**6
        samples = Samples.of(np.sort(times_ns), rng.integers(0, 1000, POINTS).astype(float))
        insert_series([(SeriesKey.of("past", "default", {"host": host}), samples)])
    now_ns = time.time_ns() // MINUTE_NS * MINUTE_NS
    around = now_ns + np.arange(-36_000, 36_000) * 10**8
    insert_series(
        [(SeriesKey.of("present", "default", {"host": "a"}), Samples.of(around, np.arange(72_000.0)))]
    )
    # Two ranges: no query may span several periods, so that there is something to interrupt.
    steps = [{"name": "sum", "sampling": {"value": n, "unit": "minutes"}} for n in (5, 10)]
    task = _task("past", (1, "hours"), steps)
    start_backfill(task, None, FIRST_NS, FIRST_NS + POINTS * 30 * 10**9, now_ns=now_ns)
    _task("present", (30, "milliseconds"), [{"name": "sum", "sampling": {"value": 1, "unit": "seconds"}}])


def _task(metric: str, every: tuple[int, str], steps: list[dict]):
    from apps.queries.kairos_rollups import read_rollups
    from apps.tasks.services import put_task

    query = {
        "metrics": [
            {"name": metric, "aggregators": steps, "group_by": [{"name": "tag", "tags": ["host"]}]}
        ]
    }
    value = {
        "name": metric,
        "execution_interval": {"value": every[0], "unit": every[1]},
        "rollups": [{"save_as": f"{metric}.rolled", "query": query}],
    }
    now_ns = time.time_ns()
    found = read_rollups(value, now_ns=now_ns)
    return put_task("rollup", metric, metric, value, every=found.every, user=None, now_ns=now_ns)


def check() -> None:
    """Rolled-up points are those of a plain computation from the raw ones; runs never overlapped."""
    from apps.tasks.models import Run, Task

    for host in HOSTS:
        times, sums = _sums(*_read("past", host), HISTORY_PERIOD_NS)
        stored = _read("past.rolled", host)
        assert np.array_equal(stored[0], times), "periods of the backfill"
        assert np.array_equal(stored[1], sums), "sums of the backfill"
    rolled = _read("present.rolled", "a")
    assert len(rolled[0]) > 1
    raw = _read("present", "a")
    within = (raw[0] >= rolled[0][0]) & (raw[0] < rolled[0][-1] + 10**9)
    times, sums = _sums(raw[0][within], raw[1][within], 10**9)
    assert np.array_equal(rolled[0], times), "periods of the schedule"
    assert np.array_equal(rolled[1], sums), "sums of the schedule"
    for task in Task.objects.all():
        ended_ns = 0
        for run in task.runs.filter(state=Run.State.DONE).order_by("started_ns"):
            assert run.started_ns >= ended_ns, "two runs at once"
            ended_ns = run.ended_ns
    assert not Run.objects.filter(state=Run.State.FAILED).exists()


def _read(metric: str, host: str) -> tuple[np.ndarray, np.ndarray]:
    from apps.algebra.source import SeriesSelector
    from apps.catalog.selectors import catalog
    from apps.store.source import StoreSource

    (ref,) = catalog().find_series(SeriesSelector(metric, tags=(("host", (host,)),)))
    (samples,) = StoreSource().read([ref.id], -(2**63), 2**63 - 1)
    return samples.times_ns, samples.values


def _sums(times_ns: np.ndarray, values: np.ndarray, period_ns: int) -> tuple[np.ndarray, np.ndarray]:
    """First time and sum of each period that has points."""
    _, first = np.unique(times_ns // period_ns, return_index=True)
    return times_ns[first], np.add.reduceat(values, first)


def main(role: str) -> None:
    import django

    django.setup()
    {"prepare": prepare, "check": check}[role]()


if __name__ == "__main__":
    main(*sys.argv[1:])
