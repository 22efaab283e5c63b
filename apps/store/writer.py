"""Writing samples. A call that returns has committed; what was answered is never lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

import numpy as np

from apps.algebra.series import Samples, concat_samples
from apps.store import rows
from apps.store.expiry import forget_expiry, remember_expiry
from apps.store.headlog import encode_heads
from apps.store.merge import exact_columns, last_write_wins
from apps.store.models import stripe_of
from apps.store.rewrite import Cut, rewrite_stripe

__all__ = [
    "BULK_SAMPLES", "append_aligned", "append_samples", "delete_range", "delete_series", "load_samples",
]  # fmt: skip

#: From so many samples of one series on, merging straight into chunks is cheaper than the log.
BULK_SAMPLES = 512
_TIMES, _VALUES = attrgetter("times_ns"), attrgetter("values")
_INT64, _FLOAT64 = np.dtype(np.int64), np.dtype(np.float64)


def append_samples(batch: Mapping[int, Samples], *, expires_ns: int | None = None) -> int:
    """Write samples by series; returns how many. A sample at a time that exists replaces it.

    Small batches go to the log: one transaction, one row per stripe, however many series. A series with 512
    samples or more is merged into chunks. Within ``batch`` times may repeat and come in any order; the last
    one wins. ``expires_ns``: the samples go at that moment, unless they are written again before.
    """
    return append_aligned(list(batch), list(batch.values()), expires_ns=expires_ns)


def append_aligned(ids: list[int], parts: list[Samples], *, expires_ns: int | None = None) -> int:
    """As :func:`append_samples`, for series that differ, and the samples of each."""
    # A batch of a thousand series with one sample each is the usual one, so nothing here costs per series
    # more than a look at its length.
    times = list(map(_TIMES, parts))
    lengths = set(map(len, times))
    # With an end, samples and that are one transaction, however many there are.
    if lengths and min(lengths) > 0 and (max(lengths) < BULK_SAMPLES or expires_ns is not None):
        return _append_to_log(ids, parts, times, expires_ns)
    most = BULK_SAMPLES if expires_ns is None else max(lengths, default=0) + 1
    small = [at for at, samples in enumerate(parts) if 0 < len(samples) < most]
    bulk = {ids[at]: samples for at, samples in enumerate(parts) if len(samples) >= most}
    stored = 0
    if small:
        some = ([column[at] for at in small] for column in (ids, parts, times))
        stored = _append_to_log(*some, expires_ns)
    return stored + (load_samples(bulk) if bulk else 0)


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


def _append_to_log(
    ids: list[int], parts: list[Samples], times: list[np.ndarray], expires_ns: int | None
) -> int:
    series_ids = np.array(ids, np.int64)
    whole = _end_to_end(parts, times)
    if len(whole) > len(ids):
        series_ids = np.repeat(series_ids, list(map(len, times)))
    if np.any(series_ids[1:] < series_ids[:-1]):
        # Stable: of records of one series and time, the later one wins.
        order = np.argsort(series_ids, kind="stable")
        series_ids, whole = series_ids[order], whole.take(order)
    batches = encode_heads(series_ids, whole)
    with rows.stripe_transaction():
        forget_expiry(series_ids, whole.times_ns)
        rows.insert_heads(batches)
        if expires_ns is not None:
            remember_expiry(series_ids, whole.times_ns, expires_ns)
    return len(series_ids)


def _end_to_end(parts: list[Samples], times: list[np.ndarray]) -> Samples:
    if [
        True
        for part in parts
        if part.kinds is not None or part.texts is not None or part.summaries is not None
    ]:
        return concat_samples(exact_columns(parts))
    return Samples(_joined(times, _INT64), _joined(list(map(_VALUES, parts)), _FLOAT64))


def _joined(columns: list[np.ndarray], dtype: np.dtype) -> np.ndarray:
    """Columns end to end. Many of a sample or two: joining their bytes takes a third of the time."""
    if [True for column in columns if column.dtype is not dtype]:
        return np.concatenate(columns)
    try:
        return np.frombuffer(b"".join(columns), dtype)
    except TypeError:
        # One of them takes every other number of another array.
        return np.concatenate(columns)


def _by_stripe(series_ids: Iterable[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for series_id in sorted(set(series_ids)):
        found.setdefault(stripe_of(series_id), []).append(series_id)
    return found
