"""Regular samples from irregular ones."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np

from apps.algebra.aggregators import decimal_scale
from apps.algebra.evidence import Evidence, number, used, value_at
from apps.algebra.periods import MAX_POINTS, Period, check_step, period_grid
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.times import zone_info
from apps.algebra.transforms.params import Alignment, Decimal, End, MaxPoints, Start, Zone
from apps.errors import ArgumentFault, Note

__all__ = ["interpolate"]


def _raw(samples: Samples, start_ns: int, end_ns: int, boundary: str) -> Samples:
    """The samples with a value that interpolation may use; none when none lies in the window."""
    known = samples
    if len(samples) and np.isnan(samples.values.min()):
        known = samples.take(~np.isnan(samples.values))
    lo, hi = (int(i) for i in np.searchsorted(known.times_ns, [start_ns, end_ns], side="left"))
    if hi <= lo:
        return Samples.empty()
    if boundary == "outer":
        lo, hi = max(lo - 1, 0), min(hi + 1, len(known))
    return known.take(slice(lo, hi))


def explain_interpolate(
    inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any
) -> Evidence:
    """The neighbours of a grid point and the line between them."""
    (series,) = inputs
    function = params.get("function", "linear")
    raw = series.with_samples(
        _raw(series.samples, params["start_ns"], params["end_ns"], params.get("boundary", "inner"))
    )
    rule = {
        "linear": "p.v + (n.v - p.v) * (t - p.t) / (n.t - p.t)",
        "previous": "the value of the sample before",
    }[function]
    counts = {note.code: note.count for note in output.notes}
    result = value_at(output.samples, time_ns)
    after = int(np.searchsorted(raw.times_ns, time_ns, side="right"))
    neighbours = []
    if after > 0:
        neighbours.append(used(raw, after - 1, "before"))
    if after < len(raw) and not (neighbours and neighbours[0].time_ns == time_ns):
        neighbours.append(used(raw, after, "after"))
    if result is None:
        grid = period_grid(
            params["period"], params["start_ns"], params["end_ns"], align=params.get("align", "calendar"),
            zone=params.get("zone", "UTC"), cover=(time_ns, time_ns),
        )  # fmt: skip
        on_grid = len(grid) > 0 and grid.starts[0] == time_ns
        why = "outside the samples, and nothing fills it" if on_grid else "not a point of the grid"
        why = why if len(raw) else "no sample with a value in the window"
        return Evidence(rule, "", tuple(neighbours), why, counts)
    if neighbours and neighbours[0].time_ns == time_ns:
        rule = "a sample stands exactly there: unchanged"
        return Evidence(rule, number(result), (neighbours[0],), None, counts)
    if len(neighbours) == 2 and function == "linear":
        p, n = neighbours
        text = (
            f"{number(p.value)} + ({number(n.value)} - {number(p.value)}) * {time_ns - p.time_ns} ns"
            f" / {n.time_ns - p.time_ns} ns = {number(result)}"
        )
        return Evidence(rule, text, (p, n), None, counts)
    if function == "previous" and neighbours and neighbours[0].time_ns < time_ns:
        return Evidence(rule, number(result), (neighbours[0],), None, counts)
    return Evidence("outside the samples: filled", number(result), tuple(neighbours), None, counts)


@register("interpolate", shape="series", explain=explain_interpolate)
def interpolate(
    series: Series,
    *,
    period: Annotated[Period, Param("distance of the grid points")],
    start_ns: Start,
    end_ns: End,
    function: Annotated[
        Literal["linear", "previous"],
        Param("a line between neighbours, or the one before", choices=("linear", "previous")),
    ] = "linear",
    align: Alignment = "calendar",
    boundary: Annotated[
        Literal["inner", "outer"],
        Param("use only samples in the window, or one on either side too", choices=("inner", "outer")),
    ] = "inner",
    fill: Annotated[
        float | str | None,
        Param("grid points without a value: none = left out, 'edge' = nearest sample, or a constant"),
    ] = None,
    zone: Zone = "UTC",
    max_points: MaxPoints = MAX_POINTS,
    decimal: Decimal = False,
) -> Series:
    """Values at regular times, from the samples around them.

    In: one series; with boundary "outer" also one sample with a value on either side of the window.
    Out: a sample per grid point of [start, end), unit unchanged; texts carried from the sample before.
    Missing: NaN samples are left out; without a sample in the window the result is empty.
    Errors: LimitFault when the grid is too large; ArgumentFault for a period that makes no grid.
    Source: ATSD "interpolate". Differences: "previous" gives one last value after the last sample.
    Example: 10 at 06:05, 40 at 06:20, every 15 minutes, linear -> 30 at 06:15.
    """
    if isinstance(fill, str) and fill != "edge":
        raise ArgumentFault(f"fill takes 'edge' or a number, not {fill!r}")
    zone_info(zone)
    shaped = series.with_applied("interpolate", function=function, period=period)
    raw = _raw(series.samples, start_ns, end_ns, boundary)
    check_step(period)
    if len(raw) == 0:
        return shaped.with_samples(Samples.empty())
    first, last = int(raw.times_ns[0]), int(raw.times_ns[-1])
    grid = period_grid(
        period, start_ns, end_ns, align=align, zone=zone, anchor_ns=first, max_points=max_points,
        cover=(first, last + 2 * period.fixed_ns) if fill is None else None,
    ).starts  # fmt: skip
    if len(grid) == 0:
        return shaped.with_samples(Samples.empty())
    at = np.searchsorted(raw.times_ns, grid, side="right") - 1
    p, n = np.maximum(at, 0), np.minimum(at + 1, len(raw) - 1)
    exact = raw.times_ns[p] == grid
    inside = (at >= 0) & (at < len(raw) - 1)
    values, have = raw.values[p], exact | inside
    if function == "linear":
        between = np.flatnonzero(inside & ~exact)
        scale = decimal_scale(raw.values, 2) if decimal else 1.0
        values[between] = _line(raw, p[between], n[between], grid[between], scale)
    past = np.flatnonzero((at == len(raw) - 1) & ~exact)
    if function == "previous" and past.size:
        have[past[0]] = True
    carried = have.copy()
    filled = 0
    if fill is not None:
        filled = int(np.count_nonzero(~have))
        values = np.where(have, values, raw.values[p] if fill == "edge" else float(fill))
        have = np.ones(len(grid), bool)
    texts = _carried_texts(raw, p, carried)
    out = Samples(grid[have], values[have], texts=texts[have] if texts is not None else None)
    note = [Note("filled", f"{filled} grid points outside the samples were filled", filled)] if filled else []
    return shaped.with_samples(out, *note)


def _line(raw: Samples, p: np.ndarray, n: np.ndarray, grid: np.ndarray, scale: float) -> np.ndarray:
    """Values between their neighbours; decimals as the whole numbers that ``scale`` makes of them."""
    values = raw.values if scale == 1.0 else np.rint(raw.values * scale)
    with np.errstate(invalid="ignore", over="ignore"):
        way = (values[n] - values[p]) * (grid - raw.times_ns[p]).astype(np.float64)
        return (values[p] + way / (raw.times_ns[n] - raw.times_ns[p])) / scale


def _carried_texts(raw: Samples, p: np.ndarray, carried: np.ndarray) -> np.ndarray | None:
    """The annotation of the sample before, where there is one."""
    if raw.texts is None:
        return None
    texts = raw.texts[p]
    texts[~carried] = None
    return texts if any(text is not None for text in texts) else None
