"""Summaries: what a stretch of samples leaves behind so that stretches can be put together again.

An average of averages is wrong where the counts differ, and growths of a counter do not add up, since
the steps between two stretches belong to neither. Summaries do: merging those of neighbouring stretches gives
that of the whole, in whatever steps. A summary is a record; a column of them stands beside a column of
points, with ``kind`` NONE where a point has none. A column has the fields that its kinds need.

``MEAN``       count, sum and ``m2``, the sum of squared deviations from the mean; the point shows the mean.
``DEVIATION``  the same, beside a point that shows a deviation.
``COUNTER``    the first two and the last two samples of a counter, what it lost in resets, and counts.

Ranges are ``[lo[i], hi[i])`` of the columns, in order of time. Sums are taken within each range in that
order, so computing again gives the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from apps.algebra.buckets import expand_ranges, is_chained, labels_of, reduce_ranges
from apps.errors import ArgumentFault

__all__ = [
    "COUNTER", "DEVIATION", "FIELDS", "MEAN", "NONE", "average", "between_counters", "blank", "count",
    "delta", "dtype_of", "join", "laid_out", "merge", "moved", "num_resets", "of_counters", "of_kinds",
    "of_moments", "overlaps", "own_counters", "own_moments", "rate", "same", "simplest",
    "squared_deviations", "standard_deviation", "summarise", "total", "without_counters",
]  # fmt: skip

NONE, MEAN, DEVIATION, COUNTER = 0, 1, 2, 3

_MOMENT_FIELDS = ("sum", "m2")
_COUNTER_FIELDS = (
    "first_ns", "first", "second_ns", "second", "penultimate_ns", "penultimate", "last_ns", "last",
    "reset_sum", "resets", "changes",
)  # fmt: skip
_WHOLE = ("count", "resets", "changes")
#: All fields in their order, and their types. Values are float64, times and counts int64.
FIELDS = {
    "kind": "u1",
    **{
        name: "<i8" if name in _WHOLE or name.endswith("_ns") else "<f8"
        for name in ("count", *_MOMENT_FIELDS, *_COUNTER_FIELDS)
    },
}
_FIELDS_OF = {NONE: (), MEAN: _MOMENT_FIELDS, DEVIATION: _MOMENT_FIELDS, COUNTER: _COUNTER_FIELDS}
_NS_PER_SECOND = 1e9
#: Deviations relative to the mean that may be nothing but its rounding.
_ROUNDING = 1e-12
Columns = dict[str, np.ndarray]


# --- Columns ---


def dtype_of(names: Sequence[str]) -> np.dtype:
    """The type of a column with these fields besides kind and count."""
    return np.dtype([(name, FIELDS[name]) for name in FIELDS if name in ("kind", "count") or name in names])


def blank(size: int, dtype: np.dtype) -> np.ndarray:
    """A column in which no point has a summary."""
    return np.zeros(size, dtype)


def join(columns: Sequence[np.ndarray | None], lengths: Sequence[int]) -> np.ndarray | None:
    """Columns laid end to end; None stands for so many points without a summary."""
    kept = [column for column in columns if column is not None]
    if not kept:
        return None
    dtype = _united([column.dtype for column in kept])
    parts = [
        blank(length, dtype) if column is None else _with_fields(column, dtype)
        for column, length in zip(columns, lengths, strict=True)
    ]
    # As bytes: numpy looks at every field of every pair of records otherwise.
    return np.concatenate([np.ascontiguousarray(part).view(np.uint8) for part in parts]).view(dtype)


def laid_out(columns: Mapping[int, np.ndarray], size: int) -> np.ndarray | None:
    """Columns that each begin at a place, in order, as one for so many points."""
    parts: list[np.ndarray | None] = []
    lengths: list[int] = []
    at = 0
    for start, column in columns.items():
        parts += (None, column)
        lengths += (start - at, len(column))
        at = start + len(column)
    return join([*parts, None], [*lengths, size - at])


def simplest(column: np.ndarray | None) -> np.ndarray | None:
    """The same column with no more fields than its kinds need; None if no point has a summary."""
    if column is None:
        return None
    kinds = np.flatnonzero(np.bincount(column["kind"])).tolist()
    if kinds in ([], [NONE]):
        return None
    return _with_fields(column, dtype_of([name for kind in kinds for name in _FIELDS_OF.get(kind, FIELDS)]))


def same(here: np.ndarray | None, there: np.ndarray | None) -> bool:
    """Whether the points of both columns have equal summaries, to the bit."""
    here, there = simplest(here), simplest(there)
    if here is None or there is None:
        return here is there
    return here.dtype == there.dtype and here.tobytes() == there.tobytes()


def moved(column: np.ndarray | None, by_ns: np.ndarray | int) -> np.ndarray | None:
    """The summaries of points that were moved in time."""
    if column is None or "first_ns" not in (column.dtype.names or ()):
        return column
    shifted = column.copy()
    for name in _COUNTER_FIELDS:
        if name.endswith("_ns"):
            shifted[name] += np.where(column["kind"] == COUNTER, by_ns, 0)
    return shifted


def without_counters(column: np.ndarray | None) -> np.ndarray | None:
    """The column for points of several series side by side, where only moments mean something."""
    has = of_counters(column)
    if column is None or has is None:
        return column
    kept = column.copy()
    kept[has] = np.zeros(1, column.dtype)
    return simplest(kept)


# --- Summaries of samples ---


def squared_deviations(values: np.ndarray, lo: np.ndarray, hi: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The sum of squared deviations from its mean of each range."""
    if len(lo) and is_chained(lo, hi):
        # Ranges side by side, as periods are: nothing has to be gathered.
        deviation = values[lo[0] : hi[-1]] - np.repeat(mean, hi - lo)
        lo, hi = lo - lo[0], hi - lo[0]
    else:
        deviation = values[expand_ranges(lo, hi)] - mean[labels_of(lo, hi)]
        ends = np.cumsum(np.maximum(hi - lo, 0))
        lo, hi = ends - np.maximum(hi - lo, 0), ends
    deviation *= deviation
    return reduce_ranges(np.add, deviation, lo, hi)


