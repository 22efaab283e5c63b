"""Storing what KairosDB's clients send: everything that can be stored, and word of the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.algebra.series import Samples, SeriesKey
from apps.catalog.names import check_key
from apps.dialects.kairos.ingest import Problems, ReceivedMetric, read_datapoints
from apps.errors import ArgumentFault
from apps.store.ingest import insert_series

__all__ = ["expiry_of", "store_datapoints"]

#: Points held before they are written: many enough for one write to pay, few enough for memory.
BATCH_POINTS = 200_000


def store_datapoints(text: str, *, now_ns: int) -> list[str]:
    """Store the points of a body and return what is wrong with it; empty when all is stored."""
    problems = Problems()
    pending = _Pending(now_ns, problems)
    for received in read_datapoints(text, problems):
        pending.add(received)
    pending.store()
    return problems.told()


def expiry_of(ttl_s: int, now_ns: int) -> int | None:
    """When points written now with this time to live go; None when they stay."""
    expires_ns = now_ns + ttl_s * 1_000_000_000
    return expires_ns if ttl_s and expires_ns < 2**63 else None


# --- Inside ---


@dataclass
class _Pending:
    """Metrics not yet written, those of one time to live together."""

    now_ns: int
    problems: Problems
    by_ttl: dict[int, list[ReceivedMetric]] = field(default_factory=dict)
    ttl_of: dict[SeriesKey, int] = field(default_factory=dict)
    points: int = 0

    def add(self, received: ReceivedMetric) -> None:
        if self.ttl_of.get(received.key, received.ttl_s) != received.ttl_s:
            # The later points of a series win, so the earlier ones are written before them.
            self.store()
        self.ttl_of[received.key] = received.ttl_s
        self.by_ttl.setdefault(received.ttl_s, []).append(received)
        self.points += len(received.samples)
        if self.points >= BATCH_POINTS:
            self.store()

    def store(self) -> None:
        for ttl_s, batch in self.by_ttl.items():
            _store(batch, expiry_of(ttl_s, self.now_ns), self.problems)
        self.by_ttl, self.ttl_of, self.points = {}, {}, 0


def _store(batch: list[ReceivedMetric], expires_ns: int | None, problems: Problems) -> None:
    try:
        insert_series(_items(batch), expires_ns=expires_ns, exact=True)
    except ArgumentFault:
        # Some name is not one that the catalog keeps; nothing was stored, so the others go alone.
        storable = [one for one in batch if _is_storable(one, problems)]
        insert_series(_items(storable), expires_ns=expires_ns, exact=True)


def _items(batch: list[ReceivedMetric]) -> list[tuple[SeriesKey, Samples]]:
    return [(one.key, one.samples) for one in batch]


def _is_storable(received: ReceivedMetric, problems: Problems) -> bool:
    try:
        check_key(received.key)
    except ArgumentFault as fault:
        problems.add(f"{received.path} {fault.message}")
        return False
    return True
