"""Reading samples: the log first, then the chunks, then both laid over each other.

In that order a compaction that commits in between can show a sample twice, which is merged away, and never
hides one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from apps.algebra.series import Samples, concat_samples
from apps.algebra.source import around
from apps.algebra.summaries import laid_out
from apps.errors import Note
from apps.store import rows
from apps.store.codec import (
    SUMMARISED,
    DamagedPayload,
    decode_into,
    decode_samples,
    decode_summaries,
    has_numbers_only,
)
from apps.store.headlog import HeadRows, decode_head
from apps.store.merge import last_write_wins, overlay, simplest
from apps.store.models import stripe_of
from apps.store.rows import ChunkRow

__all__ = ["Damage", "StoreSource", "decode_chunks"]

logger = logging.getLogger("tsweb.store")

_MIN_TIME, _MAX_TIME = -(2**63), 2**63 - 1


@dataclass(frozen=True, slots=True)
class Damage:
    """Samples that can't be read: a chunk of a series, or a batch of a stripe (then series_id is None)."""

    series_id: int | None
    stripe: int
    start_ns: int
    end_ns: int
    reason: str


class StoreSource:
    """The stored samples, as the engine's port. ``damage`` lists what could not be read so far."""

    def __init__(self) -> None:
        self.damage: list[Damage] = []

    def read(
        self,
        series_ids: Sequence[int],
        start_ns: int,
        end_ns: int,
        *,
        before: int = 0,
        after: int = 0,
        exact: bool = False,
    ) -> list[Samples]:
        """Samples in ``[start_ns, end_ns)`` of each series, in the order asked (see ``SampleSource``)."""
        unique = list(dict.fromkeys(series_ids))
        start_ns = max(start_ns, _MIN_TIME)
        # A window that ends before it starts is empty, and its neighbours are those of its start.
        end_ns = max(start_ns, min(end_ns, _MAX_TIME))
        whole_log = bool(before or after)
        heads = self._heads(unique, *((_MIN_TIME, _MAX_TIME) if whole_log else (start_ns, end_ns)))
        found: dict[int, Samples] = {}
        for series_id, chunks in _by_series(unique, rows.chunk_rows(unique, start_ns, end_ns)):
            head = heads[stripe_of(series_id)].of(series_id)
            found[series_id] = self._one(series_id, chunks, head, (start_ns, end_ns), (before, after), exact)
        return [found[series_id] for series_id in series_ids]

    def last_times(self, series_ids: Sequence[int]) -> list[int | None]:
        """Time of the newest stored sample of each series, None when it has none."""
        unique = list(dict.fromkeys(series_ids))
        heads = self._heads(unique, _MIN_TIME, _MAX_TIME)
        newest = rows.last_chunk_times(unique)
        for head in heads.values():
            if not len(head.series_ids):
                continue
            first = int(head.series_ids.min())
            latest = np.full(int(head.series_ids.max()) - first + 1, _MIN_TIME, np.int64)
            np.maximum.at(latest, head.series_ids - first, head.samples.times_ns)
            for series_id in np.unique(head.series_ids).tolist():
                time_ns = int(latest[series_id - first])
                newest[series_id] = max(time_ns, newest.get(series_id, time_ns))
        return [newest.get(series_id) for series_id in series_ids]

    def notes_on(self, series_id: int) -> tuple[Note, ...]:
        """What could not be read of a series: the answer is given without it, and says so."""
        if not self.damage:
            return ()
        own = [one for one in self.damage if one.series_id == series_id]
        shared = [one for one in self.damage if one.series_id is None and one.stripe == stripe_of(series_id)]
        notes = [
            Note(
                "damaged-samples",
                "stored samples are damaged and left out",
                1,
                {"start_ns": one.start_ns, "end_ns": one.end_ns},
            )
            for one in dict.fromkeys(own)
        ]
        if shared:
            message = "recent samples of this and neighbouring series are damaged and left out"
            notes.append(Note("damaged-samples", message, len(shared)))
        return tuple(notes)

    # --- Inside ---

    def _heads(self, series_ids: Sequence[int], start_ns: int, end_ns: int) -> dict[int, HeadRows]:
        stripes = sorted({stripe_of(series_id) for series_id in series_ids})
        payloads = rows.head_payloads(stripes, start_ns, end_ns)
        heads: dict[int, HeadRows] = {}
        for stripe in stripes:
            heads[stripe], damaged = decode_head(stripe, payloads.get(stripe, ()))
            if damaged:
                self._report(Damage(None, stripe, start_ns, end_ns, f"{damaged} damaged batches"))
        return heads

    def _report(self, damage: Damage) -> None:
        self.damage.append(damage)
        logger.error("damaged samples: %s", damage)

    def _one(
        self,
        series_id: int,
        chunks: list[ChunkRow],
        head: Samples,
        window: tuple[int, int],
        neighbours: tuple[int, int],
        exact: bool,
    ) -> Samples:
        whole = self._decode(chunks, exact)
        if len(head):
            whole = overlay(whole, head if exact else head.numeric())
        before, after = neighbours
        if before:
            whole = self._reach_back(series_id, whole, chunks, window[0], before, exact)
        if after:
            whole = self._reach_on(series_id, whole, chunks, window[1], after, exact)
        found = around(whole, *window, before=before, after=after)
        return simplest(found) if exact or found.summaries is not None else found

    def _decode(self, chunks: list[ChunkRow], exact: bool) -> Samples:
        samples, damage = decode_chunks(chunks, exact=exact)
        for item in damage:
            self._report(item)
        return samples

    def _reach_back(
        self,
        series_id: int,
        whole: Samples,
        chunks: list[ChunkRow],
        start_ns: int,
        wanted: int,
        exact: bool,
    ) -> Samples:
        """Load earlier chunks until there are enough known samples before the start."""
        first = min([start_ns, *(chunk.t0 for chunk in chunks)])
        while _known_before(whole, start_ns, first) < wanted:
            chunk = rows.neighbour_chunk(series_id, first, before=True)
            if chunk is None:
                break
            first = chunk.t0
            whole = overlay(self._decode([chunk], exact), whole)
        return whole

    def _reach_on(
        self,
        series_id: int,
        whole: Samples,
        chunks: list[ChunkRow],
        end_ns: int,
        wanted: int,
        exact: bool,
    ) -> Samples:
        """Load later chunks until there are enough known samples at or after the end."""
        last = max([end_ns, *(chunk.t0 + 1 for chunk in chunks)])
        while True:
            chunk = rows.neighbour_chunk(series_id, last, before=False)
            # Samples of the log count only up to where chunks not yet loaded begin.
            if _known_after(whole, end_ns, chunk.t0 if chunk else None) >= wanted or chunk is None:
                return whole
            last = chunk.t0 + 1
            whole = overlay(self._decode([chunk], exact), whole)


