"""Folding the log into chunks when it has grown or aged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.store import rows
from apps.store.rewrite import rewrite_stripe

__all__ = ["COMPACT_AFTER_NS", "COMPACT_ROWS", "COMPACT_SAMPLES", "Compactor", "compact_all"]

COMPACT_SAMPLES = 65_536
COMPACT_AFTER_NS = 15 * 60 * 1_000_000_000
#: Each row costs a reader about a microsecond, however few samples it holds.
COMPACT_ROWS = 2_048


@dataclass
class Compactor:
    """Remembers since when each stripe's log has its first row, and compacts what is due."""

    def __post_init__(self) -> None:
        self._first_seen: dict[int, tuple[int, int]] = {}

    def due(self, now_ns: int) -> list[int]:
        """Stripes with many samples or rows in the log, or whose first row has been there for long."""
        logs = rows.log_sizes()
        seen = {log.stripe: self._first_seen.get(log.stripe, (log.first_id, now_ns)) for log in logs}
        self._first_seen = {
            log.stripe: seen[log.stripe] if seen[log.stripe][0] == log.first_id else (log.first_id, now_ns)
            for log in logs
        }
        return [
            log.stripe
            for log in logs
            if log.samples >= COMPACT_SAMPLES
            or log.batches >= COMPACT_ROWS
            or now_ns - self._first_seen[log.stripe][1] >= COMPACT_AFTER_NS
        ]

    def run(self, now_ns: int) -> int:
        """Compact what is due; returns how many samples went from the log into chunks."""
        return sum(rewrite_stripe(stripe) for stripe in self.due(now_ns))


def compact_all() -> Iterator[tuple[int, int, int]]:
    """Compact every stripe that has a log: yields (stripes done, stripes in all, samples moved)."""
    logs = rows.log_sizes()
    for done, log in enumerate(logs, start=1):
        yield done, len(logs), rewrite_stripe(log.stripe)
