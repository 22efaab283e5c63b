"""What the points of a stream were rolled up from, and what the results of ranges can be merged from."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from apps.algebra.registry import Param
from apps.algebra.series import Samples, Series
from apps.algebra.summaries import (
    COUNTER,
    DEVIATION,
    MEAN,
    blank,
    merge,
    of_counters,
    of_moments,
    overlaps,
    own_counters,
    own_moments,
    summarise,
)
from apps.algebra.transforms.stream_points import is_text, points
from apps.algebra.transforms.stream_ranges import Ranges

__all__ = ["Mergeable", "mergeable_of", "moments_of", "rolled_up"]

Mergeable = Annotated[
    bool,
    Param(
        "leave beside each result what it can be merged from: moments of avg and deviation; of first, last"
        " and max the counter, where the stream is one series"
    ),
]
_COUNTERS = frozenset({"first", "last", "max"})


def rolled_up(series: Series, use: str) -> np.ndarray | None:
    """What the points of a stream were rolled up from, if that is to be used."""
    return None if use == "ignore" or is_text(series) else points(series).summaries


def mergeable_of(
    statistic: str, series: Series, held: Samples, ranges: Ranges, summaries: np.ndarray | None
) -> np.ndarray | None:
    """What the results of a statistic can be merged from; None for one that needs nothing but its results."""
    if statistic == "avg":
        return moments_of(MEAN, held, ranges, summaries)
    if statistic in _COUNTERS and len(series.members) <= 1 and not is_text(series):
        return _counters_of(held, ranges, summaries)
    return None


def moments_of(kind: int, held: Samples, ranges: Ranges, summaries: np.ndarray | None) -> np.ndarray:
    """The moments of each range. A mean is that of means; a deviation is that of whatever was rolled up."""
    kinds = (MEAN,) if kind == MEAN else (MEAN, DEVIATION)
    if of_moments(summaries, *kinds) is None:
        return summarise(kind, held.times_ns, held.values, ranges.lo, ranges.hi)
    return merge(own_moments(held.values, summaries, *kinds), ranges.lo, ranges.hi, kind)


def _counters_of(held: Samples, ranges: Ranges, summaries: np.ndarray | None) -> np.ndarray:
    lo, hi = ranges.lo, ranges.hi
    if of_counters(summaries) is None:
        return summarise(COUNTER, held.times_ns, held.values, lo, hi)
    counters = own_counters(held.times_ns, held.values, summaries)
    sound = np.flatnonzero(~overlaps(counters, lo, hi))
    merged = merge(counters, lo[sound], hi[sound], COUNTER)
    # Nothing is said where periods of several lengths lie across each other.
    found = blank(len(lo), merged.dtype)
    found[sound] = merged
    return found
