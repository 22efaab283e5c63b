"""What the processes of test_late_processes do besides ``manage.py run_tasks``.

``python -m tests.tasks.late_work prepare|write SEED JOURNAL|finish``
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

MINUTE_NS = 60 * 10**9
#: 2024-05-14, a day of points a minute apart.
FIRST_NS = 1_715_644_800 * 10**9
MINUTES = 24 * 60
HOSTS = ("a", "b")
#: From one metric to the next: minutes of a period.
STEPS = (("raw", "tens", 10), ("tens", "hours", 60))


def prepare() -> None:
    """A day of raw points, rolled up twice, by tasks that run all the time."""
    from apps.algebra.series import Samples
    from apps.queries.kairos_rollups import read_rollups
    from apps.store.ingest import insert_series
    from apps.tasks.services import backfill_now, put_task

    times_ns = FIRST_NS + np.arange(MINUTES) * MINUTE_NS
    for host in HOSTS:
        insert_series([(_key(host), Samples.of(times_ns, np.ones(MINUTES)))])
    now_ns = time.time_ns()
    for source, target, minutes in STEPS:
        # Two ranges: no query spans several periods, so that there is something to interrupt.
        samplings = [{"value": count, "unit": "minutes"} for count in (minutes // 2, minutes)]
        steps = [{"name": "sum", "sampling": sampling} for sampling in samplings]
        query = {"name": source, "aggregators": steps, "group_by": [{"name": "tag", "tags": ["host"]}]}
        value = {
            "name": target,
            "execution_interval": {"value": 300, "unit": "milliseconds"},
            "rollups": [{"save_as": target, "query": {"metrics": [query]}}],
        }
        found = read_rollups(value, now_ns=now_ns)
        task = put_task("rollup", target, target, value, every=found.every, user=None, now_ns=now_ns)
        backfill_now(task, None, FIRST_NS, FIRST_NS + MINUTES * MINUTE_NS)


def write(seed: int, journal: Path) -> None:
    """Change points, now here, now there, until killed; what was not done when killed is done again first."""
    lines = journal.read_text().splitlines() if journal.exists() else []
    rng = np.random.default_rng([seed, len(lines)])
    with journal.open("a") as log:
        if lines:
            _change(json.loads(lines[-1]))
        while True:
            minute = int(rng.integers(0, MINUTES))
            change = {"host": str(rng.choice(HOSTS)), "minute": minute, "value": int(rng.integers(1, 999))}
            if rng.random() < 0.2:
                change["until"] = minute + int(rng.integers(1, 12))
            else:
                change["further"] = rng.integers(0, MINUTES, 3).tolist()
            log.write(json.dumps(change) + "\n")
            log.flush()
            _change(change)


def finish() -> None:
    """Run what is due until nothing is late any more, and compare with a computation from raw points."""
    from apps.store.models import LateRange
    from apps.tasks.models import Run, Task
    from apps.tasks.runner import run_scheduled

    limit = time.monotonic() + 300
    runs = 0
    while runs < 2 * len(STEPS) or LateRange.objects.exists():
        assert time.monotonic() < limit, "something stays late"
        runs += run_scheduled("last")
        time.sleep(0.01)
    for host in HOSTS:
        times_ns, values = _read("raw", host)
        assert len(times_ns) > MINUTES // 4
        for _, target, minutes in STEPS:
            _, first = np.unique(times_ns // (minutes * MINUTE_NS), return_index=True)
            stored = _read(target, host)
            assert np.array_equal(stored[0], times_ns[first]), f"periods of {target}, {host}"
            assert np.array_equal(stored[1], np.add.reduceat(values, first)), f"sums of {target}, {host}"
    repaired = sum(Run.objects.values_list("repaired", flat=True))
    print(json.dumps({"repaired": repaired, "tasks": Task.objects.count()}))


# --- Inside ---


def _change(change: dict) -> None:
    from apps.algebra.series import Samples
    from apps.catalog.services import resolve_series
    from apps.store.ingest import insert_series
    from apps.store.lateness import remove_points

    at_ns = FIRST_NS + change["minute"] * MINUTE_NS
    if "until" in change:
        remove_points(resolve_series([_key(change["host"])]), at_ns, FIRST_NS + change["until"] * MINUTE_NS)
        return
    minutes = np.unique([change["minute"], *change["further"]])
    values = np.full(len(minutes), float(change["value"]))
    insert_series([(_key(change["host"]), Samples.of(FIRST_NS + minutes * MINUTE_NS, values))])


def _key(host: str):
    from apps.algebra.series import SeriesKey

    return SeriesKey.of("raw", "default", {"host": host})


def _read(metric: str, host: str) -> tuple[np.ndarray, np.ndarray]:
    from apps.algebra.source import SeriesSelector
    from apps.catalog.selectors import catalog
    from apps.store.source import StoreSource

    (ref,) = catalog().find_series(SeriesSelector(metric, tags=(("host", (host,)),)))
    (samples,) = StoreSource().read([ref.id], -(2**63), 2**63 - 1)
    return samples.times_ns, samples.values


def main(role: str, *args: str) -> None:
    import django

    django.setup()
    if role == "write":
        write(int(args[0]), Path(args[1]))
    else:
        {"prepare": prepare, "finish": finish}[role]()


if __name__ == "__main__":
    main(*sys.argv[1:])
