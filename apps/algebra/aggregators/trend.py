"""Straight lines through a bucket, and where its extremes stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from apps.algebra.buckets import expand_ranges, labels_of, reduce_ranges
from apps.algebra.registry import Param, register
from apps.algebra.times import NS_PER_MS

__all__ = ["Lines", "fit_lines", "intercept", "max_value_time", "min_value_time", "slope"]

Times = Annotated[np.ndarray, Param("time of each value; supplied by the caller", unit="ns")]


@dataclass(frozen=True, eq=False)
class Lines:
    """The least-squares line of each range: slope per ms (NaN where all times are one), and its mean point.

    ``mean_ms`` counts from the range's first sample: milliseconds since 1970 would cost eight digits.
    """

    slope: np.ndarray
    mean_ms: np.ndarray
    mean: np.ndarray

    def at(self, ms: np.ndarray) -> np.ndarray:
        """The value of each line so many milliseconds after its range's first sample."""
        return self.mean + self.slope * (ms - self.mean_ms)


def fit_lines(values: np.ndarray, lo: np.ndarray, hi: np.ndarray, times_ns: np.ndarray) -> Lines:
    """Least squares around the means of each range; NaN where a range is empty."""
    index, label = expand_ranges(lo, hi), labels_of(lo, hi)
    if index.size == 0:
        return Lines(*(np.full(len(lo), np.nan) for _ in range(3)))
    length = np.maximum(hi - lo, 0)
    ends = np.cumsum(length)
    starts = ends - length
    x = (times_ns[index] - np.repeat(times_ns[np.minimum(lo, len(times_ns) - 1)], length)) / NS_PER_MS
    y = values[index]
    size = np.where(length > 0, length, 1)
    mean_x = reduce_ranges(np.add, x, starts, ends) / size
    mean_y = reduce_ranges(np.add, y, starts, ends) / size
    dx, dy = x - mean_x[label], y - mean_y[label]
    rise = reduce_ranges(np.add, dx * dy, starts, ends)
    run = reduce_ranges(np.add, dx * dx, starts, ends)
    steep = np.divide(rise, run, out=np.full(len(lo), np.nan), where=run > 0)
    return Lines(steep, mean_x, mean_y)


@register("slope", family="aggregator", shape="kernel")
def slope(values: np.ndarray, lo: np.ndarray, hi: np.ndarray, *, times_ns: Times) -> np.ndarray:
    """Slope of the least-squares line through a bucket, per millisecond.

    In: values without NaN with their times, index bounds of the buckets.
    Out: one value per bucket, unit of the values per ms.
    Missing: fewer than two samples have no line (NaN).
    Errors: none.
    Source: ATSD SLOPE. Differences: none.
    Example: 4, 10, 7 at 0, 20, 40 s -> 0.000075.
    """
    return fit_lines(values, lo, hi, times_ns).slope


@register("intercept", family="aggregator", shape="kernel")
def intercept(values: np.ndarray, lo: np.ndarray, hi: np.ndarray, *, times_ns: Times) -> np.ndarray:
    """Value of the least-squares line at the bucket's first sample.

    In: values without NaN with their times, index bounds of the buckets.
    Out: one value per bucket, in the unit of the values.
    Missing: fewer than two samples have no line (NaN).
    Errors: none.
    Source: ATSD INTERCEPT. Differences: none.
    Example: 4, 10, 7 at 0, 20, 40 s -> 5.5.
    """
    lines = fit_lines(values, lo, hi, times_ns)
    return lines.mean - lines.slope * lines.mean_ms


def _time_of(
    ufunc: np.ufunc, values: np.ndarray, lo: np.ndarray, hi: np.ndarray, times_ns: np.ndarray
) -> np.ndarray:
    index, label = expand_ranges(lo, hi), labels_of(lo, hi)
    if index.size == 0:
        return np.full(len(lo), np.nan)
    extreme = reduce_ranges(ufunc, values, lo, hi)
    hits = np.flatnonzero(values[index] == extreme[label])
    out = np.full(len(lo), np.nan)
    where, at = np.unique(label[hits], return_index=True)  # the first hit of each bucket
    out[where] = times_ns[index[hits[at]]] // NS_PER_MS
    return out


@register("min_value_time", family="aggregator", shape="kernel")
def min_value_time(values: np.ndarray, lo: np.ndarray, hi: np.ndarray, *, times_ns: Times) -> np.ndarray:
    """When a bucket's smallest value occurs first.

    In: values without NaN with their times, index bounds of the buckets.
    Out: one time per bucket, in Unix milliseconds.
    Missing: an empty bucket has no value (NaN).
    Errors: none.
    Source: ATSD MIN_VALUE_TIME. Differences: none.
    Example: 4 at 10:00:00, 10 at 10:00:20 -> the milliseconds of 10:00:00.
    """
    return _time_of(np.minimum, values, lo, hi, times_ns)


@register("max_value_time", family="aggregator", shape="kernel")
def max_value_time(values: np.ndarray, lo: np.ndarray, hi: np.ndarray, *, times_ns: Times) -> np.ndarray:
    """When a bucket's largest value occurs first.

    In: values without NaN with their times, index bounds of the buckets.
    Out: one time per bucket, in Unix milliseconds.
    Missing: an empty bucket has no value (NaN).
    Errors: none.
    Source: ATSD MAX_VALUE_TIME. Differences: none.
    Example: 4 at 10:00:00, 10 at 10:00:20 -> the milliseconds of 10:00:20.
    """
    return _time_of(np.maximum, values, lo, hi, times_ns)