def decode_chunks(chunks: Sequence[ChunkRow], *, exact: bool) -> tuple[Samples, list[Damage]]:
    """Chunks of one series, in order of time, as one run of samples; damaged ones are left out and listed."""
    damage: list[Damage] = []
    if not chunks:
        return Samples.empty(), damage
    if exact and not all(has_numbers_only(chunk.payload, chunk.kind, chunk.codec) for chunk in chunks):
        parts: list[Samples] = []
        for chunk in chunks:
            try:
                parts.append(decode_samples(chunk.payload, chunk.kind, chunk.codec, chunk.crc, chunk.n))
            except DamagedPayload as fault:
                damage.append(_damage_of(chunk, fault))
        return _in_order(concat_samples(parts), chunks), damage
    total = sum(chunk.n for chunk in chunks)
    times, values = np.empty(total, np.int64), np.empty(total, np.float64)
    summaries: dict[int, np.ndarray] = {}
    at = 0
    for chunk in chunks:
        end = at + chunk.n
        try:
            decode_into(chunk.payload, chunk.kind, chunk.codec, chunk.crc, times[at:end], values[at:end])
            if chunk.kind & SUMMARISED:
                summaries[at] = decode_summaries(chunk.payload, chunk.codec, chunk.n)
        except DamagedPayload as fault:
            damage.append(_damage_of(chunk, fault))
            continue
        at = end
    samples = Samples(times[:at], values[:at], summaries=laid_out(summaries, at) if summaries else None)
    return _in_order(samples, chunks), damage


def _in_order(samples: Samples, chunks: Sequence[ChunkRow]) -> Samples:
    """Chunks of a series do not overlap, but for what was written beside a damaged one."""
    apart = all(left.t1 < right.t0 for left, right in pairwise(chunks))
    return samples if apart else last_write_wins(samples)


def _damage_of(chunk: ChunkRow, fault: DamagedPayload) -> Damage:
    return Damage(chunk.series_id, stripe_of(chunk.series_id), chunk.t0, chunk.t1 + 1, str(fault))


def _by_series(series_ids: Sequence[int], chunks: Iterable[ChunkRow]) -> Iterable[tuple[int, list[ChunkRow]]]:
    found: dict[int, list[ChunkRow]] = {series_id: [] for series_id in series_ids}
    for chunk in chunks:
        found[chunk.series_id].append(chunk)
    return found.items()


def _known_before(whole: Samples, start_ns: int, loaded_from_ns: int) -> int:
    """Known samples before the start, from where everything is loaded."""
    lo, hi = np.searchsorted(whole.times_ns, [loaded_from_ns, start_ns])
    return int(np.count_nonzero(~np.isnan(whole.values[lo:hi])))


def _known_after(whole: Samples, end_ns: int, loaded_to_ns: int | None) -> int:
    """Known samples at or after the end, up to where everything is loaded."""
    lo = int(np.searchsorted(whole.times_ns, end_ns))
    hi = len(whole) if loaded_to_ns is None else int(np.searchsorted(whole.times_ns, loaded_to_ns))
    return int(np.count_nonzero(~np.isnan(whole.values[lo:hi])))
