"""Computing again what late samples changed: what was ever computed, what is late in it, and doing it.

Before any period is computed it is noted as computed, and the part watches its metrics (see
``apps.store.lateness``) up to the period that the clock stands in: that one and all after it are the
schedule's, whose next run begins with it. So at any moment, killed or not, each computed period is either as
its samples are, or has a range logged in it, or lies where the next run will go.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from apps.errors import TsError
from apps.store.lateness import Taken, forget_ranges, log_ranges, take_ranges, unwatch, watch
from apps.store.stretches import Stretch, bounded, common, merged, without
from apps.tasks.definitions import Part
from apps.tasks.engine import Outcome, first_pace, in_words, slices, store_periods
from apps.tasks.leases import LeaseLost
from apps.tasks.models import Progress, Task
from apps.tasks.schedule import Window, period_edges

__all__ = [
    "MOST_SHOWN", "Repairs", "begin_backfill", "begin_run", "progress_of", "repair", "stop_watching",
]  # fmt: skip

logger = logging.getLogger("tsweb.tasks")

#: Stretches that a run tells of.
MOST_SHOWN = 100
#: Stretches of computed periods that are kept apart; beyond that the smallest holes count as computed.
_MOST_COMPUTED = 256
_EVER: Stretch = (-(2**63), 2**63 - 1)


@dataclass
class Repairs:
    """What a run computed again: stretches as a page shows them, and what became of them."""

    stretches: list[dict[str, int | str]] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Outcome)
    errors: list[str] = field(default_factory=list)


def progress_of(task: Task, at: int) -> Progress:
    """How far a part has got. What was computed by another definition does not count as computed."""
    found = Progress.objects.filter(task=task, part=at).first() or Progress(task=task, part=at)
    if found.computed_hash != task.definition_hash:
        found.computed, found.computed_hash, found.begun_ns = [], task.definition_hash, None
    return found


def begin_run(progress: Progress, part: Part, window: Window, now_ns: int, *, is_watching: bool) -> Taken:
    """Note that a run is about to compute a window; returns what came late up to here."""
    before = (progress.last_ok_ns, progress.begun_ns)
    if progress.last_ok_ns is None and progress.begun_ns is None:
        # Killed in the middle, it would go on behind what it stored last, and miss what came late before.
        progress.begun_ns = window.start_ns
    elif progress.last_ok_ns is not None and progress.last_ok_ns > now_ns:
        # The clock went back: the next run goes on from here even if this one fails.
        progress.last_ok_ns = now_ns
    is_changed = before != (progress.last_ok_ns, progress.begun_ns)
    _note_computed(progress, part, (window.start_ns, window.end_ns), is_changed=is_changed)
    watcher = _watcher(progress)
    if not is_watching:
        unwatch(watcher)
        return Taken()
    watch(watcher, part.source_metrics(), _line(part, now_ns))
    return take_ranges(watcher)


def begin_backfill(
    task: Task, at: int, part: Part, edges_ns: np.ndarray, now_ns: int, *, is_watching: bool
) -> None:
    """Note that a backfill is about to compute periods."""
    progress = progress_of(task, at)
    start_ns, end_ns = int(edges_ns[0]), int(edges_ns[-1])
    _note_computed(progress, part, (start_ns, end_ns))
    if not is_watching:
        return
    watcher, line_ns = _watcher(progress), _line(part, now_ns)
    watch(watcher, part.source_metrics(), line_ns, may_lower=False)
    if end_ns > line_ns:
        # These are not over yet. The schedule will come by, unless it is switched off meanwhile.
        log_ranges({watcher: [(max(start_ns, line_ns), end_ns)]})


def stop_watching(task_pk: int) -> None:
    """Nothing is late any more for a task that is gone."""
    unwatch(_prefix(task_pk))


def repair(
    progress: Progress,
    part: Part,
    taken: Taken,
    window: Window,
    *,
    now_ns: int,
    may_write: Callable[[], None],
    is_time_up: Callable[[], bool],
) -> Repairs:
    """Compute again the periods before a run's window in which something is late; its own are done.

    What lies behind the window waits for its time. What fails, or is left when the next run is due, stays
    logged for that one.
    """
    done = Repairs()
    if not taken.ids:
        return done
    late = common((part.affected(*one) for one in taken.stretches), progress.computed)
    late = without(late, [(window.start_ns, window.end_ns)])
    left = common(late, [(window.end_ns, _EVER[1])])
    is_over = False
    for start_ns, end_ns in _whole_periods(part, common(late, [(_EVER[0], window.start_ns)])):
        if is_over:
            left.append((start_ns, end_ns))
            continue
        reached_ns = _repair_one(done, progress, part, (start_ns, end_ns), now_ns, may_write, is_time_up)
        left.append((reached_ns, end_ns))
        is_over = is_time_up()
    may_write()
    # First the new rows, then the old ones: killed in between, something is computed once more.
    log_ranges({_watcher(progress): merged(left)})
    forget_ranges(taken.ids)
    return done


# --- Inside ---


def _prefix(task_pk: int) -> str:
    return f"task:{task_pk}:"


def _watcher(progress: Progress) -> str:
    return f"{_prefix(progress.task_id)}{progress.part}:"


def _line(part: Part, now_ns: int) -> int:
    """Start of the period that the clock stands in."""
    return int(period_edges(now_ns, now_ns, sampling=part.sampling, zone=part.zone)[0])


def _note_computed(
    progress: Progress, part: Part, stretch: Stretch, *, is_changed: bool = False
) -> None:
    computed = bounded([*progress.computed, stretch], _MOST_COMPUTED)
    known = [list(one) for one in computed]
    if is_changed or progress.pk is None or known != progress.computed:
        progress.computed, progress.label = known, part.label
        progress.save()


def _whole_periods(part: Part, stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same, grown to whole periods."""
    found = []
    for start_ns, end_ns in stretches:
        first = period_edges(start_ns, start_ns, sampling=part.sampling, zone=part.zone)
        last = period_edges(end_ns - 1, end_ns - 1, sampling=part.sampling, zone=part.zone)
        found.append((int(first[0]), int(last[-1])))
    return merged(found)


def _repair_one(
    done: Repairs,
    progress: Progress,
    part: Part,
    stretch: Stretch,
    now_ns: int,
    may_write: Callable[[], None],
    is_time_up: Callable[[], bool],
) -> int:
    """Compute one stretch again; returns how far it got."""
    at_ns, pace, periods = stretch[0], first_pace(part), 0
    try:
        for edges in slices(Window(*stretch), part, pace):
            began = time.monotonic_ns()
            outcome = store_periods(part, edges, now_ns=now_ns, may_write=may_write)
            pace.took(time.monotonic_ns() - began)
            done.outcome += outcome
            periods += outcome.periods
            at_ns = int(edges[-1])
            if is_time_up():
                break
    except LeaseLost:
        raise
    except Exception as fault:
        done.errors.append(f"computing again after late data: {in_words(fault)}")
        if not isinstance(fault, TsError):
            logger.exception("task %s failed", progress.task_id)
    if periods:
        done.stretches.append(
            {
                "part": progress.part, "label": part.label,
                "start_ns": stretch[0], "end_ns": at_ns, "periods": periods,
            }
        )  # fmt: skip
    return at_ns
