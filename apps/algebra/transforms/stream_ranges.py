"""Ranges of a stream: where they begin, which points they hold, and the time that stands for each.

Ranges count from an origin O: the start of the query, moved back to a natural boundary if they are aligned.
Range n is ``[O + n * period, O + (n + 1) * period)`` for every n, also before O. Day and longer are calendar
steps in the zone, counted from O itself (31 January and one month is 29 February, and two are 31 March).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from apps.algebra.buckets import bucket_bounds
from apps.algebra.periods import MAX_POINTS, Period, calendar_edges, check_step, fixed_edges
from apps.algebra.registry import Param
from apps.algebra.series import Series
from apps.algebra.times import (
    NS_PER_SECOND,
    clamp_time,
    floor_local,
    floor_unit,
    local_to_utc,
    utc_to_local,
)
from apps.algebra.transforms.stream_points import stream_labels

__all__ = [
    "MILLISECOND", "AlignSampling", "Origin", "QueryStart", "Ranges", "Sampling", "Stamp", "origin_of",
    "range_edges", "ranges_of",
]  # fmt: skip

MILLISECOND = Period(1, "millisecond")

Sampling = Annotated[Period, Param("length of a range")]
QueryStart = Annotated[int, Param("start of the query, where ranges count from", unit="ns UTC")]
AlignSampling = Annotated[
    bool,
    Param("count from the start of the year, month, ISO week or day (of the second for milliseconds)"),
]
Stamp = Annotated[
    Literal["first", "start", "end"],
    Param(
        "the time of a result: that of the first point, or start or end of the range",
        choices=("first", "start", "end"),
    ),
]
Origin = Annotated[int | None, Param("count from this time instead of the query's start", unit="ns UTC")]

_ALIGNED_TO = {
    "hour": "day", "minute": "day", "second": "day", "day": "day", "week": "week", "month": "month",
    "quarter": "quarter", "year": "year",
}  # fmt: skip
#: More ranges than this, and more than a quarter of the points: only those that hold points are made. From
#: here on a step is short enough for plain arithmetic on int64.
_SPARSE = 5000


@dataclass(frozen=True, eq=False)
class Ranges:
    """The ranges that hold points: points ``[lo[i], hi[i])``, times ``[starts_ns[i], ends_ns[i])``."""

    lo: np.ndarray
    hi: np.ndarray
    starts_ns: np.ndarray
    ends_ns: np.ndarray

    def __len__(self) -> int:
        return len(self.lo)

    def stamps(self, stamp: str, times_ns: np.ndarray, *, last: bool = False) -> np.ndarray:
        """The time of each range's result; without alignment that of its first (or last) point."""
        if stamp == "start":
            return self.starts_ns
        if stamp == "end":
            return self.ends_ns
        return times_ns[self.hi - 1 if last else self.lo]


def origin_of(
    series: Series, period: Period, start_ns: int, align_sampling: bool, origin_ns: int | None, zone: str
) -> int:
    """Where the ranges of a stream count from; the start of the query moves as far as the stream did."""
    start = start_ns + stream_labels(series).shift_ns if origin_ns is None else origin_ns
    start = clamp_time(start)
    if not align_sampling:
        return start
    unit = _ALIGNED_TO.get(period.unit)
    # Seconds begin together in every zone; a reading of the wall clock may be ambiguous.
    return start - start % NS_PER_SECOND if unit is None else floor_unit(start, unit, zone)


def range_edges(
    period: Period,
    origin_ns: int,
    zone: str,
    low_ns: int,
    high_ns: int,
    max_points: int = MAX_POINTS,
    *,
    aligned: bool = False,
) -> np.ndarray:
    """Edges of the ranges from the one that holds ``low_ns`` to the one that holds ``high_ns``.

    ``aligned``: the origin is a natural boundary (``origin_of``).
    """
    check_step(period)
    if not period.is_calendar:
        return fixed_edges(period, origin_ns, "UTC", low_ns, high_ns, max_points)
    base = utc_to_local(np.array([origin_ns], np.int64), zone)
    if aligned:
        # A day whose midnight the clock skipped begins later; the days after it don't.
        base = floor_local(base, _ALIGNED_TO[period.unit])
    edges = calendar_edges(period, int(base[0]), zone, low_ns, high_ns, max_points)
    # An origin in the second of two equal hours would be taken for the first.
    edges[edges == local_to_utc(base, zone)[0]] = origin_ns
    first = max(int(np.searchsorted(edges, low_ns, side="right")) - 1, 0)
    last = int(np.searchsorted(edges, high_ns, side="right"))
    kept = edges[first : last + 1]
    return kept if last < len(edges) else np.append(kept, np.iinfo(np.int64).max)


def ranges_of(
    series: Series,
    times_ns: np.ndarray,
    *,
    period: Period,
    start_ns: int,
    align_sampling: bool = True,
    origin_ns: int | None = None,
    zone: str = "UTC",
) -> Ranges:
    """The ranges that hold some of the times (those of the stream's points, or of a part of them)."""
    check_step(period)
    origin = origin_of(series, period, start_ns, align_sampling, origin_ns, zone)
    if len(times_ns) == 0:
        none = np.empty(0, np.int64)
        return Ranges(none, none, none, none)
    low, high = int(times_ns[0]), int(times_ns[-1])
    if period.is_calendar or (high - low) // period.fixed_ns <= len(times_ns) // 4 + _SPARSE:
        edges = range_edges(period, origin, zone, low, high, max_points=0, aligned=align_sampling)
        lo, hi = bucket_bounds(times_ns, edges[:-1], edges[1:])
        held = np.flatnonzero(hi > lo)
        return Ranges(lo[held], hi[held], edges[held], edges[held + 1])
    step = period.fixed_ns
    # t - O may not fit; remainders do.
    within = np.mod(np.mod(times_ns, step) - origin % step, step)
    begins = times_ns - within
    fresh = np.ones(len(begins), bool)
    np.not_equal(begins[1:], begins[:-1], out=fresh[1:])
    lo = np.flatnonzero(fresh)
    return Ranges(lo, np.append(lo[1:], len(times_ns)), begins[lo], begins[lo] + step)
