"""Computing periods of a part and storing their points: whole, and the same however often it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from apps.algebra.series import Samples, SeriesKey, concat_samples
from apps.algebra.summaries import same as same_summaries
from apps.catalog.services import resolve_series
from apps.errors import LimitFault, TsError
from apps.store.ingest import insert_series
from apps.store.lateness import mark_series, remove_points
from apps.store.merge import exact_columns, last_write_wins
from apps.store.source import StoreSource
from apps.store.writer import append_samples
from apps.tasks.definitions import Part
from apps.tasks.leases import Hold
from apps.tasks.schedule import Window, period_edges

__all__ = ["Outcome", "Pace", "compute_periods", "first_pace", "in_words", "slices", "store_periods"]

#: Stretches of leftover points that are removed one by one; beyond that the whole window is rewritten.
_MOST_CUTS = 16
_OPEN_NS = 2**63 - 1
_NS_PER_S = 1_000_000_000
#: Less than this at a time is wasteful, more keeps a worker from what comes due.
_SHORT_NS, _LONG_NS = _NS_PER_S // 2, 2 * _NS_PER_S


@dataclass(frozen=True, slots=True)
class Outcome:
    """Points that periods have now, how many of them were written or removed to make it so, and how many
    periods were computed: those that retention has been at are not."""

    points: int = 0
    written: int = 0
    removed: int = 0
    periods: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.points + other.points,
            self.written + other.written,
            self.removed + other.removed,
            self.periods + other.periods,
        )


def compute_periods(
    part: Part, edges_ns: np.ndarray, *, now_ns: int
) -> Iterator[tuple[np.ndarray, dict[SeriesKey, Samples]]]:
    """The points of consecutive periods by series: (edges, points) for the whole, or for pieces of it.

    Pieces are made where a query over all periods would exceed a limit. Times rise in every series.
    """
    try:
        found = part.compute(edges_ns, now_ns=now_ns)
    except LimitFault:
        if len(edges_ns) == 2:
            raise
        middle = len(edges_ns) // 2
        yield from compute_periods(part, edges_ns[: middle + 1], now_ns=now_ns)
        yield from compute_periods(part, edges_ns[middle:], now_ns=now_ns)
        return
    parts: dict[SeriesKey, list[Samples]] = {}
    for key, samples in found:
        parts.setdefault(key, []).append(samples)
    yield edges_ns, {
        key: last_write_wins(concat_samples(exact_columns(some))) for key, some in parts.items()
    }


def store_periods(
    part: Part,
    edges_ns: np.ndarray,
    *,
    now_ns: int,
    may_write: Callable[[], None] = lambda: None,
) -> Outcome:
    """Compute periods and make the store hold exactly their points.

    What is stored already is not written again, and of earlier points of these periods none is left. New
    points come first and leftovers go afterwards: killed in between, both are there, and doing it again puts
    it right. ``may_write`` is called before each write and raises when this process may not any more; that of
    a task takes down what is stored for it.
    Periods from which retention has taken points, or may have, stay as they are: nothing else has them now.
    """
    done = Outcome()
    kept_from_ns = part.raw_kept_from_ns(now_ns)
    if kept_from_ns is not None:
        edges_ns = edges_ns[int(np.searchsorted(edges_ns, kept_from_ns)) :]
    if len(edges_ns) < 2:
        return done
    for edges, points in compute_periods(part, edges_ns, now_ns=now_ns):
        start_ns, end_ns = int(edges[0]) + part.shift_ns, int(edges[-1]) + part.shift_ns
        done += _replace(part, points, start_ns, end_ns, may_write) + Outcome(periods=len(edges) - 1)
        if isinstance(may_write, Hold):
            held = resolve_series(list(points), create=False, exact=part.exact_names)
            may_write.noted([one for one in held if one is not None], start_ns, end_ns)
    return done


@dataclass
class Pace:
    """How many periods to compute at a time, so that it takes about a second.

    Fewer at a time only help where the periods are what takes long. Where it is the number of series, or a
    machine with much else to do, all of a backfill would take longer for it: then it stays as it was.
    """

    periods: int = 256
    most: int = 100_000
    least: int = 1
    _before: tuple[int, int] | None = None

    def took(self, busy_ns: int) -> None:
        before, self._before = self._before, (self.periods, busy_ns)
        if busy_ns < _SHORT_NS:
            self.periods = min(self.periods * 4, self.most)
        elif busy_ns > _LONG_NS:
            if before is not None and before[0] > self.periods and busy_ns > before[1] // 2:
                self.periods = self.least = before[0]
            else:
                self.periods = max(self.periods // 4, self.least)


def first_pace(part: Part) -> Pace:
    """The pace to begin with: a script that runs for each period may take its time for every one."""
    return Pace() if part.together else Pace(8)


def slices(window: Window, part: Part, pace: Pace) -> Iterator[np.ndarray]:
    """Edges of the periods of a window, some at a time, oldest first."""
    at_ns = window.start_ns
    while at_ns < window.end_ns:
        reach_ns = min(at_ns + part.sampling.fixed_ns * pace.periods, window.end_ns) - 1
        edges = period_edges(at_ns, reach_ns, sampling=part.sampling, zone=part.zone)
        yield edges
        at_ns = int(edges[-1])


def in_words(fault: Exception) -> str:
    """What went wrong, for people."""
    if isinstance(fault, TsError):
        return "; ".join(fault.data.get("messages") or [fault.message])
    return f"{type(fault).__name__}: {fault}"


# --- Inside ---


def _replace(
    part: Part,
    points: dict[SeriesKey, Samples],
    start_ns: int,
    end_ns: int,
    may_write: Callable[[], None],
) -> Outcome:
    ids = dict(zip(points, resolve_series(list(points), create=False, exact=part.exact_names), strict=True))
    wanted = {series_id: points[key] for key, series_id in ids.items() if series_id is not None}
    stored_ids = sorted({*wanted, *(series_id for _, series_id in part.stored_series())})
    stored = dict(zip(stored_ids, StoreSource().read(stored_ids, start_ns, end_ns, exact=True), strict=True))
    total = sum(map(len, points.values()))
    fresh = [
        (key, samples)
        for key, samples in points.items()
        if ids[key] is None or not _holds(stored[ids[key]], samples)
    ]
    if fresh:
        may_write()
        part.claim([key for key, _ in fresh])
        insert_series(fresh, exact=part.exact_names)
    removed = 0
    for series_id, samples in stored.items():
        kept = wanted.get(series_id, Samples.empty())
        left = np.setdiff1d(samples.times_ns, kept.times_ns)
        if len(left):
            may_write()
            _remove(series_id, left, kept, start_ns, end_ns)
            removed += len(left)
    return Outcome(total, sum(len(samples) for _, samples in fresh), removed)


def _holds(stored: Samples, wanted: Samples) -> bool:
    """Whether all points wanted are stored, as they are."""
    if not len(wanted):
        return True
    at = np.searchsorted(stored.times_ns, wanted.times_ns)
    if not len(stored) or int(at[-1]) >= len(stored):
        return False
    (here, there) = exact_columns([stored.take(at), wanted])
    if not np.array_equal(here.times_ns, there.times_ns):
        return False
    if not np.array_equal(here.values, there.values, equal_nan=True):
        return False
    if not same_summaries(here.summaries, there.summaries):
        return False
    return all(
        _same(getattr(here, name), getattr(there, name), blank)
        for name, blank in (("kinds", 0), ("ints", 0), ("texts", None))
    )


def _same(here: np.ndarray | None, there: np.ndarray | None, blank: object) -> bool:
    if here is None or there is None:
        known = there if here is None else here
        return known is None or all(one == blank for one in known.tolist())
    return bool(np.array_equal(here, there))


def _remove(series_id: int, left: np.ndarray, wanted: Samples, start_ns: int, end_ns: int) -> None:
    """Remove leftovers of one series, which lie between points that stay."""
    # Leftovers with no wanted point between them go together.
    between = np.searchsorted(wanted.times_ns, left)
    first = np.flatnonzero(np.r_[True, between[1:] != between[:-1]])
    last = np.r_[first[1:], len(left)] - 1
    if len(first) > _MOST_CUTS:
        # Many single points: put the whole window down again instead.
        remove_points([series_id], start_ns, end_ns)
        append_samples({series_id: wanted})
        # Who computes from these points may have looked while they were gone.
        mark_series([series_id], start_ns, end_ns)
        return
    for lo, hi in zip(left[first].tolist(), left[last].tolist(), strict=True):
        remove_points([series_id], lo, min(hi + 1, _OPEN_NS))