def summarise(
    kind: int, times_ns: np.ndarray, values: np.ndarray, lo: np.ndarray, hi: np.ndarray
) -> np.ndarray:
    """The summary of each range of samples, times rising in it; NONE where a range is empty."""
    found = blank(len(lo), _DTYPES[kind])
    filled, lo, hi = _filled(lo, hi)
    if not len(lo):
        return found
    with np.errstate(all="ignore"):
        made = (_counters if kind == COUNTER else _moments)(times_ns, values, lo, hi)
    for name, column in made.items():
        found[name][filled] = column
    found["kind"][filled] = kind
    found["count"][filled] = hi - lo
    return found


def own_moments(values: np.ndarray, summaries: np.ndarray | None, *kinds: int) -> np.ndarray:
    """Moments for each point: its own where it has some (of these kinds), else those of one sample."""
    found = blank(len(values), _DTYPES[MEAN])
    found["kind"], found["count"], found["sum"] = MEAN, 1, values
    # An infinite value has no deviation that could be told.
    found["m2"] = np.where(np.isfinite(values), 0.0, np.nan)
    return _laid_over(found, summaries, of_moments(summaries, *kinds), ("count", *_MOMENT_FIELDS))


def own_counters(times_ns: np.ndarray, values: np.ndarray, summaries: np.ndarray | None) -> np.ndarray:
    """A counter for each point: its own where it has one, else that of one sample.

    Those that overlap count as one sample each: periods of two lengths were stored, and nobody knows which to
    believe.
    """
    every = np.arange(len(values))
    alone = summarise(COUNTER, times_ns, values, every, every + 1)
    has = of_counters(summaries)
    fields = ("count", *_COUNTER_FIELDS)
    found = _laid_over(alone.copy(), summaries, has, fields)
    early = _early(found)
    if has is None or not early.any():
        return found
    early[:-1] |= early[1:]
    return _laid_over(alone, summaries, has & ~early, fields)


def of_kinds(summaries: np.ndarray | None, kinds: Sequence[int]) -> np.ndarray | None:
    """Where a point has a summary of one of these kinds; None if no point has."""
    if summaries is None:
        return None
    wanted = np.zeros(256, bool)
    wanted[list(kinds)] = True
    found = wanted[summaries["kind"]]
    return found if found.any() else None


def of_moments(summaries: np.ndarray | None, *kinds: int) -> np.ndarray | None:
    """Where a point has moments (of these kinds; any if none are given); None if no point has."""
    return of_kinds(summaries, kinds or (MEAN, DEVIATION))


