"""Why a period has the value it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from apps.algebra.aggregators import Statistic, used_summaries
from apps.algebra.evidence import Evidence, InputSample, number, used, value_at
from apps.algebra.periods import Grid, Period, period_grid
from apps.algebra.series import Series
from apps.algebra.times import format_iso_ms

__all__ = ["explain_aggregate", "period_at", "rolled_up_counts", "statistic_arithmetic"]

_RULES = {
    "min": "the smallest value of the period",
    "max": "the largest value of the period",
    "avg": "the sum of the period's values over their count",
    "sum": "the sum of the period's values",
    "count": "how many samples with a value the period holds",
    "first": "the earliest value of the period",
    "last": "the latest value of the period",
    "delta": "the last value minus the last value before the period (the first value where there is none)",
    "counter": "the sum of changes from the last value before the period; a fall counts as the new value",
    "percentile": "position p/100 * (n + 1) among the values in ascending order, interpolated",
    "median": "the middle of the values in ascending order",
    "standard_deviation": "square root of the squared deviations from the mean over n - 1",
    "median_abs_dev": "the median of the distances from the median",
    "slope": "slope per ms of the least-squares line",
    "intercept": "value at the first sample of the least-squares line",
    "wavg": "mean weighted 1, 2, 3 ... in order of time",
    "wtavg": "mean weighted 1 + seconds since the first sample",
    "min_value_time": "time of the first smallest value, Unix ms",
    "max_value_time": "time of the first largest value, Unix ms",
    "threshold_count": "stretches of time outside the limits",
    "threshold_duration": "time outside the limits, ms; crossings interpolated and truncated to ms",
    "threshold_percent": "100 * (1 - time outside the limits / length of the period)",
}
_SHOWN = 20


def period_at(
    series: Series,
    time_ns: int,
    *,
    period: Period | None,
    start_ns: int,
    end_ns: int,
    align: str = "calendar",
    zone: str = "UTC",
    first: str = "discard",
    **_: Any,
) -> tuple[int, int] | None:
    """Bounds of the period that starts at a time; None when no period starts there."""
    if period is None:
        return (start_ns, end_ns) if time_ns == start_ns else None
    window = series.samples.between(start_ns, end_ns)
    anchor = int(window.times_ns[0]) if len(window) else None
    grid: Grid = period_grid(
        period, start_ns, end_ns, align=align, zone=zone, first=first,
        anchor_ns=anchor, cover=(time_ns, time_ns),
    )  # fmt: skip
    if len(grid) and grid.starts[0] == time_ns:
        return int(grid.starts[0]), int(grid.ends[0])
    return None


def rolled_up_counts(
    statistic: Statistic, series: Series, index: Sequence[int], use: str = "use"
) -> tuple[int, ...]:
    """How many samples each of some was rolled up from; nothing where the statistic doesn't take it so."""
    summaries = series.samples.summaries
    if use == "ignore" or summaries is None:
        return ()
    part = summaries[list(index)]
    taken = used_summaries(statistic, part)
    return () if taken is None else tuple(np.where(taken, part["count"], 1).tolist())


def statistic_arithmetic(
    name: str, values: Sequence[float], result: float | None, counts: Sequence[int] = ()
) -> str:
    """A statistic with its numbers put in, for the statistics that are one short formula.

    ``counts``: how many samples each value was rolled up from.
    """
    shown = [number(value) for value in values[:_SHOWN]]
    more = [f"… ({len(values) - _SHOWN} more)"] if len(values) > _SHOWN else []
    equals = "" if result is None else f" = {number(result)}"
    if counts and name == "avg":
        weighed = [f"{value} * {count}" for value, count in zip(shown, counts, strict=False)]
        return f"({' + '.join(weighed + more)}) / {sum(counts)}{equals}"
    listed = shown + more
    if counts:
        return f"{name}({', '.join(listed)}) over {sum(counts)} samples that were rolled up{equals}"
    if name == "sum":
        return " + ".join(listed) + equals
    if name == "avg":
        return f"({' + '.join(listed)}) / {len(values)}{equals}"
    if name == "count":
        return f"{len(values)} samples{equals}"
    if name == "delta":
        return f"{number(values[-1])} - {number(values[0])}{equals}"
    return f"{name}({', '.join(listed)}){equals}"


