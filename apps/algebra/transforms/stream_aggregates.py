"""Statistics of the ranges of a stream."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np

from apps.algebra.aggregators import Statistic, rolled_up_notes, summarise
from apps.algebra.aggregators.spread import percentile_ranges, standard_deviation
from apps.algebra.aggregators.trend import fit_lines
from apps.algebra.buckets import labels_of, reduce_ranges
from apps.algebra.evidence import Evidence, number, used
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.summaries import DEVIATION, average, of_moments
from apps.algebra.summaries import standard_deviation as merged_deviation
from apps.algebra.times import NS_PER_MS
from apps.algebra.transforms.aggregate_explain import rolled_up_counts, statistic_arithmetic
from apps.algebra.transforms.params import Summaries, Zone
from apps.algebra.transforms.stream_points import (
    count_samples,
    is_text,
    numbers,
    points,
    relabel,
    with_points,
)
from apps.algebra.transforms.stream_ranges import (
    MILLISECOND,
    AlignSampling,
    Origin,
    QueryStart,
    Ranges,
    Sampling,
    Stamp,
    ranges_of,
)
from apps.algebra.transforms.stream_summaries import Mergeable, mergeable_of, moments_of, rolled_up
from apps.errors import ExecutionFault

__all__ = [
    "stream_aggregate", "stream_deviation", "stream_least_squares", "stream_minmax", "stream_percentile",
]  # fmt: skip

_RULES = {
    "sum": "the sum of the range's values",
    "avg": "the sum of the range's values over their count",
    "min": "the smallest value of the range",
    "max": "the largest value of the range",
    "count": "how many points the range holds",
    "first": "the first point of the range",
    "last": "the last point of the range",
}


def explain_aggregate(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The points of the range whose result stands at a time, and the arithmetic over them."""
    (series,) = inputs
    statistic, stamp = params.pop("statistic"), params.pop("stamp", "first")
    use, _ = params.pop("summaries", "use"), params.pop("mergeable", False)
    rule = _RULES[statistic]
    held = points(series)
    ranges = ranges_of(series, held.times_ns, **{"period": MILLISECOND, "start_ns": 0, **params})
    stamps = ranges.stamps(stamp, held.times_ns, last=statistic == "last")
    at = int(np.searchsorted(stamps, time_ns))
    if at >= len(stamps) or stamps[at] != time_ns:
        return Evidence(rule, absent="no range with points has its result at that time")
    inside = series.with_samples(held)
    index = range(int(ranges.lo[at]), int(ranges.hi[at]))
    picked = tuple(used(inside, i, "in range") for i in index)
    result = float(output.values[np.searchsorted(output.times_ns, time_ns)])
    counts = rolled_up_counts(Statistic(statistic), inside, index, use)
    text = statistic_arithmetic(statistic, [sample.value for sample in picked], result, counts)
    return Evidence(rule, number(result) if statistic in ("first", "last") else text, picked)


@register("stream_aggregate", shape="series", explain=explain_aggregate)
def stream_aggregate(
    series: Series,
    *,
    statistic: Annotated[
        Literal["sum", "avg", "min", "max", "count", "first", "last"],
        Param("what is computed", choices=("sum", "avg", "min", "max", "count", "first", "last")),
    ],
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    stamp: Stamp = "first",
    origin_ns: Origin = None,
    zone: Zone = "UTC",
    summaries: Summaries = "use",
    mergeable: Mergeable = False,
) -> Series:
    """A statistic of each range of a stream that holds points.

    In: one stream; points of any type for count, first and last, numbers for the others.
    Out: a point for each range with points; type double, long for count, unchanged for first and last. Where
        the stamp is first, last stands at its own time. Rolled-up points weigh in an avg as much as what they
        were made from, with a note.
    Missing: marks of gaps are no points; NaN makes the result NaN. Ranges without points give nothing.
    Errors: ArgumentFault for a period that makes no ranges.
    Source: KairosDB sum, avg, min, max, count, first, last. Differences: ranges before the origin by floor,
        and the same ranges whatever the order.
    Example: 1, 2, 6 at 1, 4, 9 s, sum per 10 second from 0 s, stamp start -> 9 at 0 s.
    """
    keeps = statistic in ("first", "last", "count")
    held = points(series) if keeps else numbers(series)
    if held is None:
        return series
    ranges = ranges_of(
        series, held.times_ns, period=period, start_ns=start_ns, align_sampling=align_sampling,
        origin_ns=origin_ns, zone=zone,
    )  # fmt: skip
    stamps = ranges.stamps(stamp, held.times_ns, last=statistic == "last")
    shaped = series.with_applied("stream_aggregate", statistic=statistic, period=period)
    if statistic == "count":
        counted = shaped.with_samples(count_samples(stamps, ranges.hi - ranges.lo))
        return relabel(counted, type="number")
    below = rolled_up(series, summaries)
    merged = mergeable_of(statistic, series, held, ranges, below) if mergeable else None
    if keeps:
        chosen = held.take(ranges.lo if statistic == "first" else ranges.hi - 1)
        return shaped.with_samples(replace(_at_times(chosen, stamps), summaries=merged))
    one = Statistic(statistic)
    if statistic == "avg" and merged is not None:
        found = average(merged)
    else:
        found = summarise([one], held.values, ranges.lo, ranges.hi, context={"summaries": below})[one]
    told = with_points(shaped, stamps, found, merged)
    return replace(told, notes=(*told.notes, *rolled_up_notes(one, below)))