def of_counters(summaries: np.ndarray | None) -> np.ndarray | None:
    """Where a point has a counter; None if no point has."""
    return of_kinds(summaries, (COUNTER,))


# --- Merging ---


def merge(summaries: np.ndarray, lo: np.ndarray, hi: np.ndarray, kind: int | None = None) -> np.ndarray:
    """One summary for each range of summaries; all of a range are of one kind, or all are moments.

    ``kind`` is that of the results, which is the kind of the first if it is not given. Counters must follow
    each other in time without overlap: ArgumentFault otherwise.
    """
    if kind is None:
        kind = int(summaries["kind"][lo[0]]) if len(lo) and hi[0] > lo[0] else MEAN
    found = blank(len(lo), _DTYPES[kind])
    filled, lo, hi = _filled(lo, hi)
    if not len(lo):
        return found
    if kind == COUNTER and bool(overlaps(summaries, lo, hi).any()):
        raise ArgumentFault(
            "out of order points: points must be submitted in time-order",
            hint="counters are merged in time, never across series that run side by side",
        )
    with np.errstate(all="ignore"):
        made = (_merged_counters if kind == COUNTER else _merged_moments)(summaries, lo, hi)
    for name, column in made.items():
        found[name][filled] = column
    found["kind"][filled] = kind
    found["count"][filled] = reduce_ranges(np.add, summaries["count"], lo, hi, 0)
    return found


