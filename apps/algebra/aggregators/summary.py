"""Statistics of buckets by name: drops what is missing, hands each kernel what it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from apps.algebra.aggregators.statistic import Statistic
from apps.algebra.buckets import bucket_bounds
from apps.algebra.periods import Grid, check_points
from apps.algebra.registry import lookup
from apps.algebra.summaries import COUNTER, DEVIATION, MEAN, of_kinds
from apps.errors import Note

__all__ = [
    "decimal_scale", "known_samples", "rolled_up_notes", "summarise", "summarise_grid", "used_summaries",
]  # fmt: skip

#: Statistics that are NaN wherever a value of theirs is: computing them first spares a pass for NaN.
_TELLTALE = ("min", "max", "avg", "sum")
#: Statistics whose result scales with the values, so that scaled integers keep decimals exact.
_UNSCALED = frozenset(
    {"count", "min_value_time", "max_value_time"}
    | {"threshold_count", "threshold_duration", "threshold_percent"}
)
#: Statistics that use what rolled-up samples were made from: the kinds of it, and how a note says so.
_ROLLED_UP = {
    "avg": ((MEAN,), "avg weighted by the counts of the roll-up"),
    "standard_deviation": ((MEAN, DEVIATION), "deviation of the samples that were rolled up"),
    "counter": ((COUNTER,), "counter with what it grew, and its resets, inside the periods of the roll-up"),
}
_EXACT = 2.0**53
#: Values a kernel may gather from overlapping ranges at once; disjoint ranges never hold as many.
_GATHERED = 60_000_000


def known_samples(times_ns: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
    """The samples that have a value, and how many had none; the same arrays when none is missing."""
    # min() passes NaN on and is one quick pass; a mask is only made when it is needed
    if len(values) == 0 or not np.isnan(values.min()):
        return times_ns, values, 0
    known = ~np.isnan(values)
    return times_ns[known], values[known], int(len(values) - np.count_nonzero(known))


def summarise_grid(
    statistics: Sequence[Statistic],
    times_ns: np.ndarray,
    values: np.ndarray,
    grid: Grid,
    *,
    decimal: bool = False,
    context: Mapping[str, Any] | None = None,
    summaries: np.ndarray | None = None,
) -> tuple[dict[Statistic, np.ndarray], np.ndarray, int]:
    """Each statistic of each period, samples with a value per period, and how many samples were missing."""
    given = {"starts_ns": grid.starts, "ends_ns": grid.ends, "summaries": summaries, **(context or {})}
    lo, hi = bucket_bounds(times_ns, grid.starts, grid.ends)
    quick = [one for one in statistics if one.name in _TELLTALE]
    results: dict[Statistic, np.ndarray] = {}
    if quick and not decimal:
        results = summarise(quick, values, lo, hi, context={**given, "times_ns": times_ns})
        clean = not np.isnan(results[quick[0]][hi > lo]).any()
    else:
        clean = False
    missing = 0
    if not clean:
        results = {}
        if summaries is not None:
            given["summaries"] = summaries[~np.isnan(values)]
        times_ns, values, missing = known_samples(times_ns, values)
        lo, hi = bucket_bounds(times_ns, grid.starts, grid.ends) if missing else (lo, hi)
    rest = [one for one in statistics if one not in results]
    given["times_ns"] = times_ns
    results.update(summarise(rest, values, lo, hi, decimal=decimal, context=given))
    return results, hi - lo, missing


def summarise(
    statistics: Sequence[Statistic],
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    decimal: bool = False,
    context: Mapping[str, Any] | None = None,
) -> dict[Statistic, np.ndarray]:
    """Each statistic over index ranges of values that hold no NaN; NaN where a range has no such value.

    ``context`` holds what kernels may ask for by parameter name (times, bounds, carry, limits, summaries).
    ``decimal`` computes in scaled integers where the values are decimals, so that sums show no binary noise.
    """
    scale = decimal_scale(values, int((hi - lo).max(initial=1))) if decimal else 1.0
    scaled = np.rint(values * scale) if scale != 1.0 else values
    out: dict[Statistic, np.ndarray] = {}
    with np.errstate(all="ignore"):
        for one in statistics:
            if one in out:
                continue
            spec = lookup(one.name, "aggregator")
            wanted = {name: (context or {})[name] for name in spec.params if name in (context or {})}
            rolled_up = used_summaries(one, wanted.get("summaries")) is not None
            if one.argument is not None:
                wanted["argument"] = one.argument
            if one.name not in ("min", "max", "sum", "avg", "count", "first", "last", "delta", "counter"):
                check_points(int(np.maximum(hi - lo, 0).sum()), _GATHERED, f"{one} over these windows")
            if one.name in _UNSCALED or scale == 1.0 or rolled_up:
                out[one] = spec.function(values, lo, hi, **wanted)
            else:
                out[one] = spec.function(scaled, lo, hi, **wanted) / scale
    return out


def used_summaries(one: Statistic, summaries: np.ndarray | None) -> np.ndarray | None:
    """Which samples a statistic takes for what they were rolled up from; None if it takes none so."""
    kinds = _ROLLED_UP.get(one.name)
    return None if kinds is None else of_kinds(summaries, kinds[0])


def rolled_up_notes(one: Statistic, summaries: np.ndarray | None) -> tuple[Note, ...]:
    """What to tell the reader of a statistic over rolled-up samples."""
    found = used_summaries(one, summaries)
    return () if found is None else (Note("rolled-up", _ROLLED_UP[one.name][1], int(found.sum())),)


def decimal_scale(values: np.ndarray, together: int) -> float:
    """The power of ten that makes all values whole, and exact in doubles sums of so many of them; else 1."""
    finite = values[~np.isnan(values)]
    if finite.size == 0 or not np.isfinite(finite).all():
        return 1.0
    largest = float(np.abs(finite).max())
    room = float(max(together, 1))
    for places in range(1, 16):
        scale = 10.0**places
        if largest * scale * room >= _EXACT:
            return 1.0
        # a decimal is the double nearest to whole / scale, which division gives back exactly
        if np.array_equal(np.rint(finite * scale) / scale, finite):
            return scale
    return 1.0
