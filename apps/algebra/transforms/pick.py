"""Fewer points for drawing, with nothing lost that a reader could see."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from tsdownsample import M4Downsampler

from apps.algebra.evidence import Evidence
from apps.algebra.registry import Param, register
from apps.algebra.series import Series
from apps.algebra.transforms.params import End, Start
from apps.algebra.transforms.selection import explain_pass
from apps.errors import Note

__all__ = ["pick_points"]


def explain_pick(inputs: tuple[Series, ...], output: Series, time_ns: int, **params: Any) -> Evidence:
    """A drawn sample is a stored one; one that is not drawn lies within its neighbours' picture."""
    return explain_pass(inputs, output, time_ns, **params)


@register("pick_points", shape="series", explain=explain_pick)
def pick_points(
    series: Series,
    *,
    width_px: Annotated[int, Param("pixels that the window has", unit="px", minimum=1, maximum=100_000)],
    start_ns: Start,
    end_ns: End,
) -> Series:
    """The samples that draw the same picture: first, last, smallest and largest of every two pixels.

    In: one series; samples outside the window serve as neighbours only.
    Out: about 2 samples per pixel, unchanged, and one neighbour on either side of the window.
    Missing: a stretch of NaN samples stays as one NaN, so that the gap stays.
    Errors: none.
    Source: tsdownsample M4. Differences: neighbours and gaps are kept.
    Example: 1,000,000 samples on 1,000 pixels -> about 2,000, every peak among them.
    """
    lo, hi = (int(i) for i in np.searchsorted(series.times_ns, [start_ns, max(start_ns, end_ns)]))
    outer_lo, outer_hi = max(lo - 1, 0), min(hi + 1, len(series))
    wanted = 4 * max((width_px + 1) // 2, 2)  # M4 wants two buckets at least
    if hi - lo <= wanted:
        if outer_lo == 0 and outer_hi == len(series):
            return series
        return series.with_samples(series.samples.take(slice(outer_lo, outer_hi)))
    picked = _picked(series.times_ns[lo:hi], series.values[lo:hi], wanted) + lo
    index = np.concatenate([np.arange(outer_lo, lo), picked, np.arange(hi, outer_hi)])
    note = Note(
        "thinned", f"{len(picked)} of {hi - lo} samples drawn", hi - lo - len(picked),
        {"drawn": len(picked), "of": hi - lo},
    )  # fmt: skip
    return series.with_samples(series.samples.take(index), note)


def _picked(times_ns: np.ndarray, values: np.ndarray, wanted: int) -> np.ndarray:
    """Indices of the samples to draw, in order, with one NaN for every stretch without values."""
    if not np.isnan(values.min()):
        return _m4(times_ns, values, wanted)
    hole = np.isnan(values)
    known = np.flatnonzero(~hole)
    if known.size == 0:
        return np.zeros(1, np.int64)
    picks = known[_m4(times_ns[known], values[known], wanted)] if known.size > wanted else known
    first_hole = np.flatnonzero(hole & ~np.concatenate([[False], hole[:-1]]))
    # of the holes between two drawn samples one is enough to break the line
    between = np.searchsorted(picks, first_hole)
    _, one_each = np.unique(between, return_index=True)
    return np.sort(np.concatenate([picks, first_hole[one_each]]))


def _m4(times_ns: np.ndarray, values: np.ndarray, wanted: int) -> np.ndarray:
    """Indices of the first, last, smallest and largest of each bucket of time, and of both ends."""
    if int(times_ns[-1]) - int(times_ns[0]) < wanted << 20:
        # the sampler reckons in doubles, which are 256 ns apart near our times
        times_ns = times_ns - times_ns[0]
    found = M4Downsampler().downsample(
        np.ascontiguousarray(times_ns), np.ascontiguousarray(values), n_out=wanted
    )
    picks = _distinct(np.sort(found.astype(np.int64)))
    # rounding may leave a few samples after its last bucket: they are a bucket of their own
    after = int(picks[-1]) + 1 if picks.size else 0
    ends = [0, len(values) - 1]
    if after < len(values):
        tail = values[after:]
        ends += [after, after + int(tail.argmin()), after + int(tail.argmax())]
    return np.union1d(picks, ends) if picks.size == 0 or picks[0] or after < len(values) else picks


def _distinct(rising: np.ndarray) -> np.ndarray:
    """A sorted column without repetitions; for a few thousand numbers far cheaper than ``np.unique``."""
    return rising[np.diff(rising, prepend=-1) > 0]
