"""Saving a series of a chart as a metric: a look at what would be stored, then the task that stores it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.series import Samples, SeriesKey
from apps.errors import LimitFault, TsError
from apps.queries.chart_metric import ChartMetric, refused
from apps.queries.chart_metric_run import section_series
from apps.queries.chart_window import Reason
from apps.tasks.chart_parts import KIND, ChartPart, checked_chart_metric, describe_metric, new_key
from apps.tasks.engine import compute_periods
from apps.tasks.models import Task
from apps.tasks.schedule import MAX_PERIODS, period_edges
from apps.tasks.services import put_task

__all__ = ["DryRun", "dry_run", "save_chart_metric"]

#: What a dry run computes at most while somebody waits; of longer stretches it looks at the newest periods.
MOST_LOOKED_AT, _PATIENCE_S = 2_000_000, 8.0
_FIRST_PERIODS = 64


@dataclass(frozen=True)
class DryRun:
    """What a definition would store for a stretch of time.

    ``drawn``  points of the same series drawn over the whole stretch at once; ``equal``: those of them that
    would be stored with the same number. ``computed_from_ns``: later than ``start_ns`` where all is too much.
    """

    metric: ChartMetric
    periods: int
    start_ns: int
    end_ns: int
    computed_from_ns: int
    series: tuple[tuple[SeriesKey, Samples], ...]
    drawn: int
    equal: int

    @property
    def points(self) -> int:
        return sum(len(samples) for _, samples in self.series)


def dry_run(value: Any, start_ns: int, end_ns: int, *, key: str | None = None, now_ns: int) -> DryRun:
    """Compute what would be stored, period by period, beside one drawing of the stretch; nothing is written.

    An ArgumentFault with all reasons where the definition is refused.
    """
    metric = checked_chart_metric(value, key=key, now_ns=now_ns)
    part = ChartPart(metric, key, now_ns)
    edges_ns = _edges(metric, start_ns, end_ns)
    periods = len(edges_ns) - 1
    parts: dict[SeriesKey, list[Samples]] = {}
    count, left, size = 0, periods, _FIRST_PERIODS
    deadline = time.monotonic() + _PATIENCE_S
    while left and count < MOST_LOOKED_AT and time.monotonic() < deadline:
        some = edges_ns[max(left - size, 0) : left + 1]
        for _, points in compute_periods(part, some, now_ns=now_ns):
            for one, samples in points.items():
                parts.setdefault(one, []).append(samples)
                count += len(samples)
        left = max(left - size, 0)
        size *= 4
    first_ns, last_ns = int(edges_ns[left]), int(edges_ns[-1])
    found = {one: _joined(pieces) for one, pieces in parts.items()}
    drawn, equal = _compared(metric, found, first_ns, last_ns, now_ns)
    series = tuple(sorted(found.items(), key=lambda item: item[0][:3]))
    return DryRun(metric, periods, int(edges_ns[0]), last_ns, first_ns, series, drawn, equal)


def save_chart_metric(value: dict[str, Any], user: Any, *, key: str | None = None, now_ns: int) -> Task:
    """The task that stores a series from now on; an ArgumentFault with all reasons where it is refused.

    ``key``: of the task whose definition it becomes instead of the one it had.
    """
    metric = checked_chart_metric(value, key=key, now_ns=now_ns)
    key = key or new_key()
    kept = {name: one for name, one in value.items() if name != "id"}
    task = put_task(KIND, key, metric.name, kept, every=metric.every, user=user, now_ns=now_ns)
    describe_metric(metric, key)
    return task


# --- Inside ---


def _edges(metric: ChartMetric, start_ns: int, end_ns: int) -> np.ndarray:
    if end_ns <= start_ns:
        raise refused([Reason("end", "the end must be after the start")])
    try:
        return period_edges(start_ns, end_ns - 1, sampling=metric.sampling, zone=metric.zone)
    except LimitFault as fault:
        asked = fault.data.get("asked")
        message = f"{asked} periods of {metric.sampling}, more than the limit of {MAX_PERIODS}"
        raise refused([Reason("start", message, "a shorter stretch, or every = 1 day")]) from None


def _joined(pieces: list[Samples]) -> Samples:
    """Pieces that were computed newest first, in order of time."""
    times_ns = np.concatenate([one.times_ns for one in pieces[::-1]])
    values = np.concatenate([one.values for one in pieces[::-1]])
    order = np.argsort(times_ns, kind="stable")
    return Samples(times_ns[order], values[order])


def _compared(
    metric: ChartMetric, found: dict[SeriesKey, Samples], start_ns: int, end_ns: int, now_ns: int
) -> tuple[int, int]:
    """How many points a drawing of the whole stretch has, and how many of them are the same."""
    try:
        whole = section_series(metric, start_ns, end_ns, now_ns=now_ns, as_drawn=True)
    except TsError:
        return 0, 0
    drawn = equal = 0
    for key, series in whole:
        held = series.samples.between(start_ns, end_ns)
        sound = np.isfinite(held.values)
        times_ns, values = held.times_ns[sound], held.values[sound]
        stored = found.get(key, Samples.empty())
        at = np.searchsorted(stored.times_ns, times_ns)
        there = at < len(stored)
        there[there] = stored.times_ns[at[there]] == times_ns[there]
        drawn += len(times_ns)
        equal += int(np.count_nonzero(stored.values[at[there]] == values[there]))
    return drawn, equal
