"""Bringing columns of samples into order: the last write of a time wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from apps.algebra.series import BOOL, FLOAT, INT, Samples, concat_samples
from apps.algebra.summaries import simplest as simplest_summaries

__all__ = ["cut_range", "exact_columns", "last_write_wins", "overlay", "simplest"]


def last_write_wins(samples: Samples) -> Samples:
    """Samples in any order, with repeated times, as strictly rising ones; of equal times the last stays."""
    times = samples.times_ns
    if times.size < 2 or bool(np.all(times[1:] > times[:-1])):
        return samples
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    is_last = np.empty(ordered.size, bool)
    is_last[-1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_last[:-1])
    return samples.take(order[is_last])


def overlay(older: Samples, newer: Samples) -> Samples:
    """Strictly rising ``older`` with ``newer`` (any order) written over it."""
    if not len(newer):
        return older
    return last_write_wins(concat_samples([older, newer]))


def cut_range(samples: Samples, start_ns: int, end_ns: int) -> Samples:
    """The samples outside ``[start_ns, end_ns)``."""
    lo, hi = (int(i) for i in np.searchsorted(samples.times_ns, [start_ns, end_ns]))
    if end_ns == 2**63 - 1:
        # An unbounded range holds the last representable instant too.
        hi = len(samples)
    if lo >= hi:
        return samples
    return concat_samples([samples.take(slice(0, lo)), samples.take(slice(hi, None))])


def exact_columns(parts: Sequence[Samples]) -> list[Samples]:
    """The parts with ``ints`` wherever there are integers, so that they can be laid end to end."""
    return [_with_ints(part) for part in parts]


def _with_ints(samples: Samples) -> Samples:
    if samples.kinds is None or samples.ints is not None:
        return samples
    whole = (samples.kinds == INT) | (samples.kinds == BOOL)
    ints = np.where(whole, np.nan_to_num(samples.values), 0).astype(np.int64)
    return replace(samples, ints=ints)


def simplest(samples: Samples) -> Samples:
    """The same samples without columns that say nothing."""
    if samples.is_plain:
        return samples
    kinds, ints, texts = samples.kinds, samples.ints, samples.texts
    if kinds is not None and not np.any(kinds != FLOAT):
        kinds = ints = None
    if ints is not None and kinds is not None and not np.any((kinds == INT) | (kinds == BOOL)):
        ints = None
    if texts is not None and all(text is None for text in texts.tolist()):
        texts = None
    summaries = simplest_summaries(samples.summaries)
    return Samples(samples.times_ns, samples.values, kinds, ints, texts, summaries)
