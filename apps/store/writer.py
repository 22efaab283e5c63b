"""Writing samples. A call that returns has committed; what was answered is never lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from apps.algebra.series import Samples, concat_samples
from apps.store import rows
from apps.store.headlog import encode_head
from apps.store.merge import exact_columns, last_write_wins
from apps.store.models import STRIPE_BITS, stripe_of
from apps.store.rewrite import Cut, rewrite_stripe

__all__ = ["BULK_SAMPLES", "append_samples", "delete_range", "delete_series", "load_samples"]

#: From so many samples of one series on, merging straight into chunks is cheaper than the log.
BULK_SAMPLES = 512


def append_samples(batch: Mapping[int, Samples]) -> int:
    """Write samples by series; returns how many. A sample at a time that exists replaces it.

    Small batches go to the log: one transaction, one row per stripe, however many series. A series with 512
    samples or more is merged into chunks. Within ``batch`` times may repeat and come in any order; the last
    one wins.
    """
    small: list[tuple[int, Samples]] = []
    bulk: dict[int, Samples] = {}
    for series_id, samples in batch.items():
        if len(samples) >= BULK_SAMPLES:
            bulk[series_id] = samples
        elif len(samples):
            small.append((series_id, samples))
    count = _append_to_log(small) if small else 0
    return count + (load_samples(bulk) if bulk else 0)


def load_samples(batch: Mapping[int, Samples]) -> int:
    """Merge samples straight into chunks, stripe by stripe; returns how many.

    One transaction per stripe: after a crash each stripe is loaded whole or not at all, and loading again
    gives the same.
    """
    count = 0
    for stripe, series_ids in _by_stripe(batch).items():
        load = {series_id: last_write_wins(batch[series_id]) for series_id in series_ids}
        rewrite_stripe(stripe, load=load)
        count += sum(len(batch[series_id]) for series_id in series_ids)
    return count


def delete_range(series_ids: Sequence[int], start_ns: int, end_ns: int) -> None:
    """Remove the samples of ``[start_ns, end_ns)``; for an open end give ``2**63 - 1``."""
    for stripe, ids in _by_stripe(series_ids).items():
        rewrite_stripe(stripe, cut=Cut(frozenset(ids), start_ns, end_ns))


def delete_series(series_ids: Sequence[int]) -> None:
    """Remove all samples of series."""
    delete_range(series_ids, -(2**63), 2**63 - 1)


# --- Inside ---


def _append_to_log(parts: Sequence[tuple[int, Samples]]) -> int:
    lengths = [len(samples) for _, samples in parts]
    # The last write of a time wins already here, where a batch names it twice: later records win.
    columns = [samples for _, samples in parts]
    if not all(samples.is_plain for samples in columns):
        columns = exact_columns(columns)
    whole = concat_samples(columns)
    series_ids = np.repeat(np.array([series_id for series_id, _ in parts], np.int64), lengths)
    order = np.argsort(series_ids, kind="stable")
    series_ids, whole = series_ids[order], whole.take(order)
    stripes = series_ids >> STRIPE_BITS
    edges = np.flatnonzero(np.r_[True, stripes[1:] != stripes[:-1], True]).tolist()
    batches = []
    for lo, hi in pairwise(edges):
        part = whole.take(slice(lo, hi))
        batches.append(
            (
                int(stripes[lo]),
                hi - lo,
                int(part.times_ns.min()),
                int(part.times_ns.max()),
                encode_head(series_ids[lo:hi], part),
            )
        )
    with rows.stripe_transaction():
        rows.insert_heads(batches)
    return len(series_ids)


def _by_stripe(series_ids: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for series_id in sorted(set(series_ids)):
        found.setdefault(stripe_of(series_id), []).append(series_id)
    return found
