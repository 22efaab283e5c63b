"""Means that weigh later samples more."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from apps.algebra.buckets import expand_ranges, reduce_ranges
from apps.algebra.registry import Param, register
from apps.algebra.times import NS_PER_MS

__all__ = ["wavg", "wtavg"]


def _weighted(
    values: np.ndarray, lo: np.ndarray, hi: np.ndarray, index: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    ends = np.cumsum(np.maximum(hi - lo, 0))
    starts = ends - np.maximum(hi - lo, 0)
    weighted = reduce_ranges(np.add, values[index] * weights, starts, ends)
    return weighted / reduce_ranges(np.add, weights, starts, ends)


@register("wavg", family="aggregator", shape="kernel")
def wavg(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """Mean of a bucket weighted by position: the i-th sample weighs i.

    In: values without NaN in order of time, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN). One sample gives itself.
    Errors: none.
    Source: ATSD WAVG. Differences: none.
    Example: 4, 10, 7 -> (4 + 20 + 21) / 6 = 7.5.
    """
    index = expand_ranges(lo, hi)
    length = np.maximum(hi - lo, 0)
    return _weighted(values, lo, hi, index, (index - np.repeat(lo, length) + 1).astype(np.float64))


@register("wtavg", family="aggregator", shape="kernel")
def wtavg(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    times_ns: Annotated[np.ndarray, Param("time of each value; supplied by the caller", unit="ns")],
) -> np.ndarray:
    """Mean of a bucket weighted by time: a sample weighs 1 plus its seconds since the bucket's first.

    In: values without NaN with their times, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: an empty bucket has no value (NaN). One sample gives itself.
    Errors: none.
    Source: ATSD WTAVG, weights recomputed from published numbers. Differences: none.
    Example: 4, 10, 7 at 0, 20, 40 s -> (4 + 210 + 287) / 63 = 7.952381.
    """
    index = expand_ranges(lo, hi)
    if index.size == 0:
        return np.full(len(lo), np.nan)
    first = np.repeat(times_ns[np.minimum(lo, len(times_ns) - 1)], np.maximum(hi - lo, 0))
    return _weighted(values, lo, hi, index, 1 + (times_ns[index] - first) / NS_PER_MS / 1000)
