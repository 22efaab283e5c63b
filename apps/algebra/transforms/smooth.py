"""Rolling windows over one series, times kept."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np

from apps.algebra.aggregators import Statistic, decimal_scale, summarise
from apps.algebra.evidence import Evidence, number, used, value_at
from apps.algebra.periods import Period, check_points
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.sliding import window_sums
from apps.algebra.times import NS_PER_MS
from apps.algebra.transforms.aggregate_explain import statistic_arithmetic
from apps.algebra.transforms.params import Decimal
from apps.errors import ArgumentFault, Note

__all__ = ["smooth"]

#: Values gathered at once for weighted windows.
_BLOCK_VALUES = 4_000_000
#: Values that weighted windows may touch in all: some seconds of work.
_MOST_VALUES = 500_000_000


def explain_smooth(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """The samples of a window and the mean over them."""
    (series,) = inputs
    name = params["statistic"]
    rule = {
        "ema": "s = a * v + (1 - a) * s before, starting with the first value",
        "wavg": "mean weighted 1, 2, 3 ... by position in the window",
        "wtavg": "mean weighted 1 + seconds since the window's first sample",
    }.get(name, f"{name} over the window")
    counts = {note.code: note.count for note in output.notes}
    known = np.flatnonzero(~np.isnan(series.values))
    at = int(np.searchsorted(series.times_ns[known], time_ns))
    if at >= len(known) or series.times_ns[known[at]] != time_ns:
        here = value_at(series.samples, time_ns)
        why = "no sample at that time" if here is None else "the sample has no value and stays so"
        return Evidence(rule, absent=why, counts=counts)
    result = value_at(output.samples, time_ns)
    if name == "ema":
        picked = [used(series, int(known[at]), "current")]
        before = value_at(output.samples, int(series.times_ns[known[at - 1]])) if at else None
        text = f"mean before {number(before)}, value {number(picked[0].value)}" if before is not None else ""
    else:
        times = series.times_ns[known]
        lo = int(_window_starts(times, params.get("count"), params.get("interval"))[at])
        picked = [used(series, int(i), "in window") for i in known[lo : at + 1]]
        text = statistic_arithmetic(name, [sample.value for sample in picked], result)
    absent = f"fewer than {params.get('minimum_count', 1)} samples in the window" if result is None else None
    return Evidence(rule, text, tuple(picked), absent, counts)


@register("smooth", shape="series", explain=explain_smooth)
def smooth(
    series: Series,
    *,
    statistic: Annotated[
        Literal["avg", "count", "sum", "wavg", "wtavg", "ema"],
        Param("what is computed per window", choices=("avg", "count", "sum", "wavg", "wtavg", "ema")),
    ],
    count: Annotated[int | None, Param("window of so many samples", minimum=1)] = None,
    interval: Annotated[Period | None, Param("window of the samples later than time - interval")] = None,
    minimum_count: Annotated[int, Param("fewest samples for a value", minimum=0)] = 1,
    incomplete: Annotated[
        float | None, Param("value of a window with fewer; none = no sample")
    ] = None,
    factor: Annotated[float, Param("weight of the newest sample in an ema", minimum=0, maximum=1)] = 0.25,
    range_ms: Annotated[
        float | None, Param("ema for irregular samples: weight 1 - exp(-gap / range)", unit="ms")
    ] = None,
    decimal: Decimal = False,
) -> Series:
    """A statistic over the samples up to each sample.

    In: one series, any spacing.
    Out: a sample at each time of the input; unit unchanged (count: none); text annotations kept.
    Missing: a NaN sample stays NaN and takes no part in any window.
    Errors: ArgumentFault without count and interval (but for ema), or factor or range out of bounds.
    Source: ATSD "smooth"; InfluxQL MOVING_AVERAGE, charts movavg. Differences: incomplete windows.
    Example: 1, 2, 6, avg of 2 -> 1, 1.5, 4.
    """
    _check(statistic, count, interval, factor, range_ms)
    shaped = series.with_applied(
        "smooth", statistic=statistic, count=count, interval=interval, factor=factor, range_ms=range_ms
    )
    samples = series.samples
    if len(samples) == 0:
        return shaped
    hole = np.isnan(samples.values)
    known = np.flatnonzero(~hole)
    times, values = samples.times_ns[known], samples.values[known]
    # A sum that runs along the series passes through all values, so all of them together must stay exact.
    scale = decimal_scale(values, len(values)) if decimal and statistic != "count" else 1.0
    values = np.rint(values * scale) if scale != 1.0 else values
    if statistic == "ema":
        result, size = _ema(times, values, factor, range_ms), np.arange(1, len(values) + 1)
    else:
        lo = _window_starts(times, count, interval)
        hi = np.arange(1, len(values) + 1)
        result, size = _windowed(statistic, times, values, lo, hi), hi - lo
    if scale != 1.0:
        result = result / scale
    short = size < minimum_count
    out = np.full(len(samples), np.nan)
    out[known] = np.where(short, np.nan if incomplete is None else incomplete, result)
    smoothed = Samples(samples.times_ns, out, texts=samples.texts)
    lacking = int(np.count_nonzero(short))
    if lacking and incomplete is None:
        keep = np.ones(len(samples), bool)
        keep[known[short]] = False
        smoothed = smoothed.take(keep)
    text = f"{lacking} samples with fewer than {minimum_count} in their window"
    return shaped.with_samples(smoothed, *([Note("incomplete", text, lacking)] if lacking else []))


def _check(
    statistic: str, count: int | None, interval: Period | None, factor: float, range_ms: float | None
) -> None:
    if statistic == "ema":
        if range_ms is None and not 0 < factor < 1:
            raise ArgumentFault(f"the factor of an ema lies between 0 and 1, not {factor}")
        if range_ms is not None and not range_ms > 0:
            raise ArgumentFault(f"the range of an ema is positive, not {range_ms}")
        return
    if count is None and interval is None:
        raise ArgumentFault(f"{statistic} needs a window", hint="give count or interval")
    if interval is not None and interval.fixed_ns <= 0:
        raise ArgumentFault(f"a window of {interval} holds nothing")


def _window_starts(times_ns: np.ndarray, count: int | None, interval: Period | None) -> np.ndarray:
    lo = np.zeros(len(times_ns), np.int64)
    if interval is not None:
        lo = np.searchsorted(times_ns, times_ns - min(interval.fixed_ns, 2**60), side="right")
    if count is not None:
        lo = np.maximum(lo, np.arange(len(times_ns)) - count + 1)
    return lo


def _windowed(
    statistic: str, times_ns: np.ndarray, values: np.ndarray, lo: np.ndarray, hi: np.ndarray
) -> np.ndarray:
    size = (hi - lo).astype(np.float64)
    if statistic == "count":
        return size
    if statistic in ("sum", "avg"):
        with np.errstate(invalid="ignore", over="ignore"):
            sums = window_sums(values, lo, hi)
        return sums if statistic == "sum" else sums / size
    check_points(int(size.sum()), _MOST_VALUES, f"all windows of {statistic} together")
    one, parts = Statistic(statistic), []
    step = max(_BLOCK_VALUES // max(int(size.max(initial=1)), 1), 1)
    for at in range(0, len(lo), step):
        part = slice(at, at + step)
        parts.append(summarise([one], values, lo[part], hi[part], context={"times_ns": times_ns})[one])
    return np.concatenate(parts) if parts else np.empty(0)


def _ema(times_ns: np.ndarray, values: np.ndarray, factor: float, range_ms: float | None) -> np.ndarray:
    if len(values) == 0:
        return values
    weights = [factor] * len(values)
    if range_ms is not None:
        gaps = np.diff(times_ns, prepend=times_ns[0]) / NS_PER_MS
        weights = [1 - math.exp(-gap / range_ms) for gap in gaps.tolist()]
    column = values.tolist()
    mean, out = column[0], [column[0]]
    for value, weight in zip(column[1:], weights[1:], strict=True):
        mean = weight * value + (1 - weight) * mean
        out.append(mean)
    return np.array(out)
