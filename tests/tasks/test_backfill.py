"""Backfills beside the schedule: newest first, slice by slice, stopped and gone on with, never in the way."""

from __future__ import annotations

import numpy as np
import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.services import patch_metric, resolve_series
from apps.errors import ArgumentFault, ExecutionFault, LimitFault
from apps.store.ingest import insert_series
from apps.store.retention import apply_retention
from apps.store.writer import delete_range
from apps.tasks import definitions, runner
from apps.tasks.engine import Pace
from apps.tasks.models import Run, Task
from apps.tasks.runner import run_backfill_slice, run_one
from apps.tasks.services import (
    backfill_now,
    cancel_backfill,
    pause_backfill,
    preview_backfill,
    resume_backfill,
    start_backfill,
)
from tests.tasks.conftest import make, moment, put, rollup, stored

pytestmark = pytest.mark.django_db(databases="__all__")

DAY = (moment("00:00"), moment("00:00") + 86_400 * 10**9)
POINTS = {f"{hour:02}:{minute:02}": hour * 60.0 + minute for hour in range(24) for minute in (1, 7, 20, 55)}


@pytest.fixture
def slow(monkeypatch) -> None:
    """Ten periods at a time, whatever it takes."""
    monkeypatch.setattr(runner, "_paces", {})
    monkeypatch.setattr(runner, "first_pace", lambda part: Pace(10, 10))


def sums() -> dict[str, float]:
    """The points of each quarter of an hour, by a plain loop."""
    found: dict[int, tuple[str, float]] = {}
    for time, value in POINTS.items():
        quarter = (int(time[:2]) * 60 + int(time[3:])) // 15
        first, total = found.get(quarter, (time, 0.0))
        found[quarter] = (first, total + value)
    return dict(found.values())


def test_a_backfill_goes_from_newest_to_oldest_with_progress(clock, slow) -> None:
    task = make(rollup(), clock)
    put(POINTS)
    backfill = start_backfill(task, None, *DAY, now_ns=clock())
    assert backfill.periods == 96
    assert backfill.seconds_left is None
    assert run_backfill_slice("w", clock)
    newest = stored()
    assert newest
    assert min(newest) >= "21:30"
    backfill.refresh_from_db()
    assert (backfill.state, backfill.periods_done) == ("running", 10)
    assert backfill.periods_per_second > 0
    assert backfill.seconds_left > 0
    count = 1
    while run_backfill_slice("w", clock):
        count += 1
    backfill.refresh_from_db()
    assert (backfill.state, backfill.periods_done, backfill.points) == ("done", 96, len(sums()))
    assert count == 10
    assert stored() == sums()


def test_two_backfills_of_one_range_give_the_same(clock) -> None:
    task = make(rollup(), clock)
    put(POINTS)
    for _ in range(2):
        start_backfill(task, None, *DAY, now_ns=clock())
    while run_backfill_slice("w", clock):
        assert set(stored().items()) <= set(sums().items())
    assert stored() == sums()


def test_pause_resume_and_cancel(clock, slow) -> None:
    task = make(rollup(), clock)
    put(POINTS)
    backfill = start_backfill(task, None, *DAY, now_ns=clock())
    run_backfill_slice("w", clock)
    assert pause_backfill(backfill, None)
    assert not run_backfill_slice("w", clock)
    assert not pause_backfill(backfill, None)
    assert resume_backfill(backfill, None)
    assert run_backfill_slice("w", clock)
    backfill.refresh_from_db()
    assert backfill.periods_done == 20
    assert cancel_backfill(backfill, None)
    assert not run_backfill_slice("w", clock)
    assert not resume_backfill(backfill, None)
    assert stored()


def test_the_schedule_goes_first(clock, slow) -> None:
    task = make(rollup(every=(1, "minutes")), clock)
    put(POINTS)
    start_backfill(task, None, *DAY, now_ns=clock())
    for minute in range(1, 5):
        clock.set(f"10:{minute:02}")
        assert run_one("w", clock)
        assert Run.objects.count() == minute
        assert run_one("w", clock)
        assert Run.objects.count() == minute


def test_a_backfill_of_a_task_that_was_changed_says_so(clock) -> None:
    task = make(rollup(), clock)
    backfill = start_backfill(task, None, *DAY, now_ns=clock())
    make(rollup(minutes=30), clock, key=task.key)
    run_backfill_slice("w", clock)
    backfill.refresh_from_db()
    assert backfill.state == "failed"
    assert "changed" in backfill.error


def test_a_failing_backfill_ends_with_its_reason(clock, monkeypatch) -> None:
    task = make(rollup(), clock)
    backfill = start_backfill(task, None, *DAY, now_ns=clock())

    def failing(self, edges_ns, *, now_ns):
        raise ExecutionFault("two points at one time")

    monkeypatch.setattr(definitions.RollupPart, "compute", failing)
    assert run_backfill_slice("w", clock)
    backfill.refresh_from_db()
    assert (backfill.state, backfill.error) == ("failed", "two points at one time")


def test_each_part_is_filled(clock, slow) -> None:
    value = rollup()
    half = rollup(minutes=30)["rollups"][0]
    value["rollups"].append({**half, "save_as": "second"})
    task = make(value, clock)
    put(POINTS)
    backfill = start_backfill(task, None, *DAY, now_ns=clock())
    assert backfill.periods == 96 + 48
    while run_backfill_slice("w", clock):
        pass
    backfill.refresh_from_db()
    assert (backfill.state, backfill.periods_done) == ("done", 96 + 48)
    assert stored() == sums()
    assert sum(stored("second").values()) == sum(POINTS.values())


