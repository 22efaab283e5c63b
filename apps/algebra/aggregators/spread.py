"""Order statistics and deviations."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from apps.algebra import summaries as stretches
from apps.algebra.aggregators.basic import RolledUp
from apps.algebra.buckets import expand_ranges, labels_of, reduce_ranges, sorted_ranges
from apps.algebra.registry import Param, register

__all__ = ["median", "median_abs_dev", "percentile", "percentile_ranges", "standard_deviation"]


@register("percentile", family="aggregator", shape="kernel")
def percentile(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    argument: Annotated[float, Param("share of values at or below", unit="%", minimum=0, maximum=100)],
) -> np.ndarray:
    """The value below which a share of a bucket's values lies, interpolated (method R6).

    In: values without NaN in any order, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values; position p/100 * (n + 1) in ascending order.
    Missing: an empty bucket has no value (NaN). Positions before the first or past the last give min or max.
    Errors: ArgumentFault if the share is not from 0 to 100.
    Source: ATSD PERCENTILE(p). Differences: KairosDB and InfluxDB use other methods (own parameters there).
    Example: 4, 10, 7 at 90 -> 10; at 50 -> 7; 12, 2 at 50 -> 7.
    """
    return percentile_ranges(values, lo, hi, argument)


def percentile_ranges(
    values: np.ndarray, lo: np.ndarray, hi: np.ndarray, share: float, whole: float = 100.0
) -> np.ndarray:
    """The value at position ``share * (n + 1) / whole`` of each range in ascending order (method R6)."""
    filled = np.flatnonzero(hi > lo)
    out = np.full(len(lo), np.nan)
    if filled.size == 0:
        return out
    ordered, start, end = sorted_ranges(values, lo[filled], hi[filled])
    size = end - start
    position = share * (size + 1) / whole
    below = np.clip(np.floor(position).astype(np.int64), 1, size)
    weight = np.where((position < 1) | (position >= size), 0.0, position - below)
    left = ordered[start + below - 1]
    right = ordered[start + np.minimum(below, size - 1)]
    with np.errstate(invalid="ignore", over="ignore"):
        apart = right - left
        between = np.where(np.isinf(apart), (1 - weight) * left + weight * right, left + weight * apart)
        # an infinite neighbour with weight 0 must not turn the value into NaN
        out[filled] = np.where(weight == 0, left, between)
    return out


@register("median", family="aggregator", shape="kernel")
def median(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The middle value of a bucket, the mean of the two middle ones for an even number.

    In: values without NaN in any order, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN). One sample gives itself.
    Errors: none.
    Source: ATSD MEDIAN = PERCENTILE(50); InfluxDB MEDIAN. Differences: none.
    Example: 4, 10, 7 -> 7; 12, 2 -> 7.
    """
    return percentile_ranges(values, lo, hi, 50.0)


@register("standard_deviation", family="aggregator", shape="kernel")
def standard_deviation(
    values: np.ndarray, lo: np.ndarray, hi: np.ndarray, *, summaries: RolledUp = None
) -> np.ndarray:
    """The sample standard deviation of a bucket (n - 1), from deviations around its own mean.

    In: values without NaN in any order, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values; rolled-up ones count with their samples.
    Missing: an empty bucket has no value (NaN). One sample gives 0.
    Errors: none.
    Source: ATSD STANDARD_DEVIATION; InfluxDB STDDEV (one sample there: none). KairosDB dev agrees.
    Example: 4, 10, 7 -> 3; 12, 2 -> 7.0710678.
    """
    if stretches.of_moments(summaries) is not None:
        merged = stretches.merge(stretches.own_moments(values, summaries), lo, hi)
        return np.where(hi > lo, stretches.standard_deviation(merged), np.nan)
    size = (hi - lo).astype(np.float64)
    mean = reduce_ranges(np.add, values, lo, hi) / np.where(size > 0, size, 1)
    squares = stretches.squared_deviations(values, lo, hi, mean)
    return np.sqrt(squares / np.maximum(size - 1, 1))


@register("median_abs_dev", family="aggregator", shape="kernel")
def median_abs_dev(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The median of absolute deviations from a bucket's median.

    In: values without NaN in any order, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN). One sample gives 0.
    Errors: none.
    Source: ATSD MEDIAN_ABS_DEV. Differences: no scale factor.
    Example: 4, 10, 7 -> 3; 12, 2 -> 5.
    """
    middle = median(values, lo, hi)
    away = np.abs(values[expand_ranges(lo, hi)] - middle[labels_of(lo, hi)])
    ends = np.cumsum(np.maximum(hi - lo, 0))
    return median(away, ends - np.maximum(hi - lo, 0), ends)
