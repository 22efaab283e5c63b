"""Streams on the whole grid of ranges: marks where ranges are empty, values at every edge."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from apps.algebra.buckets import bucket_bounds
from apps.algebra.periods import MAX_POINTS
from apps.algebra.registry import Param, register
from apps.algebra.series import GAP, Samples, Series, concat_samples
from apps.algebra.times import clamp_time
from apps.algebra.transforms.filling import fill_between
from apps.algebra.transforms.params import End, MaxPoints, Zone
from apps.algebra.transforms.stream_points import numbers, points, stream_labels, with_points
from apps.algebra.transforms.stream_ranges import (
    MILLISECOND,
    AlignSampling,
    Origin,
    QueryStart,
    Sampling,
    origin_of,
    range_edges,
)
from apps.errors import ExecutionFault

__all__ = ["stream_gaps", "stream_interpolate"]


@register("stream_gaps", shape="series")
def stream_gaps(
    series: Series,
    *,
    end_ns: End,
    trim: Annotated[bool, Param("only between the first and the last point")] = False,
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    origin_ns: Origin = None,
    zone: Zone = "UTC",
    max_points: MaxPoints = MAX_POINTS,
) -> Series:
    """A mark at the start of each range of the window that holds no point.

    In: one stream, points of any type.
    Out: its points unchanged, and a GAP at the start of each empty range from the one that holds the start of
        the window to the last that begins before its end.
    Missing: earlier marks are replaced; NaN samples are points. An empty stream becomes gaps, unless trimmed.
    Errors: LimitFault for too many ranges.
    Source: KairosDB and Skyminer gaps. Differences: numeric functions may follow, they look past the marks.
    Example: 1, 2, 3 at 12, 15, 41 s, per 10 second, trimmed -> 1, 2, null at 20 s, null at 30 s, 3.
    """
    held = points(series)
    moved = stream_labels(series).shift_ns
    low, high = clamp_time(start_ns + moved), clamp_time(end_ns + moved) - 1
    if trim:
        low, high = (int(held.times_ns[0]), int(held.times_ns[-1])) if len(held) else (0, -1)
    shaped = series.with_applied("stream_gaps", period=period, trim=trim)
    if low > high:
        return shaped.with_samples(held)
    origin = origin_of(series, period, start_ns, align_sampling, origin_ns, zone)
    edges = range_edges(period, origin, zone, low, high, max_points, aligned=align_sampling)
    lo, hi = bucket_bounds(held.times_ns, edges[:-1], edges[1:])
    empty = edges[:-1][hi <= lo]
    blank = np.full(len(empty), np.nan)
    marks = Samples(empty, blank, np.full(len(empty), GAP, np.uint8))
    whole = concat_samples([held, marks])
    return shaped.with_samples(whole.take(np.argsort(whole.times_ns, kind="stable")))


@register("stream_interpolate", shape="series")
def stream_interpolate(
    series: Series,
    *,
    period: Sampling,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    origin_ns: Origin = None,
    zone: Zone = "UTC",
    most_points: Annotated[int, Param("most points to produce", minimum=1)] = 10_000_000,
) -> Series:
    """A regular stream by straight lines between points.

    In: one stream of numbers.
    Out: a point of type double at the start of each range from the first point to the last, both included.
    Missing: marks of gaps are no points; beside a NaN there is no value (NaN). Of points of one time the last
        counts.
    Errors: ExecutionFault for more than `most_points` points.
    Source: Skyminer interpolation. Differences: none.
    Example: 10, 30 at 3, 13 s, per 10 second from 0 s -> 24 at 10 s.
    """
    held = numbers(series)
    if held is None:
        return series
    shaped = series.with_applied("stream_interpolate", period=period)
    if len(held) == 0:
        return shaped.with_samples(held)
    low, high = int(held.times_ns[0]), int(held.times_ns[-1])
    fault = ExecutionFault(f"Interpolation would produce more than {most_points} data points")
    if not period.is_calendar and (high - low) // max(period.fixed_ns, 1) > most_points + 1:
        raise fault
    origin = origin_of(series, period, start_ns, align_sampling, origin_ns, zone)
    edges = range_edges(period, origin, zone, low, high, max_points=0, aligned=align_sampling)
    grid = edges[(edges >= low) & (edges <= high)]
    if len(grid) > most_points:
        raise fault
    last = np.append(held.times_ns[1:] != held.times_ns[:-1], True)
    times, values = held.times_ns[last], held.values[last]
    left = np.searchsorted(times, grid, side="right") - 1
    right = np.minimum(left + 1, len(times) - 1)
    found = values[left]
    between = np.flatnonzero(times[left] != grid)
    left, right = left[between], right[between]
    found[between] = fill_between(
        grid[between], (times[left], values[left]), (times[right], values[right]), "linear", None
    )
    return with_points(shaped, grid, found)
