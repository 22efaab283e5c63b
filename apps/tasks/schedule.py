"""When a task runs, which stretch of time a run works on, and how that falls into periods.

Pure arithmetic: the clock and the state of a task are arguments. Periods are counted from 1970 on the wall
clock of a zone, so that they do not depend on when a task was made or a server started.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.algebra.periods import Period, calendar_edges, check_step, fixed_edges
from apps.algebra.times import MAX_TIME_NS, NS_PER_DAY, add_units, clamp_time

__all__ = ["MAX_PERIODS", "Window", "fire_after", "period_edges", "run_window"]

#: Periods of one run or backfill; more than this is a mistake, not a wish.
MAX_PERIODS = 1_000_000
#: 1970-01-01 was a Thursday; weeks are counted from the Monday before.
_FIRST_MONDAY_LOCAL_NS = -3 * NS_PER_DAY


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open stretch of time made of whole periods."""

    start_ns: int
    end_ns: int


def fire_after(after_ns: int, *, anchor_ns: int, every: Period) -> int:
    """The first time after ``after_ns`` among ``anchor_ns`` plus whole multiples of ``every``, in UTC.

    Multiples are counted from the anchor, so that the 31st comes back after a short month. Times that passed
    while a run took long, or while nothing ran, are left out; a clock that went back finds earlier multiples.
    """
    check_step(every)
    after_ns = clamp_time(after_ns)
    count = (after_ns - anchor_ns) // every.fixed_ns
    while _fire(anchor_ns, every, count) > after_ns:
        count -= 1
    while (at_ns := _fire(anchor_ns, every, count)) <= after_ns and at_ns < MAX_TIME_NS:
        count += 1
    return at_ns


def run_window(
    now_ns: int,
    last_ns: int | None,
    *,
    every: Period,
    sampling: Period,
    zone: str,
    first_due_ns: int | None = None,
) -> Window:
    """What a scheduled run works on: from the period that holds the last run to the one that holds now.

    Without an earlier run it reaches back by ``every`` and one period, from now or from when the first run
    was due (``first_due_ns``), so that a first run that came late or failed leaves no hole. At least one
    period; where the clock went back behind the last run, the period that holds now.
    """
    if last_ns is None:
        first_ns = now_ns if first_due_ns is None else min(now_ns, first_due_ns)
        start_ns = add_units(first_ns, -int(every.count), every.unit)
        start_ns = add_units(start_ns, -int(sampling.count), sampling.unit)
    else:
        start_ns = min(last_ns, now_ns)
    first = period_edges(start_ns, start_ns, sampling=sampling, zone=zone)
    last = period_edges(now_ns, now_ns, sampling=sampling, zone=zone)
    return Window(int(first[0]), int(last[-1]))


def period_edges(
    first_ns: int, last_ns: int, *, sampling: Period, zone: str, most: int = MAX_PERIODS
) -> np.ndarray:
    """Edges of the periods from the one that holds ``first_ns`` to the one that holds ``last_ns``.

    Day and longer are steps of the calendar in ``zone``; shorter ones are lengths, counted from where the
    zone's clock showed 1970-01-01T00:00. LimitFault for more than ``most`` periods.
    """
    check_step(sampling)
    first_ns, last_ns = clamp_time(first_ns), clamp_time(last_ns)
    if not sampling.is_calendar:
        return fixed_edges(sampling, 0, zone, first_ns, last_ns, most)
    base_local = _FIRST_MONDAY_LOCAL_NS if sampling.unit == "week" else 0
    # The spare steps on either side don't count.
    edges = calendar_edges(sampling, base_local, zone, first_ns, last_ns, most + 3)
    lo = max(int(np.searchsorted(edges, first_ns, side="right")) - 1, 0)
    hi = int(np.searchsorted(edges, last_ns, side="right"))
    return edges[lo : hi + 1]


# --- Inside ---


def _fire(anchor_ns: int, every: Period, count: int) -> int:
    return add_units(anchor_ns, int(every.count) * count, every.unit)