@register("stream_deviation", shape="series")
def stream_deviation(
    series: Series,
    *,
    result: Annotated[
        Literal["value", "pos_sd", "neg_sd"],
        Param(
            "the deviation itself, or the mean with so many added or taken away",
            choices=("value", "pos_sd", "neg_sd"),
        ),
    ] = "value",
    deviations: Annotated[float, Param("how many deviations pos_sd and neg_sd are away from the mean")] = 1.0,
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    stamp: Stamp = "first",
    origin_ns: Origin = None,
    zone: Zone = "UTC",
    summaries: Summaries = "use",
    mergeable: Mergeable = False,
) -> Series:
    """The sample standard deviation (n - 1) of each range of a stream.

    In: one stream of numbers.
    Out: a point of type double for each range with points. Rolled-up points count as what they were made
        from, with a note.
    Missing: marks of gaps are no points; NaN makes the result NaN. One point has the deviation 0.
    Errors: ArgumentFault for a period that makes no ranges.
    Source: KairosDB dev with return_type and dev_count; Skyminer std. Differences: none.
    Example: 2, 4, 6 -> 2; pos_sd with 2 deviations -> 8.
    """
    held = numbers(series)
    if held is None:
        return series
    ranges = ranges_of(
        series, held.times_ns, period=period, start_ns=start_ns, align_sampling=align_sampling,
        origin_ns=origin_ns, zone=zone,
    )  # fmt: skip
    lo, hi, values = ranges.lo, ranges.hi, held.values
    below = rolled_up(series, summaries)
    merged = None
    if mergeable or of_moments(below) is not None:
        merged = moments_of(DEVIATION, held, ranges, below)
    with np.errstate(all="ignore"):
        if merged is None:
            spread = standard_deviation(values, lo, hi)
            mean = reduce_ranges(np.add, values, lo, hi) / (hi - lo)
            # The mean of equal values may be rounded, their deviation from it is not there.
            level = reduce_ranges(np.minimum, values, lo, hi) == reduce_ranges(np.maximum, values, lo, hi)
            spread[level] = 0.0
        else:
            spread, mean = merged_deviation(merged), average(merged)
        if result != "value":
            spread = mean + (deviations if result == "pos_sd" else -deviations) * spread
    shaped = series.with_applied("stream_deviation", result=result, period=period)
    told = with_points(shaped, ranges.stamps(stamp, held.times_ns), spread, merged if mergeable else None)
    return replace(told, notes=(*told.notes, *rolled_up_notes(Statistic("standard_deviation"), below)))


@register("stream_percentile", shape="series")
def stream_percentile(
    series: Series,
    *,
    share: Annotated[float, Param("share of the values at or below, 0 to 1")],
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    stamp: Stamp = "first",
    origin_ns: Origin = None,
    zone: Zone = "UTC",
) -> Series:
    """The value below which a share of each range's values lies, interpolated, always exact.

    In: one stream of numbers.
    Out: a point of type double for each range with points: position share * (n + 1) in ascending order.
    Missing: marks of gaps are no points. Positions before the first or past the last give min or max.
    Errors: ExecutionFault if the share is not from 0 to 1 and there are points.
    Source: KairosDB percentile, histogram. Differences: no sampling at random in ranges of many points.
    Example: 15, 20, 35, 40, 50 at 0.25 -> 17.5.
    """
    held = numbers(series)
    if held is None:
        return series
    if len(held) and not 0 <= share <= 1:
        raise ExecutionFault(f"{float(share)} is not in [0..1]")
    ranges = ranges_of(
        series, held.times_ns, period=period, start_ns=start_ns, align_sampling=align_sampling,
        origin_ns=origin_ns, zone=zone,
    )  # fmt: skip
    found = percentile_ranges(held.values, ranges.lo, ranges.hi, share, 1.0)
    shaped = series.with_applied("stream_percentile", share=share, period=period)
    return with_points(shaped, ranges.stamps(stamp, held.times_ns), found)


