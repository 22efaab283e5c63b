"""Streams compared with their neighbouring points: rates, differences, moving means, trimmed ends."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from apps.algebra.evidence import Evidence, number, used
from apps.algebra.periods import Period, check_step
from apps.algebra.registry import Param, register
from apps.algebra.series import Series
from apps.algebra.sliding import window_sums
from apps.algebra.times import NS_PER_MS
from apps.algebra.transforms.params import Zone
from apps.algebra.transforms.shift import moved_times
from apps.algebra.transforms.stream_points import numbers, walked, with_points
from apps.algebra.transforms.stream_ranges import MILLISECOND
from apps.errors import ExecutionFault

__all__ = ["stream_rate", "stream_sma", "stream_trim"]

_RULES = {"difference": "x1 - x0", "rate": "(x1 - x0) * D / (t1 - t0)", "sampler": "x1 * D / (t1 - t0)"}


def explain_rate(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """Both points of a rate, the rule and the numbers put in."""
    (series,) = inputs
    form, period = params.get("form", "rate"), params.get("period", MILLISECOND)
    rule = _RULES[form]
    held = numbers(series)
    step = walked(series).step or 1
    found = np.flatnonzero(held.times_ns == time_ns) if held is not None else np.empty(0, np.int64)
    if held is None or found.size == 0:
        return Evidence(rule, absent="no number at that time")
    at = int(found[0 if step == 1 else -1])
    inside = series.with_samples(held)
    current = used(inside, at, "current")
    if not 0 <= at - step < len(held):
        return Evidence(rule, inputs=(current,), absent="the first point has none before it")
    previous = used(inside, at - step, "previous")
    text = number(current.value)
    if form != "sampler":
        text = f"{text} - {number(previous.value)}"
    if form != "difference":
        start = np.array([previous.time_ns], np.int64)
        length_ms = float(_lengths(start, period, params.get("zone", "UTC"))[0]) / NS_PER_MS
        text = f"({text}) * {number(length_ms)} / {number((current.time_ns - previous.time_ns) / NS_PER_MS)}"
    result = output.values[np.flatnonzero(output.times_ns == time_ns)]
    shown = number(result[0 if step == 1 else -1])
    return Evidence(rule, f"{text} = {shown}", (previous, current))


@register("stream_rate", shape="series", explain=explain_rate)
def stream_rate(
    series: Series,
    *,
    form: Annotated[
        Literal["rate", "sampler", "difference"],
        Param(
            "change per length of time, value per length of time, or plain change",
            choices=("rate", "sampler", "difference"),
        ),
    ] = "rate",
    period: Annotated[Period, Param("the length D of time; calendar units from the earlier point on")] = (
        MILLISECOND
    ),
    zone: Zone = "UTC",
) -> Series:
    """Change from point to point, per time or plain; or each value per time since the point before.

    In: one stream of numbers, n points, in the order asked for.
    Out: n - 1 points of type double at the later one's time: (x1 - x0) * D / (t1 - t0) for a rate,
        x1 * D / (t1 - t0) for a sampler, x1 - x0 for a difference.
    Missing: marks of gaps are no points; NaN on either side gives NaN. One point gives nothing.
    Errors: ExecutionFault when two points of a rate or sampler have one time.
    Source: KairosDB rate, sampler, diff. Differences: none.
    Example: 10, 20, 10 at 0, 5, 15 s, rate per second -> 2 at 5 s, -1 at 15 s.
    """
    held = numbers(series)
    if held is None:
        return series
    way = walked(series)
    times, values = held.times_ns[way], held.values[way]
    shaped = series.with_applied("stream_rate", form=form, period=period)
    with np.errstate(all="ignore"):
        result = values[1:] if form == "sampler" else values[1:] - values[:-1]
        if form != "difference":
            check_step(period)
            apart = times[1:] - times[:-1]
            if not apart.all():
                raise ExecutionFault(
                    f"The {form} aggregator cannot compute rate for data points with the same time stamp.  "
                    f"You must precede {form} with another aggregator."
                )
            # Multiplied first: 3 per 3 s is 1 per s, without noise. In ms, as the lengths are said.
            result = result * (_lengths(times[:-1], period, zone) / NS_PER_MS) / (apart / NS_PER_MS)
    return with_points(shaped, times[1:][way], result[way])


def _lengths(times_ns: np.ndarray, period: Period, zone: str) -> np.ndarray:
    """How long a period is that begins at each time, in ns."""
    if period.is_calendar:
        return (moved_times(times_ns, period, zone) - times_ns).astype(np.float64)
    return np.full(len(times_ns), float(period.fixed_ns))


@register("stream_sma", shape="series")
def stream_sma(
    series: Series, *, size: Annotated[int, Param("points of a window", minimum=1)]
) -> Series:
    """The mean of the last points, for each point that has enough before it.

    In: one stream of numbers, in the order asked for.
    Out: n - size + 1 points of type double, each at the time of its window's last point.
    Missing: marks of gaps are no points; a NaN spoils its windows. Fewer points than `size` give none.
    Errors: none.
    Source: KairosDB sma. Differences: none.
    Example: 1, 2, 6, 4, 5 with size 3 -> 3, 4, 5.
    """
    held = numbers(series)
    if held is None:
        return series
    way = walked(series)
    times, values = held.times_ns[way], np.ascontiguousarray(held.values[way])
    shaped = series.with_applied("stream_sma", size=size)
    lo = np.arange(max(len(values) - size + 1, 0))
    if len(lo) == 0:
        return with_points(shaped, times[:0], values[:0])
    with np.errstate(all="ignore"):
        means = window_sums(values, lo, lo + size) / size
    return with_points(shaped, times[size - 1 :][way], means[way])


@register("stream_trim", shape="series")
def stream_trim(
    series: Series,
    *,
    ends: Annotated[
        Literal["first", "last", "both"],
        Param("which end loses its point", choices=("first", "last", "both")),
    ] = "both",
) -> Series:
    """A stream without its first point, its last one, or both.

    In: one stream, points of any type, in the order asked for.
    Out: the other points, all columns unchanged.
    Missing: marks of gaps and NaN samples are points here.
    Errors: none; what is trimmed away altogether leaves an empty stream.
    Source: KairosDB trim. Differences: an end left out means both, as KairosDB advertises.
    Example: 1, 2, 3, both -> 2.
    """
    way = walked(series)
    index = np.arange(len(series))[way]
    index = index[0 if ends == "last" else 1 : len(index) - (0 if ends == "first" else 1)]
    return series.with_applied("stream_trim", ends=ends).with_samples(series.samples.take(index[way]))
