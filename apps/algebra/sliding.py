"""Sums over sliding windows in linear time, each from the values of its own window only.

Differences of running totals would carry the rounding of everything before the window; here a window is the
end of one block plus the beginning of the next, both added up afresh.
"""

from __future__ import annotations

import numpy as np

from apps.algebra.buckets import reduce_ranges

__all__ = ["window_sums"]

#: Windows longer than this share the sums of blocks; shorter ones are added one by one.
_LONG = 48


def window_sums(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    """``values[lo[i]:hi[i]].sum()`` for windows that are not empty and whose bounds never fall."""
    short = hi - lo <= _LONG
    if short.all():
        return reduce_ranges(np.add, values, lo, hi)
    out = np.empty(len(lo), np.float64)
    out[short] = reduce_ranges(np.add, values, lo[short], hi[short])
    out[~short] = _long_sums(values, lo[~short], hi[~short])
    return out


def _long_sums(values: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> np.ndarray:
    out = np.empty(len(lo), np.float64)
    at = 0
    while at < len(lo):
        # The end of this window is the seam: later windows hold it as long as they begin at or before it.
        seam, begin = int(hi[at]), int(lo[at])
        stop = max(int(np.searchsorted(lo, seam, side="right")), at + 1)
        left = np.zeros(seam - begin + 1)
        left[:-1] = np.cumsum(values[begin:seam][::-1])[::-1]
        reach = int(hi[stop - 1])
        right = np.zeros(reach - seam + 1)
        np.cumsum(values[seam:reach], out=right[1:])
        out[at:stop] = left[np.minimum(lo[at:stop], seam) - begin] + right[hi[at:stop] - seam]
        at = stop
    return out
