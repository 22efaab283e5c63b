"""Streams point by point: scaled, scored, filtered, normalised, counted."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from apps.algebra.aggregators.spread import standard_deviation
from apps.algebra.registry import Param, register
from apps.algebra.series import Series
from apps.algebra.transforms.stream_points import is_text, numbers, points, with_points
from apps.errors import ArgumentFault, ExecutionFault

__all__ = [
    "stream_divide", "stream_filter", "stream_limit", "stream_normalize", "stream_scale", "stream_score",
]  # fmt: skip

_OPERATORS = {
    "lte": np.less_equal, "lt": np.less, "gte": np.greater_equal, "gt": np.greater, "equal": np.equal,
    "ne": np.not_equal,
}  # fmt: skip
Threshold = tuple[float, Literal["superior", "inferior"]]


@register("stream_scale", shape="series")
def stream_scale(
    series: Series, *, factor: Annotated[float, Param("what each value is multiplied by")] = 0.0
) -> Series:
    """Each value times a factor.

    In: one stream of numbers.
    Out: as many points of type double, times kept.
    Missing: marks of gaps are left out; NaN stays NaN.
    Errors: none.
    Source: KairosDB scale. Differences: none.
    Example: 1, 2, 6 with factor -2.5 -> -2.5, -5, -15.
    """
    held = numbers(series)
    if held is None:
        return series
    with np.errstate(all="ignore"):
        scaled = held.values * factor
    return with_points(series.with_applied("stream_scale", factor=factor), held.times_ns, scaled)


@register("stream_divide", shape="series")
def stream_divide(
    series: Series, *, divisor: Annotated[float, Param("what each value is divided by, not 0")]
) -> Series:
    """Each value divided by a number.

    In: one stream of numbers.
    Out: as many points of type double, times kept.
    Missing: marks of gaps are left out; NaN stays NaN.
    Errors: ArgumentFault if the divisor is 0.
    Source: KairosDB div. Differences: none.
    Example: 1, 2, 6 by 4 -> 0.25, 0.5, 1.5.
    """
    if divisor == 0:
        raise ArgumentFault("a stream is not divided by 0")
    held = numbers(series)
    if held is None:
        return series
    with np.errstate(all="ignore"):
        divided = held.values / divisor
    return with_points(series.with_applied("stream_divide", divisor=divisor), held.times_ns, divided)


@register("stream_normalize", shape="series")
def stream_normalize(series: Series) -> Series:
    """Each value as its distance from the mean of the stream in standard deviations (n - 1).

    In: one stream of numbers, at least two points or none.
    Out: as many points of type double, times kept; all 0 where all values are equal.
    Missing: marks of gaps are left out; a NaN makes all results NaN.
    Errors: ExecutionFault for a single point.
    Source: Skyminer normalize. Differences: none.
    Example: 10, 20 -> -0.7071, 0.7071.
    """
    held = numbers(series)
    if held is None:
        return series
    values, shaped = held.values, series.with_applied("stream_normalize")
    if len(values) == 0:
        return shaped.with_samples(held)
    if len(values) == 1:
        raise ExecutionFault("Normalization requires at least two data points, got 1")
    if bool(np.all(values == values[0])):
        return with_points(shaped, held.times_ns, np.zeros(len(values)))
    with np.errstate(all="ignore"):
        spread = standard_deviation(values, np.array([0]), np.array([len(values)]))[0]
        return with_points(shaped, held.times_ns, (values - values.sum() / len(values)) / spread)


@register("stream_filter", shape="series")
def stream_filter(
    series: Series,
    *,
    op: Annotated[
        Literal["lte", "lt", "gte", "gt", "equal", "ne"],
        Param("how a value compares that is removed", choices=("lte", "lt", "gte", "gt", "equal", "ne")),
    ] = "equal",
    threshold: Annotated[float | str, Param("compares with numbers, or if it is a text with texts")] = 0.0,
) -> Series:
    """A stream without the points whose value compares with a threshold as stated.

    In: one stream, points of any type.
    Out: the points that do not match, all columns unchanged.
    Missing: marks of gaps go; a NaN matches only `ne`. Points of another type than the threshold go.
    Errors: none.
    Source: KairosDB filter. Differences: none.
    Example: 3, 5, 7, lt 5 -> 5, 7.
    """
    held = points(series)
    shaped = series.with_applied("stream_filter", op=op, threshold=threshold)
    if is_text(series) != isinstance(threshold, str):
        return shaped.with_samples(held.take(slice(0, 0)))
    column = held.texts if is_text(series) else held.values
    if column is None or len(held) == 0:
        return shaped.with_samples(held)
    matching = _OPERATORS[op](column, threshold).astype(bool)
    return shaped.with_samples(held.take(~matching))


@register("stream_score", shape="series")
def stream_score(
    series: Series,
    *,
    thresholds: Annotated[
        tuple[Threshold, ...], Param("values, each superior or inferior to a value that equals it")
    ],
    descending: Annotated[bool, Param("count from the top")] = False,
) -> Series:
    """How many thresholds each value has reached.

    In: one stream of numbers.
    Out: as many points of type double: the place of the first threshold above the value, or their number n;
        n minus that when descending.
    Missing: marks of gaps are left out; NaN stays NaN.
    Errors: none.
    Source: KairosDB score. Differences: none.
    Example: 3, 5, 20, 80 with thresholds 5 and 50, superior -> 0, 0, 1, 2.
    """
    held = numbers(series)
    if held is None:
        return series
    # Of equal ones the inferior comes first: a value that equals both has passed it and not the superior.
    ordered = sorted(thresholds, key=lambda one: (one[0], one[1] == "superior"))
    limits = np.array([value for value, _ in ordered], np.float64)
    # The first threshold that is above a value equal to the i-th one.
    above = list(range(1, len(ordered) + 1))
    for at in range(len(ordered) - 1, -1, -1):
        if ordered[at][1] == "superior":
            above[at] = at
        elif at + 1 < len(ordered) and limits[at + 1] == limits[at]:
            above[at] = above[at + 1]
    place = np.searchsorted(limits, held.values, side="left")
    equal = np.append(limits, np.nan)[place] == held.values
    score = np.where(equal, np.array([*above, len(ordered)])[place], place).astype(np.float64)
    score = len(ordered) - score if descending else score
    score[np.isnan(held.values)] = np.nan
    shaped = series.with_applied("stream_score", thresholds=thresholds, descending=descending)
    return with_points(shaped, held.times_ns, score)


@register("stream_limit", shape="series")
def stream_limit(
    series: Series, *, limit: Annotated[int, Param("most points that may pass", minimum=0)]
) -> Series:
    """The stream unchanged, if it does not have too many points.

    In: one stream, points of any type.
    Out: the same points.
    Missing: marks of gaps and NaN samples count.
    Errors: ExecutionFault for more than `limit` points.
    Source: Skyminer limit. Differences: none.
    Example: 1, 2, 3 with limit 3 -> 1, 2, 3; with limit 2 -> fault.
    """
    if len(series) > limit:
        raise ExecutionFault(f"Number of data points exceeds the limit of {limit}")
    return series
