"""Rewriting the chunks of one stripe: the one way in which the log is folded in, loads merged, ranges cut.

Reading and encoding happen outside the lock, since encoding inside it would stall writers. Then a
short transaction looks whether all it read is still so, removes exactly those rows and writes the new
chunks. When something changed meanwhile, it starts over; after a few tries it does all inside the lock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from apps.algebra.series import Samples, concat_samples
from apps.store import rows
from apps.store.codec import CHUNK_SAMPLES, EncodedChunk, encode_chunk, split_chunks
from apps.store.expiry import due_rows, expiring_times, forget_expiry, has_expiry, remove_rows
from apps.store.headlog import decode_head, is_sound
from apps.store.merge import cut_range, last_write_wins, overlay, simplest
from apps.store.models import Expiry
from apps.store.rows import ChunkMark
from apps.store.source import decode_chunks

__all__ = ["Cut", "expire_stripe", "rewrite_stripe"]

logger = logging.getLogger("tsweb.store")

_TRIES_OUTSIDE_LOCK = 3
_MAX_TIME = 2**63 - 1
#: A last chunk with at least so many samples is left alone when what comes after it does not fit into it.
_FULL_ENOUGH = CHUNK_SAMPLES // 2


@dataclass(frozen=True, slots=True)
class Cut:
    """Remove the samples of some series in ``[start_ns, end_ns)``."""

    series_ids: frozenset[int]
    start_ns: int
    end_ns: int


@dataclass
class _Change:
    """What one rewrite read and what it will do."""

    head_ids: list[int] = field(default_factory=list)
    seen: dict[int, list[ChunkMark]] = field(default_factory=dict)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    made: list[tuple[int, EncodedChunk]] = field(default_factory=list)
    samples: int = 0


def rewrite_stripe(stripe: int, *, load: Mapping[int, Samples] | None = None, cut: Cut | None = None) -> int:
    """Fold the stripe's log into chunks, then lay ``load`` over them, then apply ``cut``.

    Returns how many samples the log and the load brought. Durable when it returns. Several processes may
    call it at once, for the same stripe too.
    """
    loaded = load or {}
    for _ in range(_TRIES_OUTSIDE_LOCK):
        change = _prepare(stripe, loaded, cut)
        if not (change.head_ids or change.made or change.dropped):
            return 0
        with rows.stripe_transaction([stripe]):
            if _is_current(stripe, change):
                _apply(stripe, change)
                _keep(stripe, loaded)
                return change.samples
    with rows.stripe_transaction([stripe]):
        change = _prepare(stripe, loaded, cut)
        _apply(stripe, change)
        _keep(stripe, loaded)
        return change.samples


def expire_stripe(stripe: int, now_ns: int) -> int:
    """Remove the samples of a stripe whose time is over; returns how many times were due.

    What is due is read after the log: a sample that is written again meanwhile has taken its time off the
    rows, or stands in a batch of the log that is left alone here.
    """
    due: list[Expiry] = []

    def times_due() -> dict[int, np.ndarray]:
        due.extend(due_rows(stripe, now_ns))
        return expiring_times(due)

    with rows.stripe_transaction([stripe]):
        _apply(stripe, _prepare(stripe, {}, None, times_due))
        remove_rows(due)
    return sum(map(len, expiring_times(due).values()))


# --- Inside ---


def _keep(stripe: int, loaded: Mapping[int, Samples]) -> None:
    """What was loaded stays, also where something stood that would have gone."""
    if not (loaded and has_expiry(stripe)):
        return
    for series_id, samples in loaded.items():
        forget_expiry(np.full(len(samples), series_id, np.int64), samples.times_ns)


def _prepare(
    stripe: int,
    loaded: Mapping[int, Samples],
    cut: Cut | None,
    find_gone: Callable[[], Mapping[int, np.ndarray]] = dict,
) -> _Change:
    """``find_gone``: times to remove by series, asked for after the log was read."""
    change = _Change()
    # A damaged batch is evidence: it stays where it is, for verify to report.
    logged = [row for row in rows.head_rows(stripe) if is_sound(row.payload)]
    change.head_ids = [row.id for row in logged]
    head, _ = decode_head(stripe, [row.payload for row in logged])
    fresh = _by_series(head.series_ids, head.samples)
    change.samples = len(head.series_ids)
    for series_id, samples in loaded.items():
        change.samples += len(samples)
        logged_part = fresh.get(series_id)
        newer = samples if logged_part is None else concat_samples([logged_part, samples])
        fresh[series_id] = last_write_wins(newer)
    cut_ids = cut.series_ids if cut else frozenset()
    gone = find_gone()
    for series_id in sorted(fresh.keys() | cut_ids | gone.keys()):
        samples = fresh.get(series_id, Samples.empty())
        limits = (cut.start_ns, cut.end_ns) if cut and series_id in cut_ids else None
        _plan_series(change, series_id, samples, limits, gone.get(series_id))
    return change


def _by_series(series_ids: np.ndarray, samples: Samples) -> dict[int, Samples]:
    """Log rows as strictly rising samples of each series."""
    if not len(series_ids):
        return {}
    order = np.lexsort((np.arange(len(series_ids)), samples.times_ns, series_ids))
    ordered = samples.take(order)
    ids = series_ids[order]
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    ends = np.r_[starts[1:], len(ids)]
    return {
        int(ids[lo]): last_write_wins(ordered.take(slice(int(lo), int(hi))))
        for lo, hi in zip(starts, ends, strict=True)
    }


def _plan_series(
    change: _Change,
    series_id: int,
    fresh: Samples,
    cut: tuple[int, int] | None,
    gone: np.ndarray | None = None,
) -> None:
    """Decide which chunks of one series go and which come."""
    marks = rows.chunk_marks(series_id)
    change.seen[series_id] = marks
    touched: dict[int, Samples] = dict(_assign(fresh, marks))
    if cut is not None or gone is not None:
        for index, mark in enumerate(marks):
            if _meets(mark, cut) or _holds(mark, gone):
                touched.setdefault(index, Samples.empty())
    for index, newer in sorted(touched.items()):
        mark = marks[index] if index >= 0 else None
        if mark is not None and _fits_behind(mark, newer) and not (_meets(mark, cut) or _holds(mark, gone)):
            mark = None
        merged = newer
        if mark is not None and cut is not None and not len(newer) and _lies_inside(mark, cut):
            change.dropped.append((series_id, mark.t0))
            continue
        if mark is not None:
            older, is_readable = _stored(mark)
            if not is_readable and not (len(newer) and int(newer.times_ns[0]) == mark.t0):
                # A damaged chunk is evidence and stays; what is new is written beside it.
                mark = None
            elif not is_readable:
                logger.error("series %s: damaged chunk at %s overwritten", series_id, mark.t0)
            merged = overlay(older, newer)
        if cut is not None:
            merged = cut_range(merged, *cut)
        if gone is not None:
            merged = merged.take(~np.isin(merged.times_ns, gone))
        if mark is not None:
            change.dropped.append((series_id, mark.t0))
        change.made += [(series_id, encode_chunk(part)) for part in split_chunks(simplest(merged))]


def _assign(fresh: Samples, marks: Sequence[ChunkMark]) -> list[tuple[int, Samples]]:
    """New samples by the index of the chunk they belong to: the one that begins at or before them."""
    if not len(fresh):
        return []
    if not marks:
        return [(-1, fresh)]
    begins = np.array([mark.t0 for mark in marks], np.int64)
    place = np.searchsorted(begins, fresh.times_ns, side="right") - 1
    # What lies before the first chunk joins it, so that late samples do not pile up as tiny chunks.
    np.maximum(place, 0, out=place)
    edges = np.flatnonzero(np.r_[True, place[1:] != place[:-1], True])
    return [(int(place[lo]), fresh.take(slice(int(lo), int(hi)))) for lo, hi in pairwise(edges)]


def _fits_behind(mark: ChunkMark, newer: Samples) -> bool:
    """Whether the new samples may stand in chunks of their own, next to a chunk that is full enough."""
    if not len(newer) or mark.n < _FULL_ENOUGH or mark.n + len(newer) <= CHUNK_SAMPLES:
        return False
    apart = int(newer.times_ns[0]) > mark.t1 or int(newer.times_ns[-1]) < mark.t0
    return apart and (mark.n == CHUNK_SAMPLES or len(newer) >= _FULL_ENOUGH)


def _meets(mark: ChunkMark, cut: tuple[int, int] | None) -> bool:
    return cut is not None and mark.t1 >= cut[0] and (mark.t0 < cut[1] or cut[1] == _MAX_TIME)


def _holds(mark: ChunkMark, times_ns: np.ndarray | None) -> bool:
    """Whether any of the times lies within a chunk."""
    return times_ns is not None and bool(np.any((times_ns >= mark.t0) & (times_ns <= mark.t1)))


def _lies_inside(mark: ChunkMark, cut: tuple[int, int]) -> bool:
    return mark.t0 >= cut[0] and (mark.t1 < cut[1] or cut[1] == _MAX_TIME)


def _stored(mark: ChunkMark) -> tuple[Samples, bool]:
    row = rows.neighbour_chunk(mark.series_id, mark.t0, before=False)
    if row is None or row.t0 != mark.t0:
        # Gone meanwhile; the check under the lock will see it too and start over.
        return Samples.empty(), True
    samples, damage = decode_chunks([row], exact=True)
    return samples, not damage


def _is_current(stripe: int, change: _Change) -> bool:
    """Whether the log still begins as it was read, and the chunks are those that were read."""
    if not rows.head_ids(stripe).issuperset(change.head_ids):
        return False
    return all(rows.chunk_marks(series_id) == marks for series_id, marks in change.seen.items())


def _apply(stripe: int, change: _Change) -> None:
    rows.delete_heads(stripe, change.head_ids)
    rows.delete_chunks(change.dropped)
    rows.insert_chunks(change.made)