@register("stream_least_squares", shape="series")
def stream_least_squares(
    series: Series,
    *,
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    origin_ns: Origin = None,
    zone: Zone = "UTC",
) -> Series:
    """The line of best fit through each range, as its values at the first and the last point.

    In: one stream of numbers.
    Out: one or two points as they are, else two, at the times of the first and the last; type double.
    Missing: marks of gaps are no points; NaN makes the result NaN. Where all times are one the line is level.
    Errors: ArgumentFault for a period that makes no ranges.
    Source: KairosDB least_squares. Differences: computed around the means, which keeps all digits.
    Example: 1, 3, 2, 5 at 0, 10, 20, 30 s in one range -> 1.1 at 0 s, 4.4 at 30 s.
    """
    held = numbers(series)
    if held is None:
        return series
    ranges = ranges_of(
        series, held.times_ns, period=period, start_ns=start_ns, align_sampling=align_sampling,
        origin_ns=origin_ns, zone=zone,
    )  # fmt: skip
    first, last = ranges.lo, ranges.hi - 1
    values = np.stack([held.values[first], held.values[last]], axis=1)
    long = np.flatnonzero(ranges.hi - ranges.lo > 2)
    if long.size:
        first_ns, last_ns = held.times_ns[first[long]], held.times_ns[last[long]]
        with np.errstate(all="ignore"):
            lines = fit_lines(held.values, ranges.lo[long], ranges.hi[long], held.times_ns)
            lines.slope[first_ns == last_ns] = 0.0
            values[long, 0] = lines.at(np.zeros(len(long)))
            values[long, 1] = lines.at((last_ns - first_ns) / NS_PER_MS)
    index = np.stack([first, last], axis=1)
    kept = np.ones(index.shape, bool)
    kept[:, 1] = last > first
    shaped = series.with_applied("stream_least_squares", period=period)
    return with_points(shaped, held.times_ns[index[kept]], values[kept])


@register("stream_minmax", shape="series")
def stream_minmax(
    series: Series,
    *,
    period: Sampling = MILLISECOND,
    start_ns: QueryStart = 0,
    align_sampling: AlignSampling = True,
    stamp: Stamp = "first",
    origin_ns: Origin = None,
    zone: Zone = "UTC",
) -> Series:
    """The smallest and the largest point of each range.

    In: one stream of numbers.
    Out: two points for each range, each at its own time and in order of time, or with another stamp both at
        start or end of the range, the smallest first; one point where one is both. Types unchanged.
    Missing: marks of gaps are no points; a NaN stands for both. Of equal values the first counts.
    Errors: ArgumentFault for a period that makes no ranges.
    Source: Skyminer minmax. Differences: none.
    Example: 7, -2, 6 at 1, 4, 9 s in one range -> 7 at 1 s, -2 at 4 s.
    """
    if is_text(series):
        return series
    held = points(series)
    ranges = ranges_of(
        series, held.times_ns, period=period, start_ns=start_ns, align_sampling=align_sampling,
        origin_ns=origin_ns, zone=zone,
    )  # fmt: skip
    shaped = series.with_applied("stream_minmax", period=period)
    least, most = (_first_of(ufunc, held.values, ranges) for ufunc in (np.minimum, np.maximum))
    # With their own times the points stand as they came: that of equal time and smaller value first.
    swap = (least > most) & (stamp == "first") & (held.times_ns[least] != held.times_ns[most])
    index = np.stack([np.where(swap, most, least), np.where(swap, least, most)], axis=1)
    kept = np.ones(index.shape, bool)
    kept[:, 1] = index[:, 0] != index[:, 1]
    chosen = replace(held, summaries=None).take(index[kept])
    if stamp == "first":
        return shaped.with_samples(chosen)
    stamps = np.repeat(ranges.stamps(stamp, held.times_ns), 2).reshape(-1, 2)
    return shaped.with_samples(_at_times(chosen, stamps[kept]))


def _first_of(ufunc: np.ufunc, values: np.ndarray, ranges: Ranges) -> np.ndarray:
    """The index of the first point of each range with its extreme value."""
    if len(ranges) == 0:
        return np.empty(0, np.int64)
    label = labels_of(ranges.lo, ranges.hi)
    with np.errstate(invalid="ignore"):
        extreme = reduce_ranges(ufunc, values, ranges.lo, ranges.hi)[label]
    hits = np.flatnonzero((values == extreme) | (np.isnan(values) & np.isnan(extreme)))
    return hits[np.searchsorted(hits, ranges.lo)]


def _at_times(samples: Samples, times_ns: np.ndarray) -> Samples:
    """The same points at other times."""
    return Samples(times_ns, samples.values, samples.kinds, samples.ints, samples.texts)
