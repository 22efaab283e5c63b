"""Statistics of one series per period."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import numpy as np

from apps.algebra.aggregators import Statistic, rolled_up_notes, summarise_grid
from apps.algebra.periods import MAX_POINTS, Grid, Period, occupied_grid, period_grid
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.times import zone_info
from apps.algebra.transforms.aggregate_explain import explain_aggregate
from apps.algebra.transforms.filling import check_fill, fill_between
from apps.algebra.transforms.params import (
    Alignment,
    Decimal,
    End,
    Extend,
    FillMode,
    FillValue,
    MaxPoints,
    OptionalPeriod,
    Start,
    Statistics,
    Summaries,
    Zone,
    one_or_more,
)
from apps.errors import Note

__all__ = ["aggregate", "unit_of"]


@register("aggregate", shape="series", explain=explain_aggregate)
def aggregate(
    series: Series,
    *,
    statistics: Statistics,
    start_ns: Start,
    end_ns: End,
    period: OptionalPeriod = None,
    align: Alignment = "calendar",
    zone: Zone = "UTC",
    first: Annotated[
        Literal["discard", "keep"],
        Param("what becomes of the period that holds the window's start", choices=("discard", "keep")),
    ] = "discard",
    interpolate: FillMode = "none",
    fill_value: FillValue = None,
    extend: Extend = False,
    threshold_min: Annotated[float | None, Param("values below it violate", unit="value")] = None,
    threshold_max: Annotated[float | None, Param("values above it violate", unit="value")] = None,
    working_minutes: Annotated[
        tuple[int, int] | None, Param("thresholds count only within these minutes of working days")
    ] = None,
    summaries: Summaries = "use",
    decimal: Decimal = False,
    max_points: MaxPoints = MAX_POINTS,
) -> list[Series]:
    """Statistics of the samples in each period.

    In: one series, any number of samples, values in any unit u; those in the window count.
    Out: one series per statistic, a sample at the start of each period that has a value. Rolled-up samples
        count as what they were rolled up from, with a note.
    Missing: NaN samples are left out; a period without a value makes no sample unless interpolated.
    Errors: ArgumentFault for a threshold statistic without limits; LimitFault for too many periods.
    Source: ATSD "aggregate"; KairosDB range aggregators; InfluxDB GROUP BY time(). Differences: `first`,
        `align`, empty periods.
    Example: 4, 10, 7 at 10:00:00, :20, :40, avg per 1 minute -> 7 at 10:00:00.
    """
    statistics = one_or_more(statistics)
    check_fill(interpolate, fill_value)
    zone_info(zone)
    window = series.samples.between(start_ns, end_ns)
    wanted = [one for one in statistics if one.name != "detail"]
    grid = _grid_for(
        window.times_ns, period, start_ns, end_ns, align, zone, first, extend, max_points
    ) if len(window) and wanted else Grid.empty()  # fmt: skip
    if interpolate != "none" and len(grid) and not np.array_equal(grid.starts[1:], grid.ends[:-1]):
        grid = period_grid(
            period, start_ns, end_ns, align=align, zone=zone, first=first, anchor_ns=int(window.times_ns[0]),
            cover=(int(window.times_ns[0]), int(window.times_ns[-1])), max_points=max_points,
        )  # fmt: skip
    head = int(np.searchsorted(window.times_ns, grid.starts[0])) if len(grid) else 0
    context = {
        "threshold_min": threshold_min, "threshold_max": threshold_max,
        "working_minutes": working_minutes, "zone": zone,
    }  # fmt: skip
    # Samples before the first period are gone for every statistic: delta must not start from them.
    rolled_up = window.summaries[head:] if summaries == "use" and window.summaries is not None else None
    results, _, missing = summarise_grid(
        wanted, window.times_ns[head:], window.values[head:], grid, decimal=decimal, context=context,
        summaries=rolled_up,
    )  # fmt: skip
    notes = _notes(missing, head)
    out = []
    for one in statistics:
        shaped = series.with_applied("aggregate", statistic=one, period=period)
        if one.name == "detail":
            out.append(shaped)
            continue
        shaped = replace(shaped, unit=unit_of(one, series.unit))
        samples, filled = _fill_periods(grid.starts, results[one], interpolate, fill_value, extend)
        extra = [Note("filled", f"{filled} empty periods were filled", filled)] if filled else []
        out.append(shaped.with_samples(samples, *notes, *rolled_up_notes(one, rolled_up), *extra))
    return out


def _grid_for(
    times_ns: np.ndarray,
    period: Period | None,
    start_ns: int,
    end_ns: int,
    align: str,
    zone: str,
    first: str,
    extend: bool,
    max_points: int,
) -> Grid:
    if period is None:
        return Grid(np.array([start_ns], np.int64), np.array([end_ns], np.int64))
    if extend:
        return period_grid(
            period, start_ns, end_ns, align=align, zone=zone, first=first,
            anchor_ns=int(times_ns[0]), max_points=max_points,
        )  # fmt: skip
    return occupied_grid(
        period, start_ns, end_ns, times_ns, align=align, zone=zone, first=first, max_points=max_points
    )


def _fill_periods(
    starts_ns: np.ndarray, results: np.ndarray, mode: str, value: float | None, extend: bool
) -> tuple[Samples, int]:
    """The periods with a result, and those that interpolation gives one."""
    known = np.flatnonzero(~np.isnan(results))
    if len(known) == len(results):
        return Samples(starts_ns, results), 0
    if known.size == 0:
        return Samples.empty(), 0
    if mode == "none" and not extend:
        return Samples(starts_ns[known], results[known]), 0
    index = np.arange(len(results))
    filled = results.copy()
    before = np.searchsorted(known, index, side="right") - 1
    gap = np.flatnonzero(np.isnan(results) & (index > known[0]) & (index < known[-1]))
    if mode != "none" and gap.size:
        left, right = known[before[gap]], known[before[gap] + 1]
        filled[gap] = fill_between(
            starts_ns[gap], (starts_ns[left], results[left]), (starts_ns[right], results[right]), mode, value
        )
    if extend:
        filled[: known[0]] = value if mode == "value" else results[known[0]]
        filled[known[-1] + 1 :] = value if mode == "value" else results[known[-1]]
    have = ~np.isnan(filled)
    return Samples(starts_ns[have], filled[have]), int(np.count_nonzero(have) - known.size)


def _notes(missing: int, head: int) -> list[Note]:
    notes = []
    if missing:
        notes.append(Note("missing", f"{missing} samples without a value were left out", missing))
    if head:
        text = f"{head} samples of a period that began before the window were left out"
        notes.append(Note("head-discarded", text, head))
    return notes


def unit_of(statistic: Statistic, unit: str | None) -> str | None:
    """The unit of a statistic over values of some unit."""
    name = statistic.name
    if name in ("count", "threshold_count"):
        return None
    if name in ("min_value_time", "max_value_time", "threshold_duration"):
        return "ms"
    if name == "threshold_percent":
        return "%"
    if name == "slope":
        return f"{unit}/ms" if unit else None
    return unit