def overlaps(summaries: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """Whether a range has counters of which one begins before the one before it has ended."""
    return reduce_ranges(np.logical_or, _early(summaries), lo + 1, np.maximum(hi, lo + 1), False).astype(bool)


def between_counters(summaries: np.ndarray) -> np.ndarray:
    """What each counter grew from the end of the one before it to its own begin; 0 for the first.

    After a reset the new value itself is the growth.
    """
    first, before = summaries["first"], _before(summaries["last"])
    steps = np.where(first < before, first, first - before)
    steps[:1] = 0.0
    return steps


# --- What summaries tell ---


def count(summaries: np.ndarray) -> np.ndarray:
    """How many samples each was made from."""
    return summaries["count"]


def total(summaries: np.ndarray) -> np.ndarray:
    """The sum of the values (of moments)."""
    return summaries["sum"]


def average(summaries: np.ndarray) -> np.ndarray:
    """The mean of the values (of moments); NaN without samples."""
    with np.errstate(all="ignore"):
        return summaries["sum"] / summaries["count"]


def standard_deviation(summaries: np.ndarray, *, population: bool = False) -> np.ndarray:
    """The deviation of the values (of moments), over n - 1 as ATSD and KairosDB have it, or over n.

    One sample has the deviation 0.
    """
    with np.errstate(all="ignore"):
        size = summaries["count"] if population else np.maximum(summaries["count"] - 1, 1)
        return np.sqrt(summaries["m2"] / size)


def delta(summaries: np.ndarray) -> np.ndarray:
    """What counters grew from the first sample to the last, resets counted from zero."""
    return (summaries["last"] + summaries["reset_sum"]) - summaries["first"]


def rate(summaries: np.ndarray) -> np.ndarray:
    """The growth of counters per second, from the first sample to the last; NaN for a single sample."""
    seconds = (summaries["last_ns"] - summaries["first_ns"]) / _NS_PER_SECOND
    with np.errstate(all="ignore"):
        return np.where(summaries["count"] > 1, delta(summaries) / seconds, np.nan)


def num_resets(summaries: np.ndarray) -> np.ndarray:
    """How often counters started over."""
    return summaries["resets"]


# --- Inside ---

_DTYPES = {kind: dtype_of(names) for kind, names in _FIELDS_OF.items()}


def _filled(lo: np.ndarray, hi: np.ndarray) -> tuple[slice | np.ndarray, np.ndarray, np.ndarray]:
    """Which ranges hold something, and these."""
    holds = hi > lo
    if holds.all():
        return slice(None), lo, hi
    return np.flatnonzero(holds), lo[holds], hi[holds]


def _united(dtypes: Sequence[np.dtype]) -> np.dtype:
    if len(set(dtypes)) == 1:
        return dtypes[0]
    return dtype_of([name for dtype in dtypes for name in dtype.names or ()])


def _with_fields(column: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if column.dtype == dtype:
        return column
    wide = blank(len(column), dtype)
    for name in dtype.names or ():
        if name in (column.dtype.names or ()):
            wide[name] = column[name]
    return wide


def _laid_over(
    found: np.ndarray, summaries: np.ndarray | None, where: np.ndarray | None, fields: Sequence[str]
) -> np.ndarray:
    """``found`` with the fields of the summaries there, in place."""
    if summaries is not None and where is not None:
        for name in fields:
            found[name][where] = summaries[name][where]
    return found


def _before(column: np.ndarray) -> np.ndarray:
    """Of each element the one before it; of the first itself."""
    return np.concatenate([column[:1], column[:-1]])


def _moments(times_ns: np.ndarray, values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> Columns:
    sums = reduce_ranges(np.add, values, lo, hi)
    mean = sums / (hi - lo)
    squares = squared_deviations(values, lo, hi, mean)
    # The mean of equal values may be rounded, their deviation from it is not there.
    tiny = np.flatnonzero((squares > 0) & (squares <= (hi - lo) * (_ROUNDING * mean) ** 2))
    if tiny.size:
        low, high = (reduce_ranges(one, values, lo[tiny], hi[tiny]) for one in (np.minimum, np.maximum))
        squares[tiny[low == high]] = 0.0
    return {"sum": sums, "m2": squares}


def _merged_moments(summaries: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> Columns:
    # Contiguous columns: fields of records lie apart.
    counts, sums = (np.ascontiguousarray(summaries[name]) for name in ("count", "sum"))
    whole = reduce_ranges(np.add, sums, lo, hi)
    mean = whole / reduce_ranges(np.add, counts, lo, hi, 0)
    index, label = expand_ranges(lo, hi), labels_of(lo, hi)
    apart = sums[index] / counts[index] - mean[label]
    ends = np.cumsum(hi - lo)
    squares = summaries["m2"][index] + counts[index] * apart * apart
    return {"sum": whole, "m2": reduce_ranges(np.add, squares, ends - (hi - lo), ends)}


def _counters(times_ns: np.ndarray, values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> Columns:
    before = _before(values)
    fall = values < before
    # The step into a range belongs to none, so each counts from its second sample on.
    inside = np.minimum(lo + 1, hi), hi
    places = {
        "first": lo,
        "second": np.minimum(lo + 1, hi - 1),
        "penultimate": np.maximum(hi - 2, lo),
        "last": hi - 1,
    }
    return {
        **{f"{name}_ns": times_ns[at] for name, at in places.items()},
        **{name: values[at] for name, at in places.items()},
        "reset_sum": reduce_ranges(np.add, np.where(fall, before, 0.0), *inside, 0.0),
        "resets": reduce_ranges(np.add, fall.astype(np.int64), *inside, 0),
        "changes": reduce_ranges(np.add, (values != before).astype(np.int64), *inside, 0),
    }


def _merged_counters(summaries: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> Columns:
    first, before = summaries["first"], _before(summaries["last"])
    fall = first < before
    inside = np.minimum(lo + 1, hi), hi
    several = hi - lo > 1
    found: Columns = {}
    for name in ("first", "first_ns"):
        found[name] = summaries[name][lo]
        lone = several & (summaries["count"][lo] == 1)
        second = name.replace("first", "second")
        found[second] = np.where(lone, summaries[name][np.minimum(lo + 1, hi - 1)], summaries[second][lo])
    for name in ("last", "last_ns"):
        found[name] = summaries[name][hi - 1]
        lone = several & (summaries["count"][hi - 1] == 1)
        other = name.replace("last", "penultimate")
        found[other] = np.where(lone, summaries[name][np.maximum(hi - 2, lo)], summaries[other][hi - 1])
    edges = {
        "reset_sum": np.where(fall, before, 0.0),
        "resets": fall.astype(np.int64),
        "changes": (first != before).astype(np.int64),
    }
    for name, edge in edges.items():
        within = reduce_ranges(np.add, np.ascontiguousarray(summaries[name]), lo, hi)
        found[name] = within + reduce_ranges(np.add, edge, *inside, 0)
    return found


def _early(summaries: np.ndarray) -> np.ndarray:
    """Whether a counter begins before the one before it has ended, or at the same time."""
    found = summaries["first_ns"] <= _before(summaries["last_ns"])
    found[:1] = False
    return found
