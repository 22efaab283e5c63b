"""Extremes, sums and counts."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from apps.algebra.buckets import reduce_ranges
from apps.algebra.registry import Param, register
from apps.algebra.summaries import MEAN, of_moments

__all__ = ["RolledUp", "avg", "count", "maximum", "minimum", "total"]

RolledUp = Annotated[
    np.ndarray | None, Param("what the samples were rolled up from; none = each stands for itself alone")
]


@register("min", family="aggregator", shape="kernel")
def minimum(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The smallest value of a bucket.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN). One sample gives itself.
    Errors: none.
    Source: ATSD MIN; KairosDB min; InfluxDB MIN. Differences: none.
    Example: 4, 10, 7 -> 4.
    """
    return reduce_ranges(np.minimum, values, lo, hi)


@register("max", family="aggregator", shape="kernel")
def maximum(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The largest value of a bucket.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN). One sample gives itself.
    Errors: none.
    Source: ATSD MAX; KairosDB max; InfluxDB MAX. Differences: none.
    Example: 4, 10, 7 -> 10.
    """
    return reduce_ranges(np.maximum, values, lo, hi)


@register("sum", family="aggregator", shape="kernel")
def total(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The sum of a bucket's values, added pairwise within the bucket only.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN), not 0.
    Errors: none.
    Source: ATSD SUM; KairosDB sum; InfluxDB SUM. Differences: none.
    Example: 4, 10, 7 -> 21.
    """
    return reduce_ranges(np.add, values, lo, hi)


@register("count", family="aggregator", shape="kernel")
def count(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """How many samples with a value a bucket holds.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one number per bucket, without unit.
    Missing: an empty bucket has no value (NaN), never 0; a caller may fill it.
    Errors: none.
    Source: ATSD COUNT; KairosDB count; InfluxDB COUNT. Differences: none here; filling is the dialect's.
    Example: 4, 10, 7 -> 3.
    """
    size = (hi - lo).astype(np.float64)
    size[hi <= lo] = np.nan
    return size


@register("avg", family="aggregator", shape="kernel")
def avg(
    values: np.ndarray, lo: np.ndarray, hi: np.ndarray, *, summaries: RolledUp = None
) -> np.ndarray:
    """The arithmetic mean of a bucket's values.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values; a rolled-up mean weighs as much as its samples.
    Missing: an empty bucket has no value (NaN). One sample gives itself.
    Errors: none.
    Source: ATSD AVG; KairosDB avg; InfluxDB MEAN. Differences: none.
    Example: 4, 10, 7 -> 7.
    """
    means = of_moments(summaries, MEAN)
    if means is None or summaries is None:
        return total(values, lo, hi) / count(values, lo, hi)
    means &= ~np.isnan(values)
    sums = np.where(means, summaries["sum"], values)
    counts = np.where(means, summaries["count"], 1).astype(np.float64)
    return total(sums, lo, hi) / total(counts, lo, hi)
