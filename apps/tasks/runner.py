"""Running what is due: scheduled runs first, then a slice of a backfill. Any number of workers may do so."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import numpy as np
from django.db.models import F
from django.utils import timezone

from apps.algebra.periods import Period
from apps.errors import TsError
from apps.tasks.definitions import Definition, Part, definition_of
from apps.tasks.engine import Outcome, Pace, first_pace, in_words, slices, store_periods
from apps.tasks.leases import LeaseLost, free_to_claim, leased, try_lease
from apps.tasks.models import Backfill, Progress, Run, Task
from apps.tasks.repairs import (
    MOST_SHOWN,
    begin_backfill,
    begin_run,
    progress_of,
    repair,
    stop_watching,
)
from apps.tasks.rights import missing_rights
from apps.tasks.schedule import Window, fire_after, period_edges, run_window

__all__ = ["next_due_ns", "run_backfill_slice", "run_one", "run_scheduled"]

logger = logging.getLogger("tsweb.tasks")

Clock = Callable[[], int]
_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000
#: A plan made by a clock so far ahead was made before the clock went back.
_CLOCK_WENT_BACK_NS = 60 * _NS_PER_S
_RUNS_KEPT = 200
_CANDIDATES = 20


_paces: dict[int, Pace] = {}


def run_one(holder: str, clock: Clock = time.time_ns) -> bool:
    """Run the task that has been due for longest, else a slice of a backfill; False if there was nothing."""
    return run_scheduled(holder, clock) or run_backfill_slice(holder, clock)


def next_due_ns() -> int | None:
    """When the next run is due."""
    due = Task.objects.filter(enabled=True).order_by("next_run_ns").values_list("next_run_ns", flat=True)
    return due.first()


def run_scheduled(holder: str, clock: Clock = time.time_ns) -> bool:
    """Claim a due task and run it; False if none was to be had."""
    now_ns = clock()
    _plan_again(now_ns)
    due = Task.objects.filter(free_to_claim(now_ns), enabled=True, next_run_ns__lte=now_ns)
    for task in due.select_related("owner").order_by("next_run_ns", "pk")[:_CANDIDATES]:
        conditions = {"enabled": True, "next_run_ns": task.next_run_ns, "revision": task.revision}
        if not try_lease(task.pk, holder, now_ns, **conditions):
            continue
        try:
            with leased(task, holder) as may_write:
                _run(task, holder, now_ns, clock, may_write)
        except LeaseLost as loss:
            logger.info("%s", loss)
            _leave(task)
        return True
    return False


def run_backfill_slice(holder: str, clock: Clock = time.time_ns) -> bool:
    """Compute the next periods of the backfill that waited longest; False if none was to be had."""
    waiting = Backfill.objects.filter(state__in=_GOING).select_related("task__owner")
    for backfill in waiting.order_by("changed_at", "pk")[:_CANDIDATES]:
        task = backfill.task
        if not try_lease(task.pk, holder, clock(), revision=task.revision):
            continue
        try:
            with leased(task, holder) as may_write:
                # What was read before the lease may have moved on since.
                backfill.refresh_from_db()
                if backfill.state in _GOING:
                    _slice(backfill, task, clock, may_write)
                    return True
        except (LeaseLost, Backfill.DoesNotExist) as loss:
            logger.info("%s", loss)
            _leave(task)
    return False


# --- Inside: scheduled runs ---

_GOING = (Backfill.State.WAITING, Backfill.State.RUNNING)


def _plan_again(now_ns: int) -> None:
    """After the clock went back, tasks are not left waiting for a time that was planned by the old one."""
    for task in Task.objects.filter(enabled=True, planned_ns__gt=now_ns + _CLOCK_WENT_BACK_NS):
        try:
            every = definition_of(task, now_ns).every
        except TsError:
            every = Period(1, "minute")
        _plan_next(task, every, now_ns, holder=task.holder)


def _plan_next(task: Task, every: Period, now_ns: int, *, holder: str) -> None:
    at_ns = fire_after(now_ns, anchor_ns=task.anchor_ns, every=every)
    mine = Task.objects.filter(pk=task.pk, revision=task.revision, holder=holder)
    mine.update(next_run_ns=at_ns, planned_ns=now_ns)


def _run(task: Task, holder: str, now_ns: int, clock: Clock, may_write: Callable[[], None]) -> None:
    reason = missing_rights(task)
    if reason:
        Task.objects.filter(pk=task.pk, revision=task.revision).update(enabled=False, stopped_because=reason)
        return
    # Whoever ran it before is gone: the lease was free.
    task.runs.filter(state=Run.State.RUNNING).update(state=Run.State.LOST, ended_ns=now_ns)
    run = Run.objects.create(task=task, holder=holder, due_ns=task.next_run_ns, started_ns=now_ns)
    every = Period(1, "hour")
    errors: list[str] = []
    try:
        definition = definition_of(task, now_ns)
        every = definition.every
        for at in range(len(definition.parts)):
            _run_part(task, definition, at, run, errors, clock, may_write)
    except TsError as fault:
        errors.append(in_words(fault))
    may_write()
    run.ended_ns = clock()
    run.state = Run.State.FAILED if errors else Run.State.DONE
    run.error = "\n".join(errors)
    run.save()
    _forget_old_runs(task)
    _plan_next(task, every, max(clock(), now_ns), holder=holder)


def _run_part(
    task: Task,
    definition: Definition,
    at: int,
    run: Run,
    errors: list[str],
    clock: Clock,
    may_write: Callable[[], None],
) -> None:
    """Run one part and note how it went; a part that fails does not keep the others from running."""
    part, now_ns = definition.parts[at], run.started_ns
    progress = progress_of(task, at)
    next_ns = fire_after(now_ns, anchor_ns=task.anchor_ns, every=definition.every)
    began = time.monotonic_ns()
    done, found = Outcome(), []
    try:
        window = _window(task, definition, part, progress, now_ns)
        may_write()
        taken = begin_run(progress, part, window, now_ns, is_watching=definition.repairs)
        pace = first_pace(part)
        for edges in slices(window, part, pace):
            started = time.monotonic_ns()
            done += store_periods(part, edges, now_ns=now_ns, may_write=may_write)
            pace.took(time.monotonic_ns() - started)
        progress.last_ok_ns = now_ns
        repairs = repair(
            progress, part, taken, window,
            now_ns=now_ns, may_write=may_write, is_time_up=lambda: clock() >= next_ns,
        )  # fmt: skip
        done += repairs.outcome
        found += repairs.errors
        run.repaired += repairs.outcome.periods
        run.repaired_ranges = [*run.repaired_ranges, *repairs.stretches][:MOST_SHOWN]
    except LeaseLost:
        raise
    except Exception as fault:
        found.append(in_words(fault))
        if not isinstance(fault, TsError):
            logger.exception("task %s failed", task.pk)
    may_write()
    run.points += done.points
    errors += [f"{part.label}: {error}" for error in found]
    progress.label, progress.error, progress.points = part.label, "\n".join(found), done.points
    progress.length_ms = (time.monotonic_ns() - began) // _NS_PER_MS
    progress.save()


def _window(task: Task, definition: Definition, part: Part, progress: Progress, now_ns: int) -> Window:
    """What a scheduled run of a part computes, late data apart."""
    last_ns = progress.begun_ns if progress.last_ok_ns is None else progress.last_ok_ns
    if last_ns is None and (newest_ns := part.newest_ns()) is not None:
        # Points may be stamped behind their period.
        last_ns = newest_ns - part.shift_ns
    window = run_window(
        now_ns, last_ns, every=definition.every, sampling=part.sampling, zone=part.zone,
        first_due_ns=fire_after(task.anchor_ns, anchor_ns=task.anchor_ns, every=definition.every),
    )  # fmt: skip
    # Where points depend on what comes after them, those of the end of the last run have changed since.
    start_ns = min(part.affected(window.start_ns, window.end_ns)[0], window.start_ns)
    first = period_edges(start_ns, start_ns, sampling=part.sampling, zone=part.zone)
    return Window(int(first[0]), window.end_ns)


def _leave(task: Task) -> None:
    """A task that is gone watches nothing any more, whatever was begun before that was seen."""
    if not Task.objects.filter(pk=task.pk).exists():
        stop_watching(task.pk)


def _forget_old_runs(task: Task) -> None:
    kept = list(task.runs.values_list("pk", flat=True)[_RUNS_KEPT : _RUNS_KEPT + 1])
    if kept:
        task.runs.filter(pk__lte=kept[0]).delete()


# --- Inside: backfills ---


def _slice(backfill: Backfill, task: Task, clock: Clock, may_write: Callable[[], None]) -> None:
    began = time.monotonic_ns()
    try:
        reason = missing_rights(task)
        if not reason and backfill.revision != task.revision:
            reason = "the task was changed meanwhile; start another backfill for its new definition"
        if reason:
            _end(backfill, Backfill.State.FAILED, reason)
            return
        definition = definition_of(task, clock())
        part = definition.parts[backfill.part]
        whole = period_edges(
            backfill.start_ns, backfill.end_ns - 1, sampling=part.sampling, zone=part.zone
        )
        pace = _paces.setdefault(backfill.pk, first_pace(part))
        hi = len(whole) - 1
        if backfill.reached_ns is not None:
            hi = int(np.searchsorted(whole, backfill.reached_ns))
        lo = max(hi - pace.periods, 0)
        may_write()
        begin_backfill(
            task, backfill.part, part, whole[lo : hi + 1], clock(), is_watching=definition.repairs
        )
        done = store_periods(part, whole[lo : hi + 1], now_ns=clock(), may_write=may_write)
    except LeaseLost:
        raise
    except Exception as fault:
        if not isinstance(fault, TsError):
            logger.exception("backfill %s failed", backfill.pk)
        _end(backfill, Backfill.State.FAILED, in_words(fault))
        return
    busy_ns = time.monotonic_ns() - began
    pace.took(busy_ns)
    may_write()
    _note_slice(backfill, task, done, int(whole[lo]), hi - lo, busy_ns, is_part_done=lo == 0, clock=clock)


def _note_slice(
    backfill: Backfill,
    task: Task,
    done: Outcome,
    reached_ns: int,
    periods: int,
    busy_ns: int,
    *,
    is_part_done: bool,
    clock: Clock,
) -> None:
    going = Backfill.objects.filter(pk=backfill.pk)
    part, reached = backfill.part, reached_ns
    fields: dict[str, object] = {
        "periods_done": F("periods_done") + periods,
        "points": F("points") + done.points,
        "busy_ns": F("busy_ns") + busy_ns,
        "changed_at": timezone.now(),
    }
    if is_part_done:
        part, reached = part + 1, None
    going.update(part=part, reached_ns=reached, **fields)
    if part == len(definition_of(task, clock()).parts):
        _paces.pop(backfill.pk, None)
        going.exclude(state=Backfill.State.CANCELLED).update(state=Backfill.State.DONE)
        return
    # Paused or cancelled meanwhile, it stays so.
    going.filter(state__in=_GOING).update(state=Backfill.State.RUNNING)


def _end(backfill: Backfill, state: str, error: str) -> None:
    _paces.pop(backfill.pk, None)
    Backfill.objects.filter(pk=backfill.pk, state__in=_GOING).update(state=state, error=error)