def test_a_preview_counts_and_shows_and_stores_nothing(clock) -> None:
    task = make(rollup(), clock)
    put(POINTS)
    seen = preview_backfill(task, *DAY, now_ns=clock())
    assert seen.periods == 96
    ((key, samples),) = seen.series
    assert key == SeriesKey.of("rolled", "default", {"saved_from": "raw"})
    assert samples.values[-1] == POINTS["23:55"]
    assert stored() == {}


def test_a_request_that_backfills_waits_its_turn_and_gives_up_when_the_task_goes(clock, monkeypatch) -> None:
    task = make(rollup(), clock)
    put(POINTS)
    Task.objects.update(holder="another", lease_until_ns=clock() + 10**9)
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.now_ns += 5 * 10**8

    monkeypatch.setattr("apps.tasks.services.time.sleep", sleep)
    backfill_now(task, None, *DAY, clock=clock)
    assert len(waits) == 2
    assert stored() == sums()
    make(rollup(minutes=30), clock, key=task.key)
    with pytest.raises(ExecutionFault, match="changed or deleted"):
        backfill_now(task, None, *DAY, clock=clock)


def test_what_retention_took_from_the_raw_points_stays_rolled_up(clock) -> None:
    clock.now_ns = moment("12:07") + 86_400 * 10**9
    task = make(rollup(), clock)
    put(POINTS)
    backfill_now(task, None, *DAY, clock=clock)
    patch_metric("raw", {"retention_days": 1})
    apply_retention(clock())
    backfill_now(task, None, *DAY, clock=clock)
    # The period from which a part was taken keeps its sum too.
    assert stored() == sums()
    put({"13:02": 5000})
    backfill_now(task, None, *DAY, clock=clock)
    assert stored()["13:01"] == sums()["13:01"] + 5000


def test_absurd_windows_are_refused_at_once(clock) -> None:
    task = make(rollup(minutes=1), clock)
    with pytest.raises(ArgumentFault, match="limit of 1000000"):
        start_backfill(task, None, 0, DAY[1], now_ns=clock())


def test_what_exceeds_a_limit_is_computed_in_pieces(clock, monkeypatch) -> None:
    task = make(rollup(), clock)
    put(POINTS)
    compute = definitions.RollupPart.compute

    def limited(self, edges_ns, *, now_ns):
        if len(edges_ns) > 8:
            raise LimitFault("too much", data={"limit": "samples_in", "allowed": 1})
        return compute(self, edges_ns, now_ns=now_ns)

    monkeypatch.setattr(definitions.RollupPart, "compute", limited)
    backfill_now(task, None, *DAY, clock=clock)
    assert stored() == sums()


@pytest.mark.parametrize("chain", ["separable", "period by period"])
def test_any_order_of_writes_deletes_and_runs_ends_with_the_same_points(clock, seed, chain: str) -> None:
    """Rolled-up points are those of the definition over what is there in the end, no others."""
    steps = [{"name": "sum", "sampling": {"value": 15, "unit": "minutes"}}]
    if chain == "period by period":
        steps.insert(0, {"name": "sum", "sampling": {"value": 5, "unit": "minutes"}})
    value = rollup(aggregators=steps, group_by=[{"name": "tag", "tags": ["host"]}])
    task = make(value, clock)
    held: dict[tuple[str, int], float] = {}
    for _ in range(12):
        host = str(seed.choice(["a", "b", "c"]))
        minutes = np.unique(seed.integers(0, 24 * 60, 40))
        values = seed.integers(0, 100, len(minutes)).astype(float)
        times_ns = DAY[0] + minutes * 60 * 10**9
        key = SeriesKey.of("raw", "default", {"host": host})
        insert_series([(key, Samples.of(times_ns, values))])
        held |= {(host, int(m)): float(v) for m, v in zip(minutes, values, strict=True)}
        if seed.random() < 0.4:
            first = int(seed.integers(0, 24 * 60 - 120))
            _delete(key, DAY[0] + first * 60 * 10**9, DAY[0] + (first + 120) * 60 * 10**9)
            held = {k: v for k, v in held.items() if k[0] != host or not first <= k[1] < first + 120}
        start = int(seed.integers(0, 20 * 60))
        backfill_now(
            task, None, DAY[0] + start * 60 * 10**9, DAY[0] + (start + 200) * 60 * 10**9, clock=clock
        )
    backfill_now(task, None, *DAY, clock=clock)
    for host in "abc":
        wanted: dict[int, tuple[int, float]] = {}
        for (_, minute), number in sorted(item for item in held.items() if item[0][0] == host):
            first, total = wanted.get(minute // 15, (minute, 0.0))
            wanted[minute // 15] = (first, total + number)
        shown = {f"{m // 60:02}:{m % 60:02}": total for m, total in wanted.values()}
        assert stored(host=host) == shown


def _delete(key: SeriesKey, start_ns: int, end_ns: int) -> None:
    delete_range(resolve_series([key]), start_ns, end_ns)


def test_slices_shrink_only_where_that_helps() -> None:
    def sizes(*busy_s: float) -> list[int]:
        pace, found = Pace(), []
        for one in busy_s:
            pace.took(int(one * 1e9))
            found.append(pace.periods)
        return found

    assert sizes(0.1, 0.1, 1.0) == [1024, 4096, 4096]
    # The periods are what takes long: a quarter of them takes about a quarter of the time.
    assert sizes(32, 8, 2.1, 0.6) == [64, 16, 4, 4]
    # It is the number of series: fewer periods at a time gain nothing, and are not tried again.
    assert sizes(4, 3.6, 3.9, 9) == [64, 256, 256, 256]
