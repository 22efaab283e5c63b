"""First and last values, and changes between them."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from apps.algebra import summaries as stretches
from apps.algebra.aggregators.basic import RolledUp
from apps.algebra.buckets import reduce_ranges
from apps.algebra.registry import Param, register

__all__ = ["counter", "delta", "first", "last"]


def _at(values: np.ndarray, index: np.ndarray, where: np.ndarray) -> np.ndarray:
    out = np.full(len(index), np.nan)
    out[where] = values[index[where]]
    return out


@register("first", family="aggregator", shape="kernel")
def first(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The earliest value of a bucket.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN).
    Errors: none.
    Source: ATSD FIRST; KairosDB first; InfluxDB FIRST. Differences: none.
    Example: 4, 10, 7 -> 4.
    """
    return _at(values, lo, hi > lo)


@register("last", family="aggregator", shape="kernel")
def last(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The latest value of a bucket.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN).
    Errors: none.
    Source: ATSD LAST; KairosDB last; InfluxDB LAST. Differences: none.
    Example: 4, 10, 7 -> 7.
    """
    return _at(values, hi - 1, hi > lo)


@register("delta", family="aggregator", shape="kernel")
def delta(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    carry: Annotated[bool, Param("start from the last value before the bucket, where there is one")] = True,
) -> np.ndarray:
    """Last value of a bucket minus the last value before it.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: without a value before, the first value of the bucket stands in; a lone first value gives none.
    Errors: none.
    Source: ATSD DELTA. Differences: with gaps the most recent earlier value counts, however old.
    Example: 4, 10, 7 then 12, 2 -> 3 (no value before: 7 - 4), then -5 (2 - 7).
    """
    filled = hi > lo
    has_before = filled & (lo > 0) & carry
    base = np.where(has_before, lo - 1, lo)
    return _at(values, hi - 1, filled) - _at(values, base, has_before | (hi - lo > 1))


@register("counter", family="aggregator", shape="kernel")
def counter(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    carry: Annotated[bool, Param("start from the last value before the bucket, where there is one")] = True,
    summaries: RolledUp = None,
    times_ns: Annotated[np.ndarray | None, Param("times of the values", unit="ns UTC")] = None,
) -> np.ndarray:
    """Growth of a counter within a bucket; after a reset the new value itself is the growth.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values; a rolled-up counter brings what it grew inside.
    Missing: without a value before, counting starts at the first value; a lone first value gives none.
    Errors: none.
    Source: ATSD COUNTER. Differences: its prose says "sum of positive differences", its numbers count from 0.
    Example: 4, 10, 7 then 12, 2 -> 13 (6 + 7), then 7 (5 + 2).
    """
    begin = lo if carry else lo + 1
    begin = np.minimum(np.where(lo == 0, lo + 1, begin), hi)
    if times_ns is not None and stretches.of_counters(summaries) is not None:
        counters = stretches.own_counters(times_ns, values, summaries)
        between = reduce_ranges(np.add, stretches.between_counters(counters), begin, hi, 0.0)
        inside = reduce_ranges(np.add, stretches.delta(counters), lo, hi)
        several = reduce_ranges(np.logical_or, counters["count"] > 1, lo, hi, False).astype(bool)
        return np.where((begin < hi) | several, between + inside, np.nan)
    steps = np.empty_like(values)
    if len(values):
        steps[0] = 0.0
        np.subtract(values[1:], values[:-1], out=steps[1:])
        falls = np.flatnonzero(steps < 0)
        steps[falls] = values[falls]
    return reduce_ranges(np.add, steps, begin, hi)
