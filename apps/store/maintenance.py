"""What the task worker does for the store every few seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.catalog.newest import NewestTimes
from apps.catalog.version import read_version
from apps.store import rows
from apps.store.checkpoint import checkpoint_when_due
from apps.store.compaction import Compactor
from apps.store.expiry import due_stripes
from apps.store.retention import apply_retention
from apps.store.rewrite import expire_stripe

__all__ = ["MaintenanceReport", "run_maintenance"]

_DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True)
class MaintenanceReport:
    """What one round did."""

    compacted_samples: int = 0
    checkpoints: tuple[str, ...] = ()
    removed_series: int = 0
    expired_samples: int = 0


@dataclass
class _Rounds:
    """What this process remembers from round to round."""

    compactor: Compactor = field(default_factory=Compactor)
    newest: NewestTimes = field(default_factory=NewestTimes)
    retention_at_ns: int | None = None


_rounds = _Rounds()


def run_maintenance(now_ns: int) -> MaintenanceReport:
    """Remove what had its time, compact what is due, apply retention once a day, sum up newest times,
    checkpoint grown logs.

    Safe to run in several processes at once.
    """
    expired = sum(expire_stripe(stripe, now_ns) for stripe in due_stripes(now_ns))
    compacted = _rounds.compactor.run(now_ns)
    removed = 0
    last = _rounds.retention_at_ns
    # A clock that went back must not put it off.
    if last is None or not 0 <= now_ns - last < _DAY_NS:
        removed = apply_retention(now_ns)
        _rounds.retention_at_ns = now_ns
    _rounds.newest.run((read_version(), tuple(rows.log_sizes()), compacted, removed, expired))
    return MaintenanceReport(compacted, tuple(checkpoint_when_due()), removed, expired)
