"""Reductions over index ranges ``[lo[i], hi[i])`` of a column: the one loop below every statistic.

Ranges may be empty, leave gaps or overlap (periods, row windows and sliding windows differ only in how they
make ``lo`` and ``hi``). Every range is reduced on its own values alone: prefix sums over the whole column
would lose small values after large ones.
"""

from __future__ import annotations

import numpy as np

__all__ = ["bucket_bounds", "expand_ranges", "is_chained", "labels_of", "reduce_ranges", "sorted_ranges"]

#: Ranges that are this long on average are sorted one by one; shorter ones together, by label and value.
_SORT_ALONE = 2


def bucket_bounds(
    times_ns: np.ndarray, starts_ns: np.ndarray, ends_ns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """``lo`` and ``hi`` of the samples with ``start <= t < end`` for each period; periods in order."""
    lo = np.searchsorted(times_ns, starts_ns, side="left")
    if len(starts_ns) and np.array_equal(starts_ns[1:], ends_ns[:-1]):
        last = np.searchsorted(times_ns, ends_ns[-1:], side="left")
        return lo, np.concatenate([lo[1:], last])
    return lo, np.searchsorted(times_ns, ends_ns, side="left")


def is_chained(lo: np.ndarray, hi: np.ndarray) -> bool:
    """True when each range begins where the one before ended."""
    return bool(np.array_equal(lo[1:], hi[:-1]))


def reduce_ranges(
    ufunc: np.ufunc, column: np.ndarray, lo: np.ndarray, hi: np.ndarray, empty: float = np.nan
) -> np.ndarray:
    """``ufunc.reduce(column[lo[i]:hi[i]])`` for each range, ``empty`` where a range is empty."""
    filled = hi > lo
    if filled.all() and len(lo):
        return _reduce_filled(ufunc, column, lo, hi)
    kept = np.flatnonzero(filled)
    if kept.size == 0:
        return np.full(len(lo), empty)
    reduced = _reduce_filled(ufunc, column, lo[kept], hi[kept])
    out = np.full(len(lo), empty, np.result_type(reduced, type(empty)))
    out[kept] = reduced
    return out


def _reduce_filled(ufunc: np.ufunc, column: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    if is_chained(lo, hi):
        return ufunc.reduceat(column[: hi[-1]], lo)
    pairs = np.empty(2 * len(lo), np.intp)
    pairs[0::2], pairs[1::2] = lo, hi
    if hi[-1] == len(column) and (len(hi) == 1 or hi[:-1].max() < len(column)):
        return ufunc.reduceat(column, pairs[:-1])[::2]
    if hi.max() == len(column):  # several ranges end at the end: reduceat wants an element there
        column = np.concatenate([column, column[-1:]])
    return ufunc.reduceat(column, pairs)[::2]


def expand_ranges(lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The indices of all ranges, one range after the other."""
    length = np.maximum(hi - lo, 0)
    ends = np.cumsum(length)
    total = int(ends[-1]) if ends.size else 0
    return np.arange(total) + np.repeat(lo - (ends - length), length)


def labels_of(lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """The number of its range for each index that :func:`expand_ranges` gives."""
    return np.repeat(np.arange(len(lo)), np.maximum(hi - lo, 0))


def sorted_ranges(
    values: np.ndarray, lo: np.ndarray, hi: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The values of each range in ascending order, laid end to end, and the ranges' new bounds."""
    gathered = values[expand_ranges(lo, hi)]
    ends = np.cumsum(np.maximum(hi - lo, 0))
    starts = ends - np.maximum(hi - lo, 0)
    if len(lo) * _SORT_ALONE <= len(gathered):
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            gathered[start:end].sort()
    else:
        gathered = gathered[np.lexsort((gathered, labels_of(lo, hi)))]
    return gathered, starts, ends
