"""Late samples: the next run computes again exactly the periods they fall into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import SeriesSelector
from apps.algebra.times import parse_iso
from apps.catalog.selectors import catalog
from apps.catalog.services import delete_metric, patch_metric, resolve_series
from apps.errors import ExecutionFault
from apps.store.ingest import insert_series
from apps.store.lateness import forget_ranges, remove_points, take_ranges, watch
from apps.store.models import LateRange, Watch
from apps.store.retention import apply_retention
from apps.store.source import StoreSource
from apps.tasks import definitions, engine, repairs, runner
from apps.tasks.engine import Pace
from apps.tasks.models import Backfill, Progress, Run, Task
from apps.tasks.runner import run_backfill_slice, run_scheduled
from apps.tasks.services import backfill_now, delete_task, set_enabled, start_backfill
from tests.tasks.conftest import make, moment, put, rollup, stored

pytestmark = pytest.mark.django_db(databases="__all__")

HOUR_NS, MINUTE_NS = 3600 * 10**9, 60 * 10**9
DAY = (moment("00:00"), moment("00:00") + 24 * HOUR_NS)


def run_at(clock, text: str) -> Run:
    """The run of the one task that is due at a time."""
    clock.set(text)
    assert run_scheduled("w", clock)
    return Run.objects.first()


def told(run: Run) -> list[tuple[str, str, int]]:
    """What a run says that it computed again."""
    return [
        (clock_of(one["start_ns"]), clock_of(one["end_ns"]), one["periods"]) for one in run.repaired_ranges
    ]


def clock_of(time_ns: int) -> str:
    minutes = (time_ns - DAY[0]) // MINUTE_NS
    return f"{minutes // 60:02}:{minutes % 60:02}"


def remove(metric: str, start: str, end: str, **tags: str) -> None:
    (series_id,) = resolve_series([SeriesKey.of(metric, "default", tags or {"host": "a"})])
    remove_points([series_id], moment(start), moment(end))


@pytest.fixture
def computed(monkeypatch) -> list[tuple[str, str]]:
    """The first and last edge of all that is computed, as it happens."""
    found: list[tuple[str, str]] = []
    compute = definitions.RollupPart.compute

    def noting(self, edges_ns, *, now_ns):
        found.append((clock_of(int(edges_ns[0])), clock_of(int(edges_ns[-1]))))
        return compute(self, edges_ns, now_ns=now_ns)

    monkeypatch.setattr(definitions.RollupPart, "compute", noting)
    return found


@pytest.fixture
def task(clock) -> Task:
    """A task that ran at 10:40 and knows four quarters of an hour; the next run is at 11:40."""
    clock.set("09:40")
    made = make(rollup(), clock)
    put({"09:20": 5, "10:02": 1, "10:07": 2, "10:16": 4, "10:31": 8})
    run_at(clock, "10:40")
    assert stored() == {"09:20": 5, "10:02": 3, "10:16": 4, "10:31": 8}
    return made


# --- What is computed again ---


def test_exactly_the_periods_of_late_points_are_computed_again_and_told(clock, task, computed) -> None:
    put({"09:16": 1, "10:12": 100, "10:14": 50})
    run = run_at(clock, "11:40")
    assert stored() == {"09:16": 6, "10:02": 153, "10:16": 4, "10:31": 8}
    assert computed == [("10:30", "11:45"), ("09:15", "09:30"), ("10:00", "10:15")]
    assert (run.state, run.repaired) == ("done", 2)
    assert told(run) == [("09:15", "09:30", 1), ("10:00", "10:15", 1)]
    assert {(one["part"], one["label"]) for one in run.repaired_ranges} == {(0, "raw")}
    # What is repaired is not repaired again.
    assert (run_at(clock, "12:40").repaired, Run.objects.first().repaired_ranges) == (0, [])
    assert not LateRange.objects.exists()


def test_points_in_time_for_the_next_run_are_nothing_to_repair(clock, task) -> None:
    put({"10:30": 1, "10:44": 16, "10:46": 32, "11:39": 1})
    assert not LateRange.objects.exists()
    assert run_at(clock, "11:40").repaired == 0
    assert stored() == {"09:20": 5, "10:02": 3, "10:16": 4, "10:30": 25, "10:46": 32, "11:39": 1}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda: put({"10:07": 7}), {"10:02": 8}),
        (lambda: put({"10:00": 7}), {"10:00": 10}),
        (lambda: put({"10:14": 7}, host="b"), {"10:02": 10}),
        (lambda: put({"10:14": 7}, "RAW"), {"10:02": 10}),
        (lambda: remove("raw", "10:02", "10:03"), {"10:07": 2}),
        (lambda: remove("raw", "10:00", "10:10"), {}),
    ],
    ids=["overwritten", "new first", "new series", "other case", "removed", "all removed"],
)
def test_whatever_changes_in_a_period_it_is_computed_again(clock, task, change, wanted) -> None:
    change()
    run = run_at(clock, "11:40")
    assert stored() == {"09:20": 5, **wanted, "10:16": 4, "10:31": 8}
    assert told(run) == [("10:00", "10:15", 1)]


def test_late_points_of_other_metrics_are_none_of_its_business(clock, task) -> None:
    put({"10:12": 100}, "raw2")
    put({"10:12": 100}, "other.raw")
    assert not LateRange.objects.exists()
    assert run_at(clock, "11:40").repaired == 0


def test_what_was_never_computed_stays_out_until_a_backfill(clock, task) -> None:
    put({"05:00": 1, "09:14": 2})
    assert run_at(clock, "11:40").repaired == 0
    assert "05:00" not in stored()
    backfill_now(task, None, moment("05:00"), moment("05:30"), clock=clock)
    assert stored()["05:00"] == 1
    put({"05:05": 10, "05:31": 20})
    assert told(run_at(clock, "12:40")) == [("05:00", "05:15", 1)]
    assert (stored()["05:00"], "05:31" in stored()) == (11, False)


def test_a_long_stretch_counts_its_periods(clock, task) -> None:
    remove("raw", "00:00", "23:00")
    run = run_at(clock, "11:40")
    assert stored() == {}
    assert told(run) == [("09:15", "10:30", 5)]


def test_days_of_a_zone_are_repaired_whole_across_a_clock_change(clock) -> None:
    """The 31st of March 2024 has 23 hours in Paris, from 23:00 to 22:00 in UTC."""
    key = SeriesKey.of("raw", "default", {"host": "a"})

    def put_at(*texts: str) -> None:
        times = sorted(map(parse_iso, texts))
        insert_series([(key, Samples.of(times, np.ones(len(times))))])

    clock.now_ns = parse_iso("2024-03-30T12:00:00Z")
    day = [{"name": "sum", "sampling": {"value": 1, "unit": "days"}, "align_start_time": True}]
    value = rollup(aggregators=day, every=(1, "days"))
    value["rollups"][0]["time_zone"] = "Europe/Paris"
    make(value, clock)
    for text in ("2024-03-31T12:00:00Z", "2024-04-01T12:00:00Z", "2024-04-02T12:00:00Z"):
        clock.now_ns = parse_iso(text)
        assert run_scheduled("w", clock)
    # Each is the first or last instant of a day, or lies just outside of the long weekend's middle day.
    put_at("2024-03-30T23:00:00Z", "2024-03-31T21:59:59Z", "2024-03-31T22:00:00Z")
    clock.now_ns = parse_iso("2024-04-03T12:00:00Z")
    assert run_scheduled("w", clock)
    run = Run.objects.first()
    assert run.repaired == 2
    (only,) = run.repaired_ranges
    assert only["start_ns"] == parse_iso("2024-03-30T23:00:00Z")
    assert only["end_ns"] == parse_iso("2024-04-01T22:00:00Z")
    (samples,) = _rolled()
    days = ["2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z"]
    assert samples.times_ns.tolist() == list(map(parse_iso, days))
    assert samples.values.tolist() == [2, 1]


def _rolled() -> list[Samples]:
    ids = [ref.id for ref in catalog().find_series(SeriesSelector("rolled"))]
    return StoreSource().read(ids, -(2**63), 2**63 - 1)


# --- What is left alone ---


def test_what_retention_takes_is_no_change_and_what_it_has_been_at_stays(clock, task) -> None:
    clock.now_ns += 24 * HOUR_NS
    patch_metric("raw", {"retention_days": 1})
    apply_retention(clock())
    assert not LateRange.objects.exists()
    put({"10:12": 100, "10:33": 100})
    assert run_scheduled("w", clock)
    # The raw points up to 10:40 are gone, so that nobody could tell what 103 would have to be.
    assert stored() == {"09:20": 5, "10:02": 3, "10:16": 4, "10:31": 8}
    assert Run.objects.first().repaired == 0


def test_a_metric_that_is_deleted_leaves_what_was_computed_from_it(clock, task) -> None:
    before = stored()
    delete_metric("raw")
    assert run_at(clock, "11:40").repaired == 0
    assert {time: before[time] for time in ("09:20", "10:02", "10:16")}.items() <= stored().items()


def test_another_definition_does_not_mend_what_the_one_before_computed(clock, task) -> None:
    put({"10:12": 100})
    make(rollup(minutes=30), clock, key=task.key)
    assert not Watch.objects.exists()
    run = run_at(clock, "11:40")
    assert (run.repaired, stored()["10:02"]) == (0, 3)
    put({"10:35": 100, "10:13": 5})
    run = run_at(clock, "12:40")
    assert told(run) == [("10:30", "11:00", 1)]
    # The same definition sent again goes on where it was.
    put({"10:36": 1})
    make(rollup(minutes=30), clock, key=task.key)
    assert told(run_at(clock, "13:40")) == [("10:30", "11:00", 1)]


def test_a_task_that_is_gone_is_not_written_for(clock, task) -> None:
    put({"10:12": 100})
    assert Watch.objects.exists()
    assert LateRange.objects.exists()
    delete_task(task, None)
    assert not Watch.objects.exists()
    assert not LateRange.objects.exists()
    put({"10:12": 101})
    assert not LateRange.objects.exists()


def test_a_task_that_ignores_late_data_watches_nothing(clock) -> None:
    clock.set("09:40")
    task = make(rollup() | {"late_data": "ignore"}, clock)
    put({"10:02": 1})
    run_at(clock, "10:40")
    backfill_now(task, None, *DAY, clock=clock)
    assert not Watch.objects.exists()
    put({"10:12": 100})
    assert run_at(clock, "11:40").repaired == 0
    assert stored() == {"10:02": 1}


# --- When things go wrong, or happen at once ---


def test_what_could_not_be_computed_stays_for_the_next_run(clock, task, monkeypatch) -> None:
    put({"09:16": 1, "10:12": 100})
    compute = definitions.RollupPart.compute

    def failing(self, edges_ns, *, now_ns):
        if clock_of(int(edges_ns[0])) == "09:15":
            raise ExecutionFault("two points at one time")
        return compute(self, edges_ns, now_ns=now_ns)

    with monkeypatch.context() as patched:
        patched.setattr(definitions.RollupPart, "compute", failing)
        put({"11:02": 7})
        run = run_at(clock, "11:40")
    assert run.state == "failed"
    assert run.error == "raw: computing again after late data: two points at one time"
    assert told(run) == [("10:00", "10:15", 1)]
    # The window of the run itself went well.
    assert stored() == {"09:20": 5, "10:02": 103, "10:16": 4, "10:31": 8, "11:02": 7}
    assert Progress.objects.get().last_ok_ns == moment("11:40")
    run = run_at(clock, "12:40")
    assert (run.state, told(run)) == ("done", [("09:15", "09:30", 1)])
    assert stored()["09:16"] == 6


def test_a_run_that_fails_keeps_what_is_late(clock, task, monkeypatch) -> None:
    put({"10:12": 100})
    with monkeypatch.context() as patched:
        patched.setattr(definitions.RollupPart, "compute", lambda *_, **__: 1 / 0)
        assert run_at(clock, "11:40").state == "failed"
    assert stored()["10:02"] == 3
    assert told(run_at(clock, "12:40")) == [("10:00", "10:15", 1)]
    assert stored()["10:02"] == 103


class Killed(BaseException):
    """Ends a run as a signal would: nothing that comes later is done."""


@pytest.mark.parametrize("when", ["take_ranges", "log_ranges", "forget_ranges"])
def test_killed_at_any_step_it_is_computed_again_with_the_same_result(clock, task, monkeypatch, when) -> None:
    put({"10:12": 100})

    def killed(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(repairs, when, killed)
        clock.set("11:40")
        with pytest.raises(Killed):
            run_scheduled("w", clock)
    put({"09:21": 1})
    assert run_scheduled("w", clock)
    assert told(Run.objects.first()) == [("09:15", "09:30", 1), ("10:00", "10:15", 1)]
    assert stored() == {"09:20": 6, "10:02": 103, "10:16": 4, "10:31": 8}


def test_a_first_run_that_was_killed_begins_again_where_it_began(clock, monkeypatch) -> None:
    """It stored some points; going on behind them would leave out what comes before them."""
    clock.set("09:40")
    make(rollup(), clock)
    put({"09:20": 5, "10:02": 1})
    store = repairs.store_periods
    with monkeypatch.context() as patched:
        def once(part: Any, edges_ns: np.ndarray, **kwargs: Any) -> None:
            store(part, edges_ns[2:], **kwargs)
            raise Killed

        patched.setattr(runner, "store_periods", once)
        clock.set("10:40")
        with pytest.raises(Killed):
            run_scheduled("w", clock)
    assert stored() == {"10:02": 1}
    put({"09:35": 2})
    run_at(clock, "10:41")
    assert stored() == {"09:20": 5, "09:35": 2, "10:02": 1}


@pytest.mark.parametrize("moment_of_writing", ["before", "after"])
def test_points_that_come_while_a_run_reads_are_seen_or_late(
    clock, task, monkeypatch, moment_of_writing: str
) -> None:
    """Into the window of the run, into what it repairs, and into what it does not look at."""
    compute = definitions.RollupPart.compute
    put({"10:12": 100})
    late = iter([{"11:02": 1, "10:03": 10, "09:16": 20}])

    def writing(self, edges_ns, *, now_ns):
        if moment_of_writing == "before":
            put(points) if (points := next(late, None)) else None
        found = compute(self, edges_ns, now_ns=now_ns)
        if moment_of_writing == "after":
            put(points) if (points := next(late, None)) else None
        return found

    with monkeypatch.context() as patched:
        patched.setattr(definitions.RollupPart, "compute", writing)
        run_at(clock, "11:40")
    assert next(late, None) is None
    run_at(clock, "12:40")
    assert stored() == {"09:16": 25, "10:02": 113, "10:16": 4, "10:31": 8, "11:02": 1}


def test_what_is_left_when_the_next_run_is_due_waits_for_it(clock, task, monkeypatch) -> None:
    put({"09:16": 1, "09:59": 2, "10:12": 100})
    store = repairs.store_periods

    def slow(*args: Any, **kwargs: Any) -> Any:
        clock.now_ns += HOUR_NS
        return store(*args, **kwargs)

    monkeypatch.setattr(repairs, "store_periods", slow)
    assert told(run_at(clock, "11:40")) == [("09:15", "09:30", 1)]
    # A stretch that is begun is left in the middle, too.
    monkeypatch.setattr(repairs, "first_pace", lambda part: Pace(1, 1))
    assert told(run_at(clock, "13:40")) == [("09:45", "10:00", 1)]
    assert told(run_at(clock, "15:40")) == [("10:00", "10:15", 1)]
    assert told(run_at(clock, "17:40")) == []
    assert stored() == {"09:16": 6, "09:59": 2, "10:02": 103, "10:16": 4, "10:31": 8}


def test_a_paused_task_uses_the_marks_when_it_goes_on(clock, task) -> None:
    set_enabled(task, None, enabled=False, now_ns=clock())
    for minute in range(0, 15):
        put({f"10:{minute:02}": 1})
    put({"11:30": 1})
    clock.set("12:00")
    assert not run_scheduled("w", clock)
    set_enabled(task, None, enabled=True, now_ns=clock())
    run = run_at(clock, "13:00")
    assert told(run) == [("10:00", "10:15", 1)]
    assert stored() == {"09:20": 5, "10:00": 15, "10:16": 4, "10:31": 8, "11:30": 1}


def test_a_clock_that_went_back_leaves_nothing_unrepaired(clock, task) -> None:
    run_at(clock, "20:40")
    clock.set("11:00")
    put({"11:00": 1, "10:12": 100})
    run_scheduled("w", clock)
    put({"11:01": 1, "12:10": 5, "09:21": 1})
    run_at(clock, "12:40")
    assert stored() == {"09:20": 6, "10:02": 103, "10:16": 4, "10:31": 8, "11:00": 2, "12:10": 5}


def test_a_clock_that_went_back_before_a_run_that_fails(clock, task, monkeypatch) -> None:
    run_at(clock, "20:40")
    with monkeypatch.context() as patched:
        patched.setattr(definitions.RollupPart, "compute", lambda *_, **__: 1 / 0)
        clock.set("11:00")
        # The next run is planned again.
        assert not run_scheduled("w", clock)
        assert run_at(clock, "11:40").state == "failed"
    put({"11:46": 1})
    run_at(clock, "12:40")
    assert stored()["11:46"] == 1


# --- Backfills ---


def test_late_points_during_a_backfill(clock, task, monkeypatch) -> None:
    """Into what it has done, and into what it will do."""
    monkeypatch.setattr("apps.tasks.runner._paces", {})
    monkeypatch.setattr("apps.tasks.runner.first_pace", lambda part: Pace(4, 4))
    put({"05:00": 1, "06:46": 1})
    start_backfill(task, None, moment("05:00"), moment("07:00"), now_ns=clock())
    assert run_backfill_slice("w", clock)
    assert stored()["06:46"] == 1
    put({"06:50": 10, "05:01": 100})
    run = run_at(clock, "11:40")
    assert told(run) == [("06:45", "07:00", 1)]
    assert run_backfill_slice("w", clock)
    assert stored() == {
        "05:00": 101, "06:46": 11, "09:20": 5, "10:02": 3, "10:16": 4, "10:31": 8,
    }  # fmt: skip
    assert Backfill.objects.get().state == "done"


def test_a_first_run_goes_on_in_the_period_of_the_newest_point_whatever_its_stamp(clock) -> None:
    """That of the period until 10:15 is stamped with it, and was not complete."""
    steps = [{"name": "sum", "sampling": {"value": 15, "unit": "minutes"}, "align_end_time": True}]
    clock.set("10:07")
    task = make(rollup(aggregators=steps) | {"late_data": "ignore"}, clock)
    put({"10:02": 1})
    backfill_now(task, None, moment("10:00"), moment("10:05"), clock=clock)
    assert stored() == {"10:15": 1}
    put({"10:08": 2, "10:20": 4})
    run_at(clock, "11:07")
    assert stored() == {"10:15": 3, "10:30": 4}


@pytest.mark.parametrize("flag", [None, "align_start_time", "align_end_time"])
def test_a_period_that_was_not_over_when_it_was_filled_is_completed(clock, flag: str | None) -> None:
    steps = [{"name": "sum", "sampling": {"value": 15, "unit": "minutes"}}]
    if flag:
        steps[0][flag] = True
    clock.set("10:07")
    task = make(rollup(aggregators=steps), clock)
    set_enabled(task, None, enabled=False, now_ns=clock())
    put({"10:02": 1})
    backfill_now(task, None, moment("09:00"), moment("10:30"), clock=clock)
    put({"10:08": 2, "10:20": 4})
    clock.set("15:00")
    # Switched on much later, the schedule alone would begin at 14:45.
    set_enabled(task, None, enabled=True, now_ns=clock())
    run_at(clock, "16:00")
    wanted = {None: ("10:02", "10:20"), "align_start_time": ("10:00", "10:15")}
    first, second = wanted.get(flag, ("10:15", "10:30"))
    assert stored() == {first: 3, second: 4}


def test_what_was_filled_ahead_waits_for_its_time(clock, task) -> None:
    put({"13:02": 1})
    backfill_now(task, None, moment("11:00"), moment("14:00"), clock=clock)
    assert stored()["13:02"] == 1
    put({"13:05": 2})
    for text in ("11:40", "12:40"):
        assert run_at(clock, text).repaired == 0
        assert LateRange.objects.exists()
    assert run_at(clock, "13:40").repaired == 0
    assert stored()["13:02"] == 3
    run_at(clock, "14:40")
    assert not LateRange.objects.exists()


# --- Several tasks ---


def chain(clock, *steps: tuple[str, str, int]) -> list[Task]:
    """Tasks from one metric to the next, run every hour in this order."""
    tasks = []
    for source, target, minutes in steps:
        value = rollup(minutes=minutes, metric=source)
        value["rollups"][0]["save_as"] = target
        clock.now_ns += 1
        tasks.append(make(value, clock, key=target))
    return tasks


def run_due(clock, text: str) -> dict[str, int]:
    """Periods repaired by each task that was due, by key."""
    clock.set(text)
    clock.now_ns += 10**6
    found: dict[str, int] = {}
    while run_scheduled("w", clock):
        run = Run.objects.first()
        found[run.task.key] = run.repaired
    return found


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)], ids=["in order", "against it"])
def test_a_chain_of_three_is_repaired_to_its_end(clock, order) -> None:
    clock.set("02:00")
    steps = [("raw", "quarters", 15), ("quarters", "halves", 30), ("halves", "hours", 60)]
    chain(clock, *(steps[at] for at in order))
    put({f"{hour:02}:{minute:02}": 1 for hour in range(2, 8) for minute in range(60)})
    for hour in range(3, 12):
        run_due(clock, f"{hour:02}:00")
    hours = {f"{hour:02}:00": 60 for hour in range(2, 8)}
    assert stored("hours") == hours
    put({"04:17": 101, "06:59": 11})
    remove("raw", "02:00", "02:45")
    for hour in range(12, 15):
        run_due(clock, f"{hour}:00")
    hours = {"02:45": 15} | {f"{hour:02}:00": 60 for hour in range(3, 8)} | {"04:00": 160, "06:00": 70}
    assert stored("hours") == hours
    assert sum(stored("quarters").values()) == sum(stored("halves").values()) == sum(hours.values())
    # And then they rest.
    assert run_due(clock, "15:00") == {"quarters": 0, "halves": 0, "hours": 0}
    assert not LateRange.objects.exists()


def test_whoever_looks_while_points_are_put_down_again_looks_again(clock, monkeypatch) -> None:
    """Many single leftovers: the whole window goes and comes back, and is gone in between."""
    clock.set("01:00")
    task = make(rollup(minutes=30), clock)
    put({f"{hour:02}:{minute}": 1 for hour in range(20) for minute in (10, 40)})
    backfill_now(task, None, *DAY, clock=clock)
    watch("w", ["rolled"], DAY[1])
    put({f"{hour:02}:{minute:02}": 1 for hour in range(20) for minute in (5, 35)})
    append = engine.append_samples
    seen: list[int] = []

    def looked_at(batch: Any) -> int:
        taken = take_ranges("w")
        forget_ranges(taken.ids)
        seen.append(len(taken.ids))
        return append(batch)

    monkeypatch.setattr(engine, "append_samples", looked_at)
    backfill_now(task, None, *DAY, clock=clock)
    assert stored() == {f"{hour:02}:{minute:02}": 2 for hour in range(20) for minute in (5, 35)}
    assert seen
    assert take_ranges("w").stretches == (DAY,)


def test_tasks_that_feed_each_other_come_to_rest(clock, monkeypatch) -> None:
    clock.set("02:00")
    largest = [{"name": "max", "sampling": {"value": 15, "unit": "minutes"}, "align_start_time": True}]
    for source, target in (("one", "two"), ("two", "one")):
        value = rollup(metric=source, aggregators=largest)
        value["rollups"][0]["save_as"] = target
        make(value, clock, key=target)
    put({"02:05": 1, "02:20": 5, "02:40": 2}, "one")
    for hour in (3, 4, 5):
        run_due(clock, f"{hour:02}:00")
    put({"02:06": 9}, "one")
    for hour in (6, 7, 8):
        run_due(clock, f"{hour:02}:00")
    assert stored("two") == {"02:00": 9, "02:15": 5, "02:30": 2}
    monkeypatch.setattr("apps.tasks.engine.insert_series", pytest.fail)
    assert run_due(clock, "09:00") == {"one": 0, "two": 0}


def test_each_task_repairs_what_it_computed_itself(clock) -> None:
    clock.set("05:00")
    chain(clock, ("raw", "early", 15))
    put({"06:05": 1, "09:05": 1})
    run_due(clock, "06:30")
    clock.set("09:00")
    chain(clock, ("raw", "late", 15))
    run_due(clock, "10:30")
    put({"06:06": 10, "09:06": 10})
    assert run_due(clock, "11:30") == {"early": 2, "late": 1}
    assert stored("early") == {"06:05": 11, "09:05": 11}
    assert stored("late") == {"09:05": 11}


def test_parts_of_a_task_that_build_on_each_other_are_repaired_in_one_run(clock) -> None:
    clock.set("09:40")
    value = rollup()
    second = rollup(minutes=60, metric="rolled")["rollups"][0]
    value["rollups"].append({**second, "save_as": "hours"})
    make(value, clock)
    put({"09:20": 5, "10:02": 1})
    run_at(clock, "10:40")
    put({"09:16": 1})
    run = run_at(clock, "11:40")
    assert stored("hours") == {"09:16": 6, "10:02": 1}
    assert told(run) == [("09:15", "09:30", 1), ("09:00", "10:00", 1)]
    assert [(one["part"], one["label"]) for one in run.repaired_ranges] == [(0, "raw"), (1, "rolled")]


# --- Parts that look beyond their periods ---


def test_what_depends_on_neighbouring_periods_is_repaired_with_them(
    clock, task, monkeypatch, computed
) -> None:
    """As of an average over the last half hour: a point changes what comes up to half an hour later."""

    def affected(self, start_ns, end_ns):
        return start_ns - 5 * MINUTE_NS, end_ns + 30 * MINUTE_NS

    monkeypatch.setattr(definitions.RollupPart, "affected", affected)
    put({"09:47": 1})
    run_at(clock, "11:40")
    # The run begins five minutes earlier; what lies from 09:42 to 10:17 is computed again, but not twice.
    assert computed == [("10:15", "11:45"), ("09:30", "10:15")]


# --- All of it ---


def wanted_sums(raw: dict[int, float], stretches: list[list[int]], minutes: int) -> dict[str, float]:
    """Sums of the periods that were ever computed, by a plain loop."""
    found: dict[int, tuple[int, float]] = {}
    for time_ns, value in sorted(raw.items()):
        if any(start <= time_ns < end for start, end in stretches):
            period = time_ns // (minutes * MINUTE_NS)
            first, total = found.get(period, (time_ns, 0.0))
            found[period] = (first, total + value)
    return {clock_of(time_ns): total for time_ns, total in found.values()}


@pytest.mark.parametrize("is_calm", [True, False], ids=["calm", "with faults and writes in between"])
@pytest.mark.parametrize("seed_of_run", range(6))
def test_any_order_of_events_ends_with_the_points_of_the_definition(
    clock, monkeypatch, seed_of_run: int, is_calm: bool
) -> None:
    rng = np.random.default_rng(seed_of_run)
    trouble = iter(()) if is_calm else iter(rng.random, None)
    minutes = int(rng.choice([15, 20, 60]))
    clock.set("03:00")
    task = make(rollup(minutes=minutes, every=(30, "minutes")), clock)
    raw: dict[int, float] = {}
    key = SeriesKey.of("raw", "default", {"host": "a"})

    def write() -> None:
        count = int(rng.integers(1, 6))
        latest = (clock() - DAY[0]) // MINUTE_NS
        times = DAY[0] + np.unique(rng.integers(0, max(latest + 5, 1), count)) * MINUTE_NS
        values = rng.integers(1, 100, len(times)).astype(float)
        insert_series([(key, Samples.of(times, values))])
        raw.update(zip(times.tolist(), values.tolist(), strict=True))

    def delete() -> None:
        first = DAY[0] + int(rng.integers(0, 20 * 60)) * MINUTE_NS
        last = first + int(rng.integers(1, 90)) * MINUTE_NS
        remove_points(resolve_series([key]), first, last)
        for time_ns in [one for one in raw if first <= one < last]:
            del raw[time_ns]

    def backfill() -> None:
        first = DAY[0] + int(rng.integers(0, 20 * 60)) * MINUTE_NS
        last = first + int(rng.integers(1, 200)) * MINUTE_NS
        # Whoever asked for it asks again.
        while not survives(lambda: backfill_now(task, None, first, last, clock=clock)):
            continue

    def run() -> None:
        clock.now_ns += int(rng.integers(1, 60)) * MINUTE_NS
        survives(lambda: run_scheduled("w", clock))

    def survives(step: Callable[[], object]) -> bool:
        try:
            step()
        except (Killed, ExecutionFault):
            return False
        return True

    def troubled(step: Callable[..., Any]) -> Callable[..., Any]:
        """A step before or after which something is written, or it fails, or all ends."""

        def taken(*args: Any, **kwargs: Any) -> Any:
            chance = next(trouble, 1.0)
            if chance < 0.1:
                raise Killed if chance < 0.05 else ExecutionFault("no luck")
            if chance < 0.3:
                (write if chance < 0.25 else delete)()
            found = step(*args, **kwargs)
            if 0.3 < chance < 0.6:
                (write if chance < 0.5 else delete)()
            if chance > 0.97 and not is_calm:
                raise Killed
            return found

        return taken

    def pause() -> None:
        task.refresh_from_db()
        set_enabled(task, None, enabled=not task.enabled, now_ns=clock())

    monkeypatch.setattr(definitions.RollupPart, "compute", troubled(definitions.RollupPart.compute))
    for name in ("take_ranges", "watch", "log_ranges", "forget_ranges"):
        monkeypatch.setattr(repairs, name, troubled(getattr(repairs, name)))
    monkeypatch.setattr("apps.tasks.engine.remove_points", troubled(remove_points))
    events = [write, write, write, delete, backfill, run, run, run, pause]
    for at in rng.integers(0, len(events), 40):
        if clock() < DAY[1] - 3 * HOUR_NS:
            events[at]()
    is_calm, trouble = True, iter(())
    set_enabled(task, None, enabled=True, now_ns=clock())
    clock.now_ns += 31 * MINUTE_NS
    assert run_scheduled("w", clock)
    assert not run_scheduled("w", clock)
    known = Progress.objects.get()
    # Periods filled ahead of the clock wait for their time.
    end_ns = clock() // (minutes * MINUTE_NS) * minutes * MINUTE_NS
    due = [[start, min(end, end_ns)] for start, end in known.computed]
    past = {time: total for time, total in stored().items() if time < clock_of(end_ns)}
    assert past == wanted_sums(raw, due, minutes)
    assert len(past) > 3
