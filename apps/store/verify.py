"""Reading everything that is stored, to say what is not as it was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from apps.store import rows
from apps.store.codec import CHUNK_SAMPLES, DamagedPayload, decode_samples
from apps.store.headlog import decode_head
from apps.store.models import stripe_of
from apps.store.rows import ChunkRow

__all__ = ["Finding", "verify_stripe", "verify_stripes"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where (a series and a range, or a batch of the log), and what."""

    stripe: int
    series_id: int | None
    start_ns: int | None
    end_ns: int | None
    problem: str

    def __str__(self) -> str:
        if self.series_id is None:
            return f"stripe {self.stripe}: {self.problem}"
        return f"series {self.series_id} [{self.start_ns}, {self.end_ns}): {self.problem}"


def verify_stripes() -> list[int]:
    """The stripes that have anything stored."""
    return rows.stored_stripes()


def verify_stripe(stripe: int) -> Iterator[Finding]:
    """Check every chunk and batch of a stripe: checksum, order of times, counts, no overlaps."""
    previous: ChunkRow | None = None
    for chunk in rows.stripe_chunks(stripe):
        for problem in _problems(stripe, chunk, previous):
            yield Finding(stripe, chunk.series_id, chunk.t0, chunk.t1 + 1, problem)
        previous = chunk
    for row in rows.head_rows(stripe):
        if decode_head(stripe, [row.payload])[1]:
            yield Finding(stripe, None, None, None, f"batch {row.id} of the log is damaged")


def _problems(stripe: int, chunk: ChunkRow, previous: ChunkRow | None) -> Iterator[str]:
    if stripe_of(chunk.series_id) != stripe:
        yield "stored under the stripe of another series"
    if not 1 <= chunk.n <= CHUNK_SAMPLES:
        yield f"{chunk.n} samples in one chunk"
        return
    if previous and previous.series_id == chunk.series_id and previous.t1 >= chunk.t0:
        yield f"overlaps the chunk that ends at {previous.t1}"
    try:
        samples = decode_samples(chunk.payload, chunk.kind, chunk.codec, chunk.crc, chunk.n)
    except DamagedPayload as fault:
        yield str(fault)
        return
    times = samples.times_ns
    if bool(np.any(times[1:] <= times[:-1])):
        yield "times do not rise"
    if int(times[0]) != chunk.t0 or int(times[-1]) != chunk.t1:
        yield "the first or last time is not the one of the row"