def explain_aggregate(
    inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any
) -> Evidence:
    """The samples of the period at ``time_ns``, the statistic's rule and its arithmetic."""
    (series,) = inputs
    statistic = dict(output.applied[-1].params)["statistic"]
    rule = _RULES.get(statistic.name, "the series passes unchanged")
    result = value_at(output.samples, time_ns)
    counts = {note.code: note.count for note in output.notes}
    if statistic.name == "detail":
        at = int(np.searchsorted(series.times_ns, time_ns))
        inputs_used = (used(series, at, "sample"),) if result is not None else ()
        return Evidence(rule, "", inputs_used, None if result is not None else "no sample then", counts)
    bounds = period_at(series, time_ns, **params)
    if bounds is None:
        return Evidence(rule, absent=f"no period begins at {_iso(time_ns)}", counts=counts)
    lo, hi = np.searchsorted(series.times_ns, [bounds[0], min(bounds[1], params["end_ns"])])
    known = [i for i in range(int(lo), int(hi)) if not np.isnan(series.values[i])]
    picked = [used(series, i, "in period") for i in known]
    if statistic.name in ("delta", "counter"):
        before = np.flatnonzero(
            ~np.isnan(series.values[:lo]) & (series.times_ns[:lo] >= params["start_ns"])
        )
        if before.size:
            picked.insert(0, used(series, int(before[-1]), "last before the period"))
    if not known:
        return _without_samples(series, output, bounds, params, counts)
    if result is None:
        absent = "a lone sample and none before it: nothing to compare with"
        return Evidence(rule, "", tuple(picked), absent, counts)
    rolled_up = rolled_up_counts(statistic, series, known, params.get("summaries", "use"))
    arithmetic = statistic_arithmetic(str(statistic), [one.value for one in picked], result, rolled_up)
    return Evidence(rule, arithmetic, tuple(picked), None, counts)


def _without_samples(
    series: Series, output: Series, bounds: tuple[int, int], params: dict[str, Any], counts: dict[str, int]
) -> Evidence:
    """An empty period: absent, or filled from the results of the nearest periods that hold samples."""
    result = value_at(output.samples, bounds[0])
    mode = params.get("interpolate", "none")
    if result is None:
        absent = f"no sample with a value from {_iso(bounds[0])} to {_iso(bounds[1])}"
        return Evidence("an empty period makes no sample", "", (), absent, counts)
    known = series.times_ns[~np.isnan(series.values)]
    near = (
        known[(known < bounds[0]) & (known >= params["start_ns"])][-1:],
        known[(known >= bounds[1]) & (known < params["end_ns"])][:1],
    )
    picked = []
    for times, role in zip(near, ("result before", "result after"), strict=True):
        start = _start_of(series, int(times[0]), params) if times.size else None
        value = value_at(output.samples, start) if start is not None else None
        if start is not None and value is not None:
            picked.append(InputSample(output.key, start, value, role))
    text = number(result)
    if mode == "linear" and len(picked) == 2:
        p, n = picked
        text = (
            f"{number(p.value)} + ({number(n.value)} - {number(p.value)}) * {bounds[0] - p.time_ns} ns"
            f" / {n.time_ns - p.time_ns} ns = {number(result)}"
        )
    rule = f"the period is empty; filled from its neighbours ({mode})"
    return Evidence(rule, text, tuple(picked), None, counts)


def _start_of(series: Series, time_ns: int, params: dict[str, Any]) -> int | None:
    """The start of the period that holds a time."""
    window = series.samples.between(params["start_ns"], params["end_ns"])
    chosen = {name: params[name] for name in ("align", "zone", "first") if name in params}
    grid = period_grid(
        params["period"], params["start_ns"], params["end_ns"],
        anchor_ns=int(window.times_ns[0]), cover=(time_ns, time_ns), **chosen,
    )  # fmt: skip
    return int(grid.starts[0]) if len(grid) else None


def _iso(time_ns: int) -> str:
    return format_iso_ms(np.array([time_ns], np.int64))[0]
